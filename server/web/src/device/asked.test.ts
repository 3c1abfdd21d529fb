// What becomes of what was asked when whoever runs the device changes.

import { expect, test } from "vitest";
import { Asked } from "./asked";
import type { Answer, Request } from "./messages";

function asking(request: Request): { asked: Asked; answers: Answer[] } {
  const asked = new Asked();
  const answers: Answer[] = [];
  asked.add({ to: "device", from: "tab", kind: "ask", id: 1, request }, (answer) => answers.push(answer));
  return { asked, answers };
}

const EDIT = { do: "forgetContact", group: "g", contact: "c" } as Request;
const READ = { do: "contact", group: "g", contact: "c" } as Request;

test("what may have been done is unsure when another tab takes over", () => {
  const { asked, answers } = asking(EDIT);
  asked.sent(1);
  asked.passedOn();
  expect(answers).toEqual([{ ok: false, fault: { code: "interrupted", detail: "forgetContact" } }]);
  expect(asked.envelopes()).toEqual([]);
});

test("what was asked while nobody ran the device is for whoever runs it next", () => {
  const { asked, answers } = asking(EDIT);
  asked.passedOn();
  expect(answers).toEqual([]);
  expect(asked.envelopes()).toHaveLength(1);
});

test("what never reached the one that began anew is for whoever runs it next", () => {
  const { asked, answers } = asking(EDIT);
  asked.sent(1);
  asked.over();
  asked.passedOn();
  expect(answers).toEqual([]);
  // The second one may do it: now it is unsure when that one goes too.
  asked.sent(1);
  asked.passedOn();
  expect(answers).toHaveLength(1);
});

test("what only reads is asked again", () => {
  const { asked, answers } = asking(READ);
  asked.sent(1);
  asked.passedOn();
  expect(answers).toEqual([]);
  expect(asked.envelopes()).toHaveLength(1);
});

test("an answer is given once, and nothing is left of what was refused", () => {
  const { asked, answers } = asking(EDIT);
  asked.settle(1, { ok: true, value: null });
  asked.settle(1, { ok: true, value: null });
  asked.refuseAll({ code: "device_failed", detail: "core" });
  expect(answers).toEqual([{ ok: true, value: null }]);
});
