// A decision in words: its options, its counts, and in one sentence what it came to.

import type { Choice, Count, Decision, VoteAnswer, Wording } from "../device/decision-messages";
import { isDay } from "./days";
import { language, say } from "./language.svelte";

export const ANSWERS: readonly VoteAnswer[] = ["agree", "abstain", "disagree", "block"];

/** An option as people read it: a day is the same day for everyone, a time is that of its zone. */
export function wordingText({ text, zone }: Wording): string {
  if (zone === "") return isDay(text) ? longDay(text) : text;
  const [day = "", clock = ""] = text.split("T");
  return isDay(day) ? `${longDay(day)}, ${clock} (${zone})` : `${text} (${zone})`;
}

/** Words that somebody wrote without knowing of those that hold: of what is asked, and of options. */
export function otherWords(decision: Decision | undefined): { key: string; words: string; instead: string[] }[] {
  if (decision === undefined) return [];
  const title = { key: "", words: decision.title, instead: decision.otherTitles ?? [] };
  const choices = decision.choices.map((choice) => ({
    key: choice.key,
    words: wordingText(choice),
    instead: choice.others.map((text) => wordingText({ text, zone: "" })),
  }));
  return [title, ...choices].filter(({ instead }) => instead.length > 0);
}

/** Those to which somebody has said something. */
export function answeredOf(choices: readonly Choice[]): Choice[] {
  return choices.filter(({ tally }) => Object.values(tally).some((count) => count > 0));
}

/** As in "4 agree, 2 abstain". */
export function tallyText({ tally }: Choice): string {
  const counted = [...ANSWERS, "asked" as const].filter((answer) => tally[answer] > 0);
  if (counted.length === 0) return say("tally.nobody");
  return language.listing(counted.map((answer) => say(`tally.${answer}`, { count: tally[answer] })));
}

/** What it came to, in one sentence. */
export function sentenceOf(count: Count): string {
  const { outcome, answered, eligible, needed } = count;
  const numbers = { answered, eligible, needed };
  const named = (key: string) => {
    const choice = count.choices.find((choice) => choice.key === key);
    return choice === undefined ? "" : wordingText(choice);
  };
  switch (outcome.is) {
    case "open":
      return say(needed > 0 ? "outcome.openNeeded" : "outcome.open", numbers);
    case "noQuorum":
      return say("outcome.noQuorum", numbers);
    case "blocked":
      return say("outcome.blocked", { names: language.listing(outcome.by.map(([name, reason]) => `${name} (“${reason}”)`)) });
    case "agreed":
    case "notAgreed":
      return say(`outcome.${outcome.is}`, { tally: tallyOf(count), ...numbers });
    case "chosen": {
      const agree = count.choices.find(({ key }) => key === outcome.option)?.tally.agree ?? 0;
      return say("outcome.chosen", { option: named(outcome.option), count: agree, ...numbers });
    }
    case "tie":
      return say("outcome.tie", { options: language.listing(outcome.options.map(named)), ...numbers });
  }
}

function tallyOf({ choices }: Count): string {
  const [only] = choices;
  return only !== undefined && only.key === "" ? tallyText(only) : say("tally.noOption");
}

function longDay(day: string): string {
  return language.day(day, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
}
