// How full a shift is, in words: everybody is counted once.

import { expect, test, vi } from "vitest";
import { language } from "./language.svelte";
import { howFull, personName } from "./places";

const counts = { needs: 3, filled: 0, held: 0, toConfirm: 0, standby: 0, waiting: 0 };

test("whoever was asked counts once, and not among those who come", async () => {
  vi.stubGlobal("document", { documentElement: {} });
  vi.stubGlobal("navigator", { languages: ["en-US"] });
  await language.choose("en");
  expect(howFull({ ...counts, filled: 2 })).toBe("2 of 3");
  // Their place is kept until they answer.
  expect(howFull({ ...counts, filled: 1, held: 1 })).toBe("0 of 3 + 1 asked");
  expect(howFull({ ...counts, filled: 2, held: 1, toConfirm: 1, standby: 1 })).toBe("1 of 3 + 1 standby + 2 asked");
  expect(howFull({ ...counts, needs: 0, filled: 2, held: 2 })).toBe("0 come + 2 asked");
});

test("whoever is gone is not called somebody who just joined", () => {
  const people = { "m.1": { name: "Eve", isFormer: true }, "m.2": { name: "", isFormer: false } };
  expect(personName(people, "m.1")).toBe("Eve, who is not in the group any more");
  expect(personName(people, "m.2")).toBe("Somebody who just joined");
  expect(personName(people, "c.3")).toBe("Somebody who is not in the group any more");
  expect(personName(undefined, "c.3")).toBe("");
});
