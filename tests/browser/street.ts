// Two neighbors with phones, in a group on a server of their own.

import type { Browser } from "@playwright/test";
import { PHONE } from "./chromium";
import { Person } from "./people";
import { Server } from "./server";

export interface Street {
  server: Server;
  rosa: Person;
  ben: Person;
}

/** Rosa has founded the group, and Ben is in it. */
export async function street(browser: Browser): Promise<Street> {
  const server = await Server.start();
  const rosa = await Person.with(browser, "Rosa", PHONE);
  await rosa.found(server, "Elm Street");
  const ben = await Person.with(browser, "Ben", PHONE);
  await ben.join(await rosa.invite(), "Elm Street");
  return { server, rosa, ben };
}

/** Takes all of it away. */
export async function leave({ server, rosa, ben }: Street): Promise<void> {
  await rosa.leave();
  await ben.leave();
  await server.remove();
}
