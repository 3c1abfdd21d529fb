// Every language says everything: no key is missing or extra, and nothing that fills a sentence gets lost.

import { expect, test } from "vitest";
import english from "./en.json";
import spanish from "./es.json";

type Message = string | Partial<Record<Intl.LDMLPluralRule, string>>;

const languages: Record<string, Record<string, Message>> = { es: spanish };

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

test.each(Object.entries({ en: english as Record<string, Message>, ...languages }))("%s has plural forms that its rules use", (code, messages) => {
  const known = new Intl.PluralRules(code).resolvedOptions().pluralCategories;
  for (const [key, message] of Object.entries(messages)) {
    if (typeof message === "string") continue;
    expect(message.other, key).toBeTruthy();
    for (const category of Object.keys(message)) expect(known, `${key} in ${code}`).toContain(category);
  }
});
