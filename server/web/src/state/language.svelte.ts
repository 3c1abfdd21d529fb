// The language of the screen: its messages, plural forms, dates and direction. Only the one that is spoken is loaded.

import { DAY_MS, FAR_MS, dateFormat, displayNames, isolated, listFormat, momentStyle } from "./formats";
import { nameOfLanguage } from "./language-names";
import type english from "../messages/en.json";

/** Every language of the app, called by its own name. */
export const LANGUAGES = {
  en: "English",
  es: "Español",
  ar: "العربية",
  ht: "Kreyòl ayisyen",
  pl: "Polski",
  vi: "Tiếng Việt",
  "zh-Hans": "简体中文",
} as const;

export type LanguageCode = keyof typeof LANGUAGES;

/** Translated whole, but not yet read by people who grew up with them: the app says so. */
export const DRAFTS: ReadonlySet<LanguageCode> = new Set<LanguageCode>(["ar", "ht", "pl", "vi", "zh-Hans"]);

type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };
type Messages = Record<keyof typeof english, string | Forms>;
export type MessageKey = keyof typeof english;
export type Params = Record<string, string | number>;

const FILES: Record<LanguageCode, () => Promise<{ default: Messages }>> = {
  en: () => import("../messages/en.json"),
  es: () => import("../messages/es.json"),
  ar: () => import("../messages/ar.json"),
  ht: () => import("../messages/ht.json"),
  pl: () => import("../messages/pl.json"),
  vi: () => import("../messages/vi.json"),
  "zh-Hans": () => import("../messages/zh-Hans.json"),
};

const RIGHT_TO_LEFT: ReadonlySet<string> = new Set(["ar", "fa", "he", "ur", "yi"]);
const KEPT_AS = "porchlight-language";

export class Language {
  code = $state<LanguageCode>("en");
  private messages = $state.raw<Messages>({} as Messages);
  private asked = 0;
  /** The language as this phone's region writes its dates and numbers. */
  private readonly locale = $derived(localeOf(this.code, navigator.languages));
  private plural = $derived(new Intl.PluralRules(this.locale));
  private number = $derived(new Intl.NumberFormat(this.locale));
  readonly collator = $derived(new Intl.Collator(this.locale, { sensitivity: "base", numeric: true }));

  /** Loads the language chosen before, or the first one of the phone's that the app speaks. */
  async start(): Promise<void> {
    const wish = chosen(localStorage.getItem(KEPT_AS), navigator.languages);
    // Offline, a language that was never used here is not here: any that is will do.
    for (const code of [wish, ...(Object.keys(LANGUAGES) as LanguageCode[])]) if (await this.choose(code)) return;
    throw new Error("no language could be loaded");
  }

  /** False if its messages cannot be had at the moment; everything stays as it was. */
  async choose(code: LanguageCode): Promise<boolean> {
    const turn = ++this.asked;
    let messages: Messages;
    try {
      messages = (await FILES[code]()).default;
    } catch {
      return false;
    }
    // Its file may come after that of a language that was chosen later.
    if (turn !== this.asked) return true;
    this.messages = messages;
    this.code = code;
    document.documentElement.lang = code;
    document.documentElement.dir = direction(code);
    return true;
  }

  async keep(code: LanguageCode): Promise<boolean> {
    if (!(await this.choose(code))) return false;
    localStorage.setItem(KEPT_AS, this.code);
    return true;
  }

  /** The message in this language. `{count}` chooses the plural form; numbers are written as the language does. */
  say = (key: MessageKey, params: Params = {}): string => {
    const message = this.messages[key];
    const text = typeof message === "string" ? message : form(message, this.plural, params["count"]);
    // Making what writes numbers takes a slow phone longer than drawing the screen, and most texts have none.
    return fill(text, params, (value) => this.number.format(value), direction(this.code));
  };

  /** Whether there is a message of that name. */
  knows = (key: string): key is MessageKey => key in this.messages;

  /** A time within a sentence: "19:40" today, "Tue 18:20" within days, "3 May, 18:20" beyond. */
  moment = (time: number, now = Date.now()): string => dateFormat(this.locale, momentStyle(time, now)).format(time);

  /** A time of the day: "19:40". */
  clock = (time: number): string => dateFormat(this.locale, { hour: "numeric", minute: "2-digit" }).format(time);

  date = (time: number): string => dateFormat(this.locale, { dateStyle: "medium" }).format(time);

