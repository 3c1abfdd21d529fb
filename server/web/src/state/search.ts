// Searching by the name of a language: contacts hold tags ("vi"), people type what they call it ("vietnamese").

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

function fold(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
