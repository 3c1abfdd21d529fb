// The language of the screen: its messages, plural forms, dates and direction.

import english from "../messages/en.json";

/** Every language of the app, called by its own name. */
export const LANGUAGES = { en: "English", es: "Español" } as const;

export type LanguageCode = keyof typeof LANGUAGES;

type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };
type Messages = Record<keyof typeof english, string | Forms>;
export type MessageKey = keyof typeof english;
export type Params = Record<string, string | number>;

const RIGHT_TO_LEFT: ReadonlySet<string> = new Set(["ar", "fa", "he", "ur", "yi"]);
const KEPT_AS = "porchlight-language";

export class Language {
  code = $state<LanguageCode>("en");
  private messages = $state.raw<Messages>(english);
  private plural = $derived(new Intl.PluralRules(this.code));
  private number = $derived(new Intl.NumberFormat(this.code));
  readonly collator = $derived(new Intl.Collator(this.code, { sensitivity: "base", numeric: true }));

  /** Loads the language chosen before, or the first one of the phone's that the app speaks. */
  async start(): Promise<void> {
    await this.choose(chosen(localStorage.getItem(KEPT_AS), navigator.languages));
  }

  async choose(code: LanguageCode): Promise<void> {
    this.messages = code === "es" ? (await import("../messages/es.json")).default : english;
    this.code = code;
    document.documentElement.lang = code;
    document.documentElement.dir = direction(code);
  }

  async keep(code: LanguageCode): Promise<void> {
    await this.choose(code);
    localStorage.setItem(KEPT_AS, code);
  }

  /** The message in this language. `{count}` chooses the plural form; numbers are written as the language does. */
  say = (key: MessageKey, params: Params = {}): string => {
    const message = this.messages[key];
    const text = typeof message === "string" ? message : form(message, this.plural, params["count"]);
    return fill(text, params, this.number);
  };

  /** A time within a sentence: "19:40" today, "Tue 18:20" this week, "3 May, 18:20" before that. */
  moment = (time: number, now = Date.now()): string => {
    const sameDay = new Date(time).toDateString() === new Date(now).toDateString();
    const thisWeek = now - time < 6 * 24 * 3_600_000;
    const day: Intl.DateTimeFormatOptions = sameDay ? {} : thisWeek ? { weekday: "short" } : { day: "numeric", month: "short" };
    return new Intl.DateTimeFormat(this.code, { ...day, hour: "numeric", minute: "2-digit" }).format(time);
  };

  date = (time: number): string => new Intl.DateTimeFormat(this.code, { dateStyle: "medium" }).format(time);

  listing = (items: string[]): string => new Intl.ListFormat(this.code).format(items);

  /** What a language is called in this one: "vi" is Vietnamese. */
  languageName = (tag: string): string => nameOf("language", tag, this.code);

  countryName = (code: string): string => nameOf("region", code, this.code);
}

export const language = new Language();
export const say = language.say;

/** The first wish that the app speaks, else English. */
export function chosen(kept: string | null, wishes: readonly string[]): LanguageCode {
  for (const wish of [kept ?? "", ...wishes]) {
    const code = wish.toLowerCase().split("-")[0] ?? "";
    if (code in LANGUAGES) return code as LanguageCode;
  }
  return "en";
}

export function direction(code: string): "ltr" | "rtl" {
  return RIGHT_TO_LEFT.has(code) ? "rtl" : "ltr";
}

/** A language need not write every form down: what is missing is said as in the general case. */
function form(forms: Forms, rules: Intl.PluralRules, count: string | number | undefined): string {
  return forms[rules.select(Number(count ?? 0))] ?? forms.other;
}

function fill(text: string, params: Params, numbers: Intl.NumberFormat): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = params[name];
    return value === undefined ? whole : typeof value === "number" ? numbers.format(value) : value;
  });
}

function nameOf(type: "language" | "region", code: string, inLanguage: string): string {
  try {
    return new Intl.DisplayNames(inLanguage, { type }).of(code) ?? code;
  } catch {
    return code;
  }
}
