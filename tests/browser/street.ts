// One neighbor with a phone, or two, in a group on a server of their own.

import type { Browser } from "@playwright/test";
import { Person } from "./people";
import { Server } from "./server";

export interface Street {
  server: Server;
  rosa: Person;
  ben: Person;
}

/** Rosa alone, who has founded the group. */
export type Home = Omit<Street, "ben">;

export async function home(browser: Browser): Promise<Home> {
  const server = await Server.start();
  const rosa = await Person.with(browser, "Rosa");
  await rosa.found(server, "Elm Street");
  return { server, rosa };
}

/** Rosa has founded the group, and Ben is in it. */
export async function street(browser: Browser): Promise<Street> {
  const { server, rosa } = await home(browser);
  const ben = await Person.with(browser, "Ben");
  await ben.join(await rosa.invite(), "Elm Street");
  return { server, rosa, ben };
}

/** Takes all of it away. */
export async function leave({ server, rosa, ben }: Home & Partial<Street>): Promise<void> {
  await rosa.leave();
  await ben?.leave();
  await server.remove();
}
