// What people do in the app, in their words: found a group, invite, join, add and look up contacts.

import { expect, type Browser, type BrowserContext, type Page } from "@playwright/test";
import type { Server } from "./server";

export const SENT = "Saved and sent";

/** Somebody with a phone: a browser of their own, with its own storage. */
export class Person {
  private constructor(
    readonly name: string,
    readonly context: BrowserContext,
    public page: Page,
  ) {}

  static async with(browser: Browser, name: string, options: Parameters<Browser["newContext"]>[0] = {}): Promise<Person> {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    return new Person(name, context, page);
  }

  async found(server: Server, group: string): Promise<void> {
    await this.page.goto(server.startLink);
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
    await expect(this.page.getByText(`${this.name} (you)`)).toBeVisible();
    await this.isSent();
  }

  async go(tab: "Contacts" | "Group"): Promise<void> {
    await this.page.getByRole("navigation").getByRole("link", { name: tab }).click();
    await expect(this.page.getByRole("navigation").getByRole("link", { name: tab })).toHaveAttribute("aria-current", "page");
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

  /** The contact's line in the list. */
  line(name: string) {
    return this.page.getByRole("listitem").getByRole("link", { name: new RegExp(`^${name}`) });
  }

  get status() {
    return this.page.locator("[data-status]");
  }

  async isSent(): Promise<void> {
    await expect(this.status).toHaveText(SENT);
  }
}
