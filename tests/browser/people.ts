// What people do in the app, in their words: found a group, invite, join, add and look up contacts.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, expect, type Browser, type BrowserContext, type Page } from "@playwright/test";
import { CHROMIUM, PHONE } from "./chromium";
import { damageEntries, everything, forgetAll, readDrafts, readStore } from "./disk";
import type { Server } from "./server";

export const SENT = "Saved and sent";
export const SAVED = "Saved on this phone";

export type Tab = "Now" | "Shifts" | "Contacts" | "Notes" | "Group";

/** From now on the page's own clock says that two years have passed; the device's does not. */
export function inTwoYears(page: Page): Promise<void> {
  return page.clock.setFixedTime(Date.now() + 2 * 365 * 24 * 3_600_000);
}

/** Somebody with a phone: a browser of their own, with its own storage. */
export class Person {
  private constructor(
    readonly name: string,
    public context: BrowserContext,
    public page: Page,
    private readonly folder?: string,
  ) {
    this.watch(page);
    context.on("page", (other) => this.watch(other));
  }

  /** An error in the page, or something that its security policy forbids, fails the story. */
  private watch(page: Page): void {
    page.on("pageerror", (error) => {
      throw error;
    });
    page.on("console", (message) => {
      if (/Content Security Policy|\[svelte\]/.test(message.text())) throw new Error(message.text());
    });
  }

  static async with(browser: Browser, name: string, options: Parameters<Browser["newContext"]>[0] = {}): Promise<Person> {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    return new Person(name, context, page);
  }

  /** Somebody whose phone can be killed and started again: their storage is in a folder. */
  static async withOwnFolder(name: string, args: readonly string[] = []): Promise<Person> {
    const folder = await mkdtemp(join(tmpdir(), "porchlight-phone-"));
    const context = await chromium.launchPersistentContext(folder, { ...CHROMIUM, args: [...CHROMIUM.args, ...args], ...PHONE });
    return new Person(name, context, context.pages()[0] ?? (await context.newPage()), folder);
  }

  /** The same person in another tab of the same browser. */
  async secondTab(): Promise<Person> {
    return new Person(this.name, this.context, await this.context.newPage());
  }

  /** Stops this tab's worker in the middle of whatever it does, until the function that is given back is called. */
  async freezeWorker(): Promise<() => void> {
    let thaw = () => {};
    const thawed = new Promise<void>((resolve) => (thaw = resolve));
    const path = "**/healthz?frozen";
    const frozen = new Promise<void>((resolve) =>
      this.context.route(path, async (route) => {
        resolve();
        await thawed;
        await route.fulfill({ body: "ok" });
      }),
    );
    const [worker] = this.page.workers();
    void worker?.evaluate(() => {
      const request = new XMLHttpRequest();
      request.open("GET", "/healthz?frozen", false);
      request.send();
    });
    await frozen;
    return thaw;
  }

  /** Closes everything of this person's; also what `withOwnFolder` made. */
  async leave(): Promise<void> {
    await this.context.close();
    if (this.folder !== undefined) await rm(this.folder, { recursive: true, force: true });
  }

  async found(server: Server, group: string): Promise<void> {
    await this.page.goto(server.startLink);
    await this.foundHere(group);
  }

  /** Fills in what the page for starting a group asks. */
  async foundHere(group: string): Promise<void> {
    await this.page.getByLabel("What is the group called?").fill(group);
    await this.page.getByLabel("What should the others call you?").fill(this.name);
    await this.page.getByRole("button", { name: "Start the group" }).click();
    await expect(this.page.getByRole("heading", { level: 1, name: group })).toBeVisible();
    await this.isSent();
  }

  async invite(): Promise<string> {
    await this.go("Group");
    await this.page.getByRole("button", { name: "Invite people" }).click();
    await this.page.getByRole("button", { name: "Make the invitation" }).click();
    const link = await this.page.getByLabel("Invitation link").inputValue();
    await this.page.getByRole("button", { name: "Close" }).click();
    await this.isSent();
    return link;
  }

  async join(link: string, group: string): Promise<void> {
    await this.page.goto(link);
    await expect(this.page.getByRole("heading", { name: `Join ${group}` })).toBeVisible();
    await this.page.getByLabel("What should the others call you?").fill(this.name);
    await this.page.getByRole("button", { name: "Join the group" }).click();
    await expect(this.page.getByRole("heading", { level: 1, name: "Now" })).toBeVisible();
    await this.go("Group");
    await expect(this.page.getByText(`${this.name} (you)`)).toBeVisible();
    await this.isSent();
  }

  /** Opens the app at its address, as from the Home Screen; in a new page if there is none. */
  async open(server: Server): Promise<void> {
    if (this.page.isClosed()) this.page = await this.context.newPage();
    await this.page.goto(server.url);
    await expect(this.page.getByRole("heading", { level: 1, name: "Now" })).toBeVisible();
    await this.go("Contacts");
  }

  /** The browser dies as when a phone needs memory or its battery is pulled, and is started again. */
  async dieAndStartAgain(): Promise<void> {
    if (this.folder === undefined) throw new Error("only a person with a folder of their own can start again");
    const session = await this.context.browser()?.newBrowserCDPSession();
    const { processInfo } = (await session?.send("SystemInfo.getProcessInfo")) ?? { processInfo: [] };
    const ended = new Promise((resolve) => this.context.once("close", resolve));
    for (const { id } of processInfo) process.kill(id, "SIGKILL");
    await ended;
    this.context = await chromium.launchPersistentContext(this.folder, { ...CHROMIUM, ...PHONE });
    this.page = this.context.pages()[0] ?? (await this.context.newPage());
  }

