// Without the group's server: what was written goes from phone to phone by hand, and a group moves to another server.

import { readFile } from "node:fs/promises";
import { expect, test } from "@playwright/test";
import { ask, groupOf } from "../asking";
import { SENT, type Person } from "../people";
import { Server } from "../server";
import { leave, street } from "../street";

let server: Server;
let rosa: Person;
let ben: Person;

test.beforeEach(async ({ browser }) => {
  ({ server, rosa, ben } = await street(browser));
});
test.afterEach(() => leave({ server, rosa, ben }));

async function goToCarry(person: Person): Promise<void> {
  await person.go("Group");
  await person.page.getByRole("link", { name: "Look after the group" }).click();
  await person.page.getByRole("link", { name: "From phone to phone" }).click();
}

test("F36: a file goes from phone to phone without a server, and whoever reaches it first delivers it", async () => {
  await rosa.appIsKept();
  await ben.appIsKept();
  await server.stop();
  await ben.cannotReach();
  await ben.addContact("Mrs. Tran", "+1 202 555 0190");
  await goToCarry(ben);
  const download = ben.page.waitForEvent("download");
  await ben.page.getByRole("button", { name: "Save it as a file" }).click();
  const file = await (await download).path();
  const buffer = await readFile(file);
  expect(buffer.includes("Tran")).toBe(false);

  await goToCarry(rosa);
  const take = () => rosa.page.getByLabel("A file from another phone").setInputFiles({ name: "Elm-Street.porchlight", mimeType: "application/octet-stream", buffer });
  await take();
  await expect(rosa.page.getByText("It came from Ben.")).toBeVisible();
  await expect(rosa.page.getByText("1 new entry.")).toBeVisible();
  await take();
  await expect(rosa.page.getByText("1 was here already.")).toBeVisible();
  await ben.page.close();
  await server.startAgain();
  await rosa.isSent();
  await rosa.openContact("Mrs. Tran");
});

test("F36: small things are shown as codes, and the text of the codes opens on another phone", async () => {
  await rosa.appIsKept();
  await ben.appIsKept();
  await server.stop();
  await ben.cannotReach();
  await goToCarry(ben);
  await ben.page.getByRole("button", { name: "Only show how far I have read" }).click();
  await expect(ben.page.getByRole("img", { name: "Code 1 of 1" })).toBeVisible();
  // What a scanner reads there is what the device packed.
  await ben.addContact("Mrs. Tran", "+1 202 555 0190");
  const { codes } = (await ask(ben, { do: "exportBundle", group: groupOf(ben) })) as { codes: string[] };
  expect(codes.length).toBeGreaterThan(0);
  await goToCarry(rosa);
  await rosa.page.getByLabel("The text of the codes, one a line").fill(codes.join("\n"));
  await rosa.page.getByRole("button", { name: "Open the codes" }).click();
  await expect(rosa.page.getByText("It came from Ben.")).toBeVisible();
  await expect(rosa.page.getByText("1 new entry.")).toBeVisible();
  await rosa.openContact("Mrs. Tran");

  await goToCarry(rosa);
  await rosa.page.getByLabel("The text of the codes, one a line").fill("this is no code");
  await rosa.page.getByRole("button", { name: "Open the codes" }).click();
  await expect(rosa.page.getByText("This did not come from another phone of a group.")).toBeVisible();
});

test("F36: of two phones the one that has read more of the log is named as that one", async () => {
  const greeting = async () => (await ask(ben, { do: "greeting", group: groupOf(ben) })) as { codes: string[] };
  const take = async ({ codes }: { codes: string[] }) => {
    await goToCarry(rosa);
    await rosa.page.getByLabel("The text of the codes, one a line").fill(codes.join("\n"));
    await rosa.page.getByRole("button", { name: "Open the codes" }).click();
    await expect(rosa.page.getByText("It came from Ben.")).toBeVisible();
  };
  const early = await greeting();
  await rosa.addContact("Mrs. Tran", "+1 202 555 0190");
  await rosa.isSent();
  await take(early);
  await expect(rosa.page.getByText("This phone has read more of the group's log than the other one.")).toBeVisible();

  await rosa.appIsKept();
  await rosa.page.close();
  await ben.addContact("Mr. Okafor", "+1 202 555 0191");
  await ben.isSent();
  const late = await greeting();
  await server.stop();
  await rosa.open(server);
  await take(late);
  await expect(rosa.page.getByText("The other phone has read more of the group's log than this one.")).toBeVisible();
});

