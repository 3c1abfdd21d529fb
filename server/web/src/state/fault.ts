// Expected failures as sentences: the code chooses one, and what has none is told as the device put it.

import type { Fault } from "../device/messages";
import { language, say } from "./language.svelte";

export function faultText(fault: Fault): string {
  const key = `fault.${fault.code}`;
  return language.knows(key) ? say(key, { detail: fault.detail }) : say("fault.other", { detail: fault.detail });
}
