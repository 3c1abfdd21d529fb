// A line on which every answer takes two seconds, and on which requests and answers are lost.

import { expect, test } from "@playwright/test";
import { Person, SAVED } from "../people";
import { Proxy } from "../proxy";
import type { Server } from "../server";
import { home, leave } from "../street";
import { addShift, card, dayFromToday } from "../watch";

/** How long an answer takes on Ben's line: these stories wait for it, because it is what they are about. */
const LATENCY_MS = 2_000;

let server: Server;
let proxy: Proxy;
let rosa: Person;
let ben: Person;
test.beforeEach(async ({ browser }) => {
  ({ server, rosa } = await home(browser));
  proxy = await Proxy.before(server);
  ben = await Person.with(browser, "Ben");
});
test.afterEach(async () => {
  await leave({ server, rosa, ben });
  await proxy.close();
});

/** The work of others that these stories look at. */
async function planned(): Promise<string> {
  await addShift(rosa, { title: "Door watch", day: dayFromToday(1), from: "18:00", to: "20:00", needs: 2, place: "Library" });
  await rosa.isSent();
  return (await rosa.invite()).replace(server.url, proxy.url);
}

test("A1, B7, E26: where every answer takes two seconds one joins, takes a shift and sees what others change", async () => {
  const link = await planned();
  proxy.delay(LATENCY_MS);
  await ben.page.goto(link);
  await expect(ben.page.getByRole("heading", { name: "Join Elm Street" })).toBeVisible();
  await ben.page.getByLabel("What should the others call you?").fill("Ben");
  const beforeJoining = proxy.roundTrips;
  await ben.page.getByRole("button", { name: "Join the group" }).click();
  await ben.go("Shifts");
  await expect(card(ben, "Door watch")).toContainText("0 of 2");
  await ben.isSent();
  // The connection; what the invitation opens; becoming a member, with all that the group wrote; the log behind that.
  expect(proxy.roundTrips - beforeJoining).toBeLessThanOrEqual(4);

  const beforeTaking = proxy.roundTrips;
  await card(ben, "Door watch").getByRole("button", { name: "I come" }).click();
  await expect(card(ben, "Door watch")).toContainText("Waiting to send, not confirmed yet");
  await expect(ben.status).toHaveText(SAVED);
  await expect(card(ben, "Door watch")).toContainText("You are in.");
  await ben.isSent();
  expect(proxy.roundTrips - beforeTaking).toBe(1);

  await rosa.go("Shifts");
  await expect(card(rosa, "Door watch")).toContainText("Ben");
  await card(rosa, "Door watch").getByRole("heading").getByRole("link").click();
  await rosa.change("Where", "Bakery");
  await expect(card(ben, "Door watch")).toContainText("Bakery");
});

test("A1, B7: requests and answers that are lost in the middle of it lose nothing and do nothing twice", async () => {
  await ben.join(await planned(), "Elm Street");
  await ben.go("Shifts");
  await rosa.go("Shifts");
  const his = card(ben, "Door watch");
  const hers = card(rosa, "Door watch");

  // What he says does not arrive.
  proxy.lose("requests");
  await his.getByRole("button", { name: "I come" }).click();
  await expect(his).toContainText("Waiting to send, not confirmed yet");
  await expect.poll(() => proxy.lost).toBeGreaterThan(0);
  await expect(hers).toContainText("0 of 2");
  proxy.mend();
  await expect(his).toContainText("You are in.");
  await expect(hers).toContainText("1 of 2");

  // It arrives, and he does not hear that it did: until he does, nothing is said to be confirmed.
  proxy.lose("answers");
  await his.getByRole("button", { name: "I cannot come" }).click();
  await expect(hers).toContainText("0 of 2");
  await expect(his).toContainText("Waiting to send: you do not come on ");
  await hers.getByRole("button", { name: "I come" }).click();
  await expect(hers).toContainText("You are in.");
  await expect(his).not.toContainText("Rosa");
  proxy.mend();
  await expect(his).toContainText("You do not come on ");
  await expect(his).toContainText("Rosa");
  await expect(his).toContainText("1 of 2");
  await ben.isSent();
});

test("A1, F31: screens that come unasked keep nobody waiting who taps on one", async () => {
  // What nobody opened takes for ever, as many files of it as the browser asks for at a time.
  let letGo = (_through: boolean) => {};
  const held = new Promise<boolean>((resolve) => (letGo = resolve));
  const asked = new Set<string>();
  proxy.holdBack((path) => {
    if (!/\/assets\/(Carry|Circles|Confirming|ContactEdit|Decision|DecisionNew|Duplicates|Export|Forget|Import|Keeping)-/.test(path)) return undefined;
    asked.add(path);
    return held;
  });
  const link = await planned();
  await ben.page.goto(link);
  await ben.page.getByLabel("What should the others call you?").fill("Ben");
  await ben.page.getByRole("button", { name: "Join the group" }).click();
  await expect(ben.page.getByRole("heading", { level: 1, name: "Now" })).toBeVisible();
  await expect.poll(() => asked.size).toBeGreaterThan(2);
  await ben.go("Shifts");
  await expect(card(ben, "Door watch")).toContainText("0 of 2");
  letGo(true);
  await expect.poll(() => asked.size).toBeGreaterThan(6);
});
