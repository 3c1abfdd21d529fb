// How the facts about a contact are put on the screen.

import type { Address, Details, Phone, TextField } from "../device/messages";
import { language, say } from "./language.svelte";

/** Texts shown below the rest, in this order; the parts of a name only where they say more than the name. */
const SHOWN: readonly TextField[] = [
  "nickname",
  "organization",
  "unit",
  "title",
  "area",
  "houseNumber",
  "availability",
  "birthday",
  "note",
  "confirmed",
];

export function otherTexts(details: Details, name: string): [TextField, string][] {
  return SHOWN.flatMap((field): [TextField, string][] => {
    const text = details[field];
    return text === "" || text === name ? [] : [[field, text]];
  });
}

/** Whether it says whom to call for this person in an emergency. */
export function hasEmergency({ emergencyName, emergencyPhone }: Pick<Details, "emergencyName" | "emergencyPhone">): boolean {
  return emergencyName !== "" || emergencyPhone !== "";
}

/** What to give to the phone's dialer. */
export function dialed({ number, e164, extension }: Pick<Phone, "number" | "e164" | "extension">): string {
  const digits = e164 ?? number.replace(/[^\d+*#]/g, "");
  return extension === null ? digits : `${digits},${extension}`;
}

/** "mobile" in the language of the screen; words that people made up stay as they are. */
export function labelName(label: string): string {
  const key = `label.${label}`;
  return language.knows(key) ? say(key) : label;
}

export function addressLines(address: Address): string[] {
  const place = [address.postcode, address.town, address.region].filter(Boolean).join(" ");
  return [address.street, address.extra, address.postBox, place, address.country].filter(Boolean);
}
