// Which language is spoken, and how dates and numbers are written in it.

import { expect, test, vi } from "vitest";
import { isolated } from "./formats";
import { chosen, direction, language, localeOf, say } from "./language.svelte";

test("the first wish that the app speaks is taken, before that the one chosen here", () => {
  expect(chosen(null, ["fr-FR", "es-MX", "en"])).toBe("es");
  expect(chosen("vi", ["es-MX"])).toBe("vi");
  expect(chosen(null, ["zh-CN"])).toBe("zh-Hans");
  expect(chosen(null, ["zh-SG"])).toBe("zh-Hans");
  expect(chosen(null, ["zh-TW", "en-US"])).toBe("en");
  expect(chosen(null, ["zh-Hant-HK"])).toBe("en");
  expect(chosen(null, ["xx"])).toBe("en");
});

test("dates and numbers follow the region of the phone", () => {
  expect(localeOf("es", ["en-US", "es-MX"])).toBe("es-MX");
  expect(localeOf("pl", ["en-US"])).toBe("pl");
  expect(localeOf("ht", ["ht"])).toBe("fr-HT");
});

test("a day of another year says so, and one of the next months does not", () => {
  vi.stubGlobal("navigator", { languages: ["en-US"] });
  const now = vi.spyOn(Date, "now").mockReturnValue(Date.parse("2026-12-20T12:00Z"));
  expect(["2027-01-02", "2026-06-21", "2025-12-20", "2036-12-31"].map((day) => language.day(day).includes(day.slice(0, 4)))).toEqual([false, false, true, true]);
  expect(language.day("2036-12-31", { weekday: "long" })).not.toContain("2036");
  now.mockRestore();
  vi.unstubAllGlobals();
});

test("Arabic runs from right to left", () => {
  expect(direction("ar")).toBe("rtl");
  expect(direction("pl")).toBe("ltr");
});

test("names and numbers keep their own direction within a sentence of the other", async () => {
  vi.stubGlobal("document", { documentElement: {} });
  vi.stubGlobal("navigator", { languages: ["en-US"] });
  expect(isolated("Ana", "ltr")).toBe("Ana");
  expect(isolated("ليلى", "rtl")).toBe("ليلى");
  expect(isolated("0143-555 (202)", "rtl")).toBe("\u20680143-555 (202)\u2069");
  await language.choose("en");
  expect(say("contact.removeAsk", { name: "ليلى" })).toContain("\u2068ليلى\u2069");
  expect(language.listing(["Ana", "ليلى"])).toContain("\u2068ليلى\u2069");
  await language.choose("ar");
  expect(say("contact.removeAsk", { name: "Ana." })).toContain("\u2068Ana.\u2069");
  await language.choose("en");
  vi.unstubAllGlobals();
});

test("what the first screen writes days and hours with is made before it is drawn", async () => {
  vi.stubGlobal("navigator", { languages: ["en-US"] });
  await language.prepare();
  const made = vi.spyOn(Intl, "DateTimeFormat");
  language.hour("2026-11-25T19:40");
  const now = Date.now();
  language.day(new Date(now).toISOString().slice(0, 10));
  for (const hours of [1, 30, 300]) language.moment(now - hours * 3_600_000, now);
  expect(made).not.toHaveBeenCalled();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});
