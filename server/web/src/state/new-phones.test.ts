// Which of my phones are told of as new.

import { expect, test } from "vitest";
import type { Member } from "../device/messages";
import { newPhones } from "./new-phones";

const device = (id: string, since: number, leaves = false) => ({ id, since, wrote: null, recovered: false, leaves });
const me = (...devices: Member["devices"]) => ({ devices, isSelf: true }) as Member;

test("a phone that came in as me after this one is new until I know it", () => {
  const self = me(device("this", 10), device("older", 5), device("later", 20), device("going", 30, true));
  expect(newPhones(self, []).map(({ id }) => id)).toEqual(["later"]);
  expect(newPhones(self, ["later"])).toEqual([]);
  expect(newPhones(me(device("this", 20), device("other", 10)), [])).toEqual([]);
  expect(newPhones(undefined, [])).toEqual([]);
});
