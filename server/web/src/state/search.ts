// Searching by name, and by that of a language: contacts hold tags ("vi"), people type what they call it ("vietnamese").

import type { ContactLine } from "../device/messages";
import { sameLanguage } from "./language-names";

export interface LanguageSearch {
  /** The words that name no language. */
  rest: string;
  /** For each word that names languages, their tags. */
  tags: Set<string>[];
}

/** Fewer letters would name a language by accident. */
const SHORTEST = 3;

/** Nothing, if no word names a language. */
export function languageSearch(search: string, languages: readonly { tag: string; name: string }[]): LanguageSearch | undefined {
  const rest: string[] = [];
  const tags: Set<string>[] = [];
  for (const word of fold(search).split(/\s+/)) {
    const named = word.length < SHORTEST ? [] : languages.filter(({ name }) => fold(name).split(/[\s(]+/).some((part) => part.startsWith(word)));
    if (named.length > 0) tags.push(new Set(named.map(({ tag }) => tag)));
    else if (word !== "") rest.push(word);
  }
  return tags.length === 0 ? undefined : { rest: rest.join(" "), tags };
}

/** Whether somebody has to do with a language of each word. */
export function fits({ languages }: Pick<ContactLine, "languages">, { tags }: LanguageSearch): boolean {
  return tags.every((choices) => languages.some((tag) => choices.has(sameLanguage(tag))));
}

export function joinLines(one: readonly ContactLine[], other: readonly ContactLine[]): ContactLine[] {
  const known = new Set(one.map(({ id }) => id));
  return [...one, ...other.filter(({ id }) => !known.has(id))];
}

export interface Named {
  /** `member/…` or `contact/…`. */
  key: string;
  name: string;
}

/** Those whose name has a word that begins as typed; at most `most`, without those who are there already. */
export function fitting(all: readonly Named[], typed: string, taken: ReadonlySet<string>, most: number): Named[] {
  const words = fold(typed).trim().split(/\s+/);
  const fits = ({ name }: Named) => {
    const parts = fold(name).split(/\s+/);
    return words.every((word) => parts.some((part) => part.startsWith(word)));
  };
  return all.filter((one) => !taken.has(one.key) && !taken.has(one.name.toLowerCase()) && fits(one)).slice(0, most);
}

/** Without accents and capitals, as people type. */
export function fold(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
