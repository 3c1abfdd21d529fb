// Every language says everything: no key is missing or extra, and nothing that fills a sentence gets lost.

import { expect, test } from "vitest";
import { DRAFTS, LANGUAGES } from "../state/language.svelte";
import english from "./en.json";

type Message = string | Partial<Record<Intl.LDMLPluralRule, string>>;

const files = import.meta.glob<{ default: Record<string, Message> }>("./*.json", { eager: true });
const all = Object.fromEntries(Object.entries(files).map(([path, { default: messages }]) => [path.slice(2, -".json".length), messages]));
const languages = Object.fromEntries(Object.entries(all).filter(([code]) => code !== "en"));

test("every language that can be chosen has its file, and the reviewed ones are no drafts", () => {
  expect(Object.keys(all).sort()).toEqual(Object.keys(LANGUAGES).sort());
  expect([...DRAFTS].filter((code) => code === "en" || code === "es")).toEqual([]);
});

function forms(message: Message): string[] {
  return typeof message === "string" ? [message] : Object.values(message);
}

function placeholders(text: string): string[] {
  return [...text.matchAll(/\{\w+\}/g)].map(([name]) => name).sort();
}

test.each(Object.entries(languages))("%s has the same messages as English", (_, messages) => {
  expect(Object.keys(messages).sort()).toEqual(Object.keys(english).sort());
});

test.each(Object.entries(languages))("%s fills in the same things", (_, messages) => {
  for (const [key, message] of Object.entries(english)) {
    const said = new Set(forms(messages[key] ?? "").flatMap(placeholders));
    expect([...said].sort(), key).toEqual([...new Set(forms(message).flatMap(placeholders))].sort());
  }
});

test.each(Object.entries(all))("%s has plural forms that its rules use", (code, messages) => {
  const known = new Intl.PluralRules(code).resolvedOptions().pluralCategories;
  for (const [key, message] of Object.entries(messages)) {
    if (typeof message === "string") continue;
    expect(message.other, key).toBeTruthy();
    for (const category of Object.keys(message)) expect(known, `${key} in ${code}`).toContain(category);
  }
});