  /**
   * A day without a time, written `2026-11-25`: the same day for everyone. With its year where it is more than half a year
   * away: a slip in the year would be seen by nobody else.
   */
  day = (date: string, style: Intl.DateTimeFormatOptions = { weekday: "short", day: "numeric", month: "short" }): string => {
    const time = Date.parse(`${date}T00:00Z`);
    const year = style.month !== undefined && style.day !== undefined && Math.abs(time - Date.now()) > FAR_MS;
    return dateFormat(this.locale, { ...style, ...(year && { year: "numeric" }), timeZone: "UTC" }).format(time);
  };

  /** A minute of the clock, written `2026-11-25T19:40`: the same for everyone, wherever their phone is. */
  hour = (minute: string): string =>
    dateFormat(this.locale, { hour: "numeric", minute: "2-digit", timeZone: "UTC" }).format(Date.parse(`${minute.slice(0, 16)}Z`));

  /** Bytes as people read them: "1.2 MB". */
  size = (bytes: number): string => {
    const [unit, value] = bytes < 1_000_000 ? (["kilobyte", bytes / 1000] as const) : (["megabyte", bytes / 1_000_000] as const);
    const options: Intl.NumberFormatOptions = { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 1 };
    return new Intl.NumberFormat(this.locale, options).format(value);
  };

  /**
   * Makes what writes days and hours, one after the other and each in a turn of its own: a slow phone needs 20 ms for one,
   * the first screen needs all of them at once, and while the device starts there is time.
   */
  async prepare(): Promise<void> {
    const now = Date.now();
    const [minute, day] = [16, 10].map((length) => new Date(now).toISOString().slice(0, length)) as [string, string];
    const moments = [0, 2, 20].map((days) => () => this.moment(now - days * DAY_MS, now));
    for (const write of [() => this.hour(minute), () => this.day(day), ...moments]) {
      await new Promise((resolve) => setTimeout(resolve));
      write();
    }
  }

  listing = (items: string[]): string => listFormat(this.locale).format(items.map((item) => isolated(item, direction(this.code))));

  /** What a language is called in this one: "vi" is Vietnamese. */
  languageName = (tag: string): string => nameOfLanguage(tag, (tag) => nameOf("language", tag, this.locale));

  countryName = (code: string): string => nameOf("region", code, this.locale) ?? code;

  /** The day on which weeks begin here: 1 is Monday, 7 Sunday. */
  firstDay = (): number => {
    const locale = new Intl.Locale(this.locale) as Intl.Locale & {
      getWeekInfo?: () => { firstDay: number };
      weekInfo?: { firstDay: number };
    };
    return (locale.getWeekInfo?.() ?? locale.weekInfo)?.firstDay ?? 1;
  };
}

export const language = new Language();
export const say = language.say;

/** The first wish that the app speaks, else English. */
export function chosen(kept: string | null, wishes: readonly string[]): LanguageCode {
  for (const wish of [kept ?? "", ...wishes]) {
    const [code = "", script = ""] = wish.toLowerCase().split("-");
    // Traditional characters are another script: English reads easier there than the wrong one.
    const isTraditional = ["hant", "tw", "hk", "mo"].includes(script);
    const spoken = code === "zh" && !isTraditional ? "zh-Hans" : code;
    if (spoken in LANGUAGES) return spoken as LanguageCode;
  }
  return "en";
}

/** Haitian Creole writes dates as its neighbour French does; browsers know the second and not the first. */
export function localeOf(code: LanguageCode, wishes: readonly string[]): string {
  if (code === "ht") return "fr-HT";
  return wishes.find((wish) => wish.split("-")[0] === code) ?? code;
}

export function direction(code: string): "ltr" | "rtl" {
  return RIGHT_TO_LEFT.has(code) ? "rtl" : "ltr";
}

/** A language need not write every form down: what is missing is said as in the general case. */
function form(forms: Forms, rules: Intl.PluralRules, count: string | number | undefined): string {
  return forms[rules.select(Number(count ?? 0))] ?? forms.other;
}

function fill(text: string, params: Params, written: (value: number) => string, dir: "ltr" | "rtl"): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = params[name];
    return value === undefined ? whole : typeof value === "number" ? written(value) : isolated(value, dir);
  });
}

function nameOf(type: "language" | "region", code: string, inLanguage: string): string | undefined {
  try {
    return displayNames(inLanguage, type).of(code);
  } catch {
    return undefined;
  }
}
