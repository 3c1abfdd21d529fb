// Finds words of English on a screen that should speak another language.

import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";

type Message = string | Record<string, string>;

/** What is typed in the group itself, in English as it happens, and so is no word of the app's. */
const TYPED = new Set(["Agenda", "Notes", "Tasks", "Meeting", "Night watch", "Deliveries", "Ben's note", "Rosa's note"]);
/** What stands in the sheet that is imported. */
const IN_SHEET = new Set(["Name", "Note", "Somebody"]);

/** The English messages that stand on the page, though this language has words of its own for them. */
export async function englishOn(page: Page, language: string, screen: string): Promise<string[]> {
  const own = new Set(texts(language));
  const english = texts("en").filter((text) => !own.has(text) && /[A-Za-z]{3}/.test(text.replace(/\{\w+\}/g, "")));
  const patterns = english.map((text) => new RegExp(`^${text.split(/\{\w+\}/).map(escape).join(".+")}$`, "s"));
  return (await wordsOn(page)).filter((words) => !TYPED.has(words) && !(screen === "an import" && IN_SHEET.has(words)) && patterns.some((pattern) => pattern.test(words)));
}

/** Every message of a language, with all its forms. */
function texts(language: string): string[] {
  const file = new URL(`../../server/web/src/messages/${language}.json`, import.meta.url);
  const messages = JSON.parse(readFileSync(file, "utf8")) as Record<string, Message>;
  return Object.values(messages).flatMap((message) => (typeof message === "string" ? [message] : Object.values(message)));
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** What is read or heard: each text for itself, and what things are called for those who do not see them. */
function wordsOn(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const words: string[] = [document.title];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      if (node.parentElement?.closest("script, style, textarea, noscript") === null) words.push(node.textContent ?? "");
    }
    for (const element of document.querySelectorAll("[aria-label], [title], [placeholder], [alt]")) {
      for (const name of ["aria-label", "title", "placeholder", "alt"]) words.push(element.getAttribute(name) ?? "");
    }
    return words.map((text) => text.trim()).filter((text) => text !== "");
  });
}