  /** Waits until the service worker has the whole app. */
  async shellIsKept(): Promise<void> {
    await this.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  }

  /** Waits until this phone has all of the app, as some seconds after it came into a group: also what no first visit needs. */
  async appIsKept(): Promise<void> {
    await this.shellIsKept();
    const missing = () =>
      this.page.evaluate(async () => {
        const { files } = (await (await fetch("/release.json")).json()) as { files: { path: string; part: string }[] };
        const kept = await Promise.all(files.filter(({ part }) => part === "later" || part === "rest").map(({ path }) => caches.match(path)));
        return kept.filter((file) => file === undefined).length;
      });
    await expect.poll(missing).toBe(0);
  }

  /** Waits until the page runs under the service worker, as from the second visit on. */
  async controlled(): Promise<void> {
    await expect.poll(() => this.page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
  }

  /** What the browser does when it needs space: database and service worker go, the mark beside them stays. */
  async forgetData(server: Server): Promise<void> {
    await this.page.goto(`${server.url}/healthz`);
    await this.page.evaluate(forgetAll);
  }

  /** Everything that was typed, is on the disk, and has not been saved. */
  async draftText(): Promise<string> {
    return this.page.evaluate(readDrafts);
  }

  /** All that is kept of the app in this browser, as it lies on the disk. */
  async diskText(): Promise<string> {
    return this.page.evaluate(everything);
  }

  /** How many keys the device keeps on the disk. */
  async entryCount(): Promise<number> {
    return (await this.page.evaluate(readStore, "entries")).length;
  }

  /** Overwrites every value that the device keeps, as a failing disk might; gives how many there are. */
  async damageData(): Promise<number> {
    return this.page.evaluate(damageEntries);
  }

  async go(tab: Tab): Promise<void> {
    const link = this.page.locator(".frame > nav").getByRole("link", { name: tab });
    await link.click();
    await expect(link).toHaveAttribute("aria-current", "page");
  }

  async addContact(name: string, phone: string): Promise<void> {
    await this.go("Contacts");
    await this.page.getByRole("link", { name: "Add", exact: true }).click();
    await this.page.getByLabel("Name", { exact: true }).fill(name);
    await this.page.getByLabel("Phone number 1", { exact: true }).fill(phone);
    await this.page.getByRole("button", { name: "Save" }).click();
    await expect(this.page.getByRole("heading", { level: 1, name })).toBeVisible();
  }

  async openContact(name: string): Promise<void> {
    await this.go("Contacts");
    await this.line(name).click();
    await expect(this.page.getByRole("heading", { level: 1, name })).toBeVisible();
  }

  async change(field: string, text: string): Promise<void> {
    await this.page.getByRole("link", { name: "Change" }).click();
    await this.page.getByLabel(field, { exact: true }).fill(text);
    await this.page.getByRole("button", { name: "Save" }).click();
    await expect(this.page.getByRole("button", { name: "Save" })).toBeHidden();
  }

  async goToImport(): Promise<void> {
    await this.go("Contacts");
    const list = this.page.getByRole("link", { name: "All contacts" });
    if (await list.isVisible()) await list.click();
    await this.useList("Import a list");
  }

  /** Taps on one of the things that can be done with the list as a whole: at its top, folded unless the list is empty. */
  async useList(name: string): Promise<void> {
    const link = this.page.getByRole("link", { name });
    const isFolded = this.page.locator("details:not([open])").filter({ has: this.page.getByText("Phone tree, import, print and more") });
    await expect(link.or(isFolded.locator("summary")).first()).toBeVisible();
    if (await isFolded.count()) await isFolded.locator("summary").click();
    await link.click();
  }

  /** Chooses a file to import and waits for what would be done with it. */
  async preview(file: string | { name: string; mimeType: string; buffer: Buffer }): Promise<void> {
    await this.goToImport();
    await this.page.getByLabel("Choose a file").setInputFiles(file);
    await expect(this.page.getByRole("heading", { name: /^What would be done/ })).toBeVisible();
  }

  /** Tabs on until something of this name has the focus, which must be visible. */
  async focus(name: RegExp): Promise<void> {
    for (let steps = 0; steps < 120; steps++) {
      await this.page.keyboard.press("Tab");
      // In one go: what has the focus may be replaced at any moment by what has just been loaded.
      const focused = await this.page.evaluate(() => {
        const element = document.activeElement as HTMLInputElement | null;
        if (element === null || element === document.body) return undefined;
        const label = (element.ariaLabel ?? element.labels?.[0]?.innerText ?? element.innerText ?? "").trim();
        return { label, outline: getComputedStyle(element).outlineStyle };
      });
      if (focused === undefined || !name.test(focused.label)) continue;
      expect(focused.outline, focused.label).not.toBe("none");
      return;
    }
    throw new Error(`the keyboard does not reach ${name}`);
  }

  async press(name: RegExp): Promise<void> {
    await this.focus(name);
    await this.page.keyboard.press("Enter");
  }

  /** The contact's line in the list. */
  line(name: string) {
    return this.page.getByRole("listitem").getByRole("link", { name: new RegExp(`^${name}`) });
  }

  /** What is shown of the contact that is open. */
  get contact() {
    return this.page.getByRole("article");
  }

  get status() {
    return this.page.locator("[data-status]");
  }

  async cannotReach(): Promise<void> {
    await expect(this.status).toHaveText(/^\s*Cannot reach the group since .+, saved on this phone$/);
  }

  async isSent(): Promise<void> {
    await expect(this.status).toHaveText(SENT);
  }
}
