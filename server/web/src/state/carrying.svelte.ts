// From phone to phone without a server: a bundle made for somebody else, and one of theirs opened.

import type { Fault, Packed, Unpacked } from "../device/messages";
import { app } from "./app.svelte";
import { bytesOf, saveFile } from "./saving";

export class Carrying {
  /** What is shown as codes. */
  codes = $state.raw<readonly string[]>([]);
  saved = $state("");
  /** Codes of the other phone, one a line. */
  scanned = $state("");
  missing = $state(0);
  opened = $state.raw<Unpacked | undefined>(undefined);
  fault = $state.raw<Fault | undefined>(undefined);

  constructor(private readonly group: string) {}

  async saveBundle(name: string): Promise<void> {
    const packed = await this.pack("exportBundle");
    if (packed === undefined) return;
    saveFile(name, bytesOf(packed.file), "application/octet-stream");
    this.saved = name;
  }

  /** Shows everything as codes, or only how far this phone has read. */
  async show(what: "exportBundle" | "greeting"): Promise<void> {
    const packed = await this.pack(what);
    if (packed === undefined) return;
    this.codes = packed.codes;
    if (packed.codes.length === 0) this.fault = { code: "bundle_large_for_codes", detail: "" };
  }

  async openFile(file: File): Promise<void> {
    this.begin();
    const bytes = new Uint8Array(await file.arrayBuffer());
    const answer = await app.ask("openBundle", {}, bytes);
    if (answer.ok) this.opened = answer.value;
    else this.fault = answer.fault;
  }

  async openCodes(): Promise<void> {
    this.begin();
    const codes = this.scanned.split(/\s+/).filter((code) => code !== "");
    const answer = await app.ask("openCodes", { codes });
    if (!answer.ok) {
      this.fault = answer.fault;
      return;
    }
    this.missing = answer.value.missing;
    this.opened = answer.value.opened ?? undefined;
    if (this.opened !== undefined) this.scanned = "";
  }

  private async pack(what: "exportBundle" | "greeting"): Promise<Packed | undefined> {
    this.begin();
    const answer = await app.ask(what, { group: this.group });
    if (answer.ok) return answer.value;
    this.fault = answer.fault;
    return undefined;
  }

  private begin(): void {
    this.fault = undefined;
    this.opened = undefined;
    this.saved = "";
    this.missing = 0;
    this.codes = [];
  }
}
