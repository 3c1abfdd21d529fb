// An export: the device writes the file's text, the browser saves it.

import type { ExportFormat, Fault } from "../device/messages";
import { app } from "./app.svelte";
import { saveFile } from "./saving";

const KINDS: Record<ExportFormat, { ending: string; media: string }> = {
  vcard4: { ending: "vcf", media: "text/vcard;charset=utf-8" },
  vcard3: { ending: "vcf", media: "text/vcard;charset=utf-8" },
  csv: { ending: "csv", media: "text/csv;charset=utf-8" },
  csvSemicolon: { ending: "csv", media: "text/csv;charset=utf-8" },
};

export class Exporting {
  format = $state<ExportFormat>("vcard4");
  saved = $state("");
  fault = $state.raw<Fault | undefined>(undefined);

  constructor(private readonly group: string) {}

  async save(groupName: string): Promise<void> {
    const { group, format } = this;
    this.saved = "";
    const answer = await app.ask("export", { group, format });
    if (!answer.ok) {
      this.fault = answer.fault;
      return;
    }
    this.fault = undefined;
    const { ending, media } = KINDS[format];
    const name = fileName(groupName, ending);
    saveFile(name, answer.value, media);
    this.saved = name;
  }
}

/** A name that every file system takes, with the group's letters kept whatever their script. */
export function fileName(groupName: string, ending: string): string {
  const words = groupName.replace(/[^\p{L}\p{M}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "");
  return `${words.slice(0, 60) || "contacts"}.${ending}`;
}
