// What a column of a sheet can hold, as a list to choose from.

import type { Column } from "../device/messages";
import type { MessageKey } from "./language.svelte";

export interface ColumnChoice {
  key: MessageKey;
  column: Column;
}

export const COLUMN_CHOICES: readonly ColumnChoice[] = [
  { key: "column.ignore", column: { kind: "ignore" } },
  { key: "column.other", column: { kind: "other" } },
  { key: "field.name", column: { kind: "text", field: "name" } },
  { key: "field.given", column: { kind: "text", field: "given" } },
  { key: "field.family", column: { kind: "text", field: "family" } },
  { key: "field.nickname", column: { kind: "text", field: "nickname" } },
  { key: "column.mobile", column: { kind: "phone", label: "mobile" } },
  { key: "column.homePhone", column: { kind: "phone", label: "home" } },
  { key: "column.workPhone", column: { kind: "phone", label: "work" } },
  { key: "column.phone", column: { kind: "phone", label: "" } },
  { key: "column.email", column: { kind: "email", label: "" } },
  { key: "field.speaks", column: { kind: "words", list: "speaks" } },
  { key: "field.prefers", column: { kind: "words", list: "prefers" } },
  { key: "field.interprets", column: { kind: "words", list: "interprets" } },
  { key: "field.area", column: { kind: "text", field: "area" } },
  { key: "field.houseNumber", column: { kind: "text", field: "houseNumber" } },
  { key: "field.address", column: { kind: "address", number: 1, part: "street", label: "" } },
  { key: "field.skills", column: { kind: "words", list: "skills" } },
  { key: "field.equipment", column: { kind: "words", list: "equipment" } },
  { key: "field.tags", column: { kind: "words", list: "tags" } },
  { key: "field.availability", column: { kind: "text", field: "availability" } },
  { key: "field.emergencyName", column: { kind: "text", field: "emergencyName" } },
  { key: "field.emergencyPhone", column: { kind: "text", field: "emergencyPhone" } },
  { key: "field.organization", column: { kind: "text", field: "organization" } },
  { key: "field.birthday", column: { kind: "text", field: "birthday" } },
  { key: "column.noDevice", column: { kind: "noDevice" } },
  { key: "field.note", column: { kind: "text", field: "note" } },
];

/** The place of a column's meaning in the list; -1 if it is a special one that is kept as it was read. */
export function choiceOf(column: Column): number {
  return COLUMN_CHOICES.findIndex((choice) => sameColumn(choice.column, column));
}

function sameColumn(one: Column, other: Column): boolean {
  const entries = Object.entries(one);
  const others = other as Record<string, unknown>;
  return entries.length === Object.keys(other).length && entries.every(([key, value]) => others[key] === value);
}