/** What a server says to whoever asks with its own link whether it takes a group. */
async function takenBy(other: Server): Promise<string> {
  const token = /#\/start\/(.+)$/.exec(other.startLink)?.[1] ?? "";
  const answer = await fetch(`${other.url}/about`, { method: "POST", body: new URLSearchParams({ token }) });
  return await answer.text();
}

test("F35: nobody is moved by a link that does not count any more: the new server is asked before anything is signed", async () => {
  const other = await Server.start();
  const { host } = new URL(other.url);
  const headers = { "access-control-allow-origin": "*" };
  // Only a server behind TLS may be spoken to besides the app's own: this stands in for its certificate, and passes all on.
  const urls: string[] = [];
  await rosa.context.route(`https://${host}/**`, async (route) => {
    const asked = route.request();
    urls.push(asked.url());
    const there = asked.url().replace("https:", "http:");
    const answer = await fetch(there, { method: asked.method(), body: asked.postData() }).catch(() => undefined);
    if (answer === undefined) await route.abort();
    else await route.fulfill({ status: answer.status, body: await answer.text(), contentType: "application/json", headers });
  });
  const move = async (link: string) => {
    await rosa.page.getByLabel("Link from the person who runs the new server").fill(link.replace("http:", "https:"));
    await rosa.page.getByRole("button", { name: "Move the group" }).click();
  };
  await goToKeeping(rosa);
  const revoked = other.startLink;
  const good = await other.makeOtherLink();
  await move(revoked);
  await expect(rosa.page.getByText("The new server does not know this link any more.")).toBeVisible();
  await move(`https://${host}/#/start/abc`);
  await expect(rosa.page.getByText("This is not a link for starting groups.")).toBeVisible();
  await move(good);
  await expect(rosa.page.getByRole("heading", { name: `Move Elm Street to ${host}?` })).toBeVisible();
  // Meanwhile the link is taken back: what was seen before does not count any more.
  const another = await other.makeOtherLink();
  await rosa.page.getByRole("button", { name: "Move everybody" }).click();
  await expect(rosa.page.getByText("The new server does not know this link any more.")).toBeVisible();
  await rosa.go("Group");
  await expect(rosa.page.getByText(`It is ${new URL(server.url).host}.`)).toBeVisible();
  await rosa.addContact("Mrs. Tran", "+1 202 555 0190");
  await rosa.isSent();
  await ben.openContact("Mrs. Tran");
  await goToKeeping(rosa);
  await move(another);
  await rosa.page.getByRole("button", { name: "Move everybody" }).click();
  await expect(rosa.page.getByLabel("Link to follow the group")).toBeVisible();
  // As long as the group has not come there, a link of that same server is what it may lack.
  await rosa.go("Now");
  await goToKeeping(rosa);
  await move(await other.makeOtherLink());
  await expect(rosa.page.getByText("The group goes to this server.")).toBeVisible();
  // What is secret is in no address.
  expect(urls.filter((url) => new URL(url).pathname !== "/sync" && url !== `https://${host}/about`)).toEqual([]);
  await other.remove();
});

