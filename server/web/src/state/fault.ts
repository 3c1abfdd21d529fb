// Expected failures as sentences: the code chooses one, and what has none is told as the device put it.

import type { Fault } from "../device/messages";
import english from "../messages/en.json";
import { say, type MessageKey } from "./language.svelte";

export function faultText(fault: Fault): string {
  const key = `fault.${fault.code}`;
  return key in english ? say(key as MessageKey, { detail: fault.detail }) : say("fault.other", { detail: fault.detail });
}