test("F35: an organizer moves the group to another server, and others follow by a link that they paste", async () => {
  const other = await Server.start();
  // Only a server behind TLS may be spoken to besides the app's own: the test stands in for its certificate.
  const startLink = other.startLink.replace("http:", "https:");
  const { host } = new URL(other.url);
  const about = await takenBy(other);
  await other.remove();
  await rosa.appIsKept();
  await ben.appIsKept();
  await server.stop();
  await rosa.cannotReach();
  await rosa.go("Group");
  await rosa.page.getByRole("link", { name: "Look after the group" }).click();
  await rosa.page.getByLabel("Link from the person who runs the new server").fill(startLink);
  await rosa.page.getByRole("button", { name: "Move the group" }).click();
  // Where nobody answers nobody is sent.
  await expect(rosa.page.getByText("This phone cannot reach that server, so the group stays where it is.")).toBeVisible();
  await rosa.page.getByLabel("Link from the person who runs the new server").fill(server.startLink);
  await rosa.page.getByRole("button", { name: "Move the group" }).click();
  await expect(rosa.page.getByText("The group is on this server already.")).toBeVisible();
  const headers = { "access-control-allow-origin": "*" };
  await rosa.context.route(`https://${host}/about`, (route) => route.fulfill({ body: about, contentType: "application/json", headers }));
  await rosa.page.getByLabel("Link from the person who runs the new server").fill(startLink);
  await rosa.page.getByRole("button", { name: "Move the group" }).click();
  await expect(rosa.page.getByRole("heading", { name: `Move Elm Street to ${host}?` })).toBeVisible();
  await rosa.page.getByRole("button", { name: "Move everybody" }).click();
  const link = await rosa.page.getByLabel("Link to follow the group").inputValue();
  await rosa.go("Group");
  await expect(rosa.page.getByText(`It is ${host}.`)).toBeVisible();

  await ben.page.getByRole("button", { name: "Your groups: Elm Street" }).click();
  await ben.page.getByRole("link", { name: "Join another group" }).click();
  await ben.page.getByLabel("Your link").fill(link);
  await ben.page.getByRole("button", { name: "Open the link" }).click();
  await expect(ben.page.getByText(`An organizer moved the group to ${host}.`)).toBeVisible();
  expect(ben.page.url()).toMatch(/#\/move$/);
  await ben.page.getByRole("button", { name: "Follow" }).click();
  await expect(ben.page.getByText(`It is ${host}.`)).toBeVisible();
  await expect(ben.page.getByText("Rosa")).toBeVisible();
});

/** Rosa moves the group to a server whose word for itself is all that is left of it. */
async function moveToOneThatDies(): Promise<string> {
  const other = await Server.start();
  const startLink = other.startLink.replace("http:", "https:");
  const { host } = new URL(other.url);
  const about = await takenBy(other);
  await other.remove();
  await rosa.context.route(`https://${host}/about`, (route) =>
    route.fulfill({ body: about, contentType: "application/json", headers: { "access-control-allow-origin": "*" } }),
  );
  await rosa.page.getByLabel("Link from the person who runs the new server").fill(startLink);
  await rosa.page.getByRole("button", { name: "Move the group" }).click();
  await rosa.page.getByRole("button", { name: "Move everybody" }).click();
  await expect(rosa.page.getByLabel("Link to follow the group")).toBeVisible();
  return host;
}

async function goToKeeping(person: Person): Promise<void> {
  await person.go("Group");
  await person.page.getByRole("link", { name: "Look after the group" }).click();
}

test("A3: when the new server dies and the group is moved back, everybody comes back without a link", async () => {
  await goToKeeping(rosa);
  const host = await moveToOneThatDies();
  await ben.go("Group");
  await expect(ben.page.getByText(`It is ${host}.`)).toBeVisible();
  await ben.cannotReach();
  await rosa.cannotReach();
  await ben.addContact("Mrs. Tran", "+1 202 555 0190");

  await goToKeeping(rosa);
  await rosa.page.getByLabel("Link from the person who runs the new server").fill(server.startLink);
  await rosa.page.getByRole("button", { name: "Move the group" }).click();
  await rosa.page.getByRole("button", { name: "Move everybody" }).click();
  await rosa.isSent();
  // Nobody tells Ben anything: he opens the app the next time.
  await ben.page.reload();
  // Some attempts to reach the new server come before that.
  await expect(ben.status).toHaveText(SENT, { timeout: 60_000 });
  await ben.go("Group");
  await expect(ben.page.getByText(`It is ${new URL(server.url).host}.`)).toBeVisible();
  await rosa.openContact("Mrs. Tran");
});

test("A1: a server to which the browser itself refuses to connect is told as one that cannot be reached, after a change too", async () => {
  // That is what is tried here: the app's own policy forbids it.
  rosa.page.removeAllListeners("console");
  await rosa.go("Group");
  const about = (await (await fetch(`${server.url}/about`)).json()) as { server_key: string };
  const url = server.url.replace("127.0.0.1", "localhost");
  await ask(rosa, { do: "moveTo", group: groupOf(rosa), url, token: null, serverKey: about.server_key });
  await rosa.cannotReach();
  await rosa.addContact("Mrs. Tran", "+1 202 555 0190");
  await rosa.cannotReach();
  await rosa.page.reload();
  await rosa.cannotReach();
});
