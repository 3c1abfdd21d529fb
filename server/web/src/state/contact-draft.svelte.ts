// A contact while it is typed. What is typed is on the phone within a second, even before it is saved.
// Step 2; next: server/web/src/device/worker.ts

import type { Details, Fault } from "../device/messages";
import { app } from "./app.svelte";
import { DraftedForm } from "./draft.svelte";

interface Kept {
  before: Details;
  details: Details;
  /** The version of the list then. */
  shown?: string | undefined;
}

export class ContactDraft extends DraftedForm<Kept> {
  details = $state<Details>(emptyDetails());
  fault = $state.raw<Fault | undefined>(undefined);
  busy = $state(false);
  /** What the contact said when the person began to edit: only what they changed is written. */
  private before: Details = emptyDetails();
  private shown: string | undefined;

  constructor(
    private readonly group: string,
    private readonly contact: string | undefined,
  ) {
    super(`contact/${group}/${contact ?? "new"}`);
  }

  /** The id of the saved contact; nothing if `fault` says why not. */
  async save(): Promise<string | undefined> {
    this.busy = true;
    this.fault = undefined;
    const { group, contact } = this;
    const after = this.written();
    const answer =
      contact === undefined
        ? await app.ask("addContact", { group, details: after })
        : await app.ask("editContact", { group, contact, before: this.before, after, shown: this.shown });
    this.busy = false;
    if (!answer.ok) {
      this.fault = answer.fault;
      return undefined;
    }
    await this.discard();
    return answer.value ?? contact;
  }

  protected async load(): Promise<void> {
    const kept = await this.draft.load();
    if (kept !== undefined) this.show(kept.before, kept.details, kept.shown);
    else if (this.contact === undefined) this.show(emptyDetails(), emptyDetails());
    else if (!(await this.loadContact(this.contact))) return;
    this.restored = kept !== undefined;
    this.loaded = true;
  }

  /** Whether there is such a contact; `fault` says why not. */
  private async loadContact(contact: string): Promise<boolean> {
    const answer = await app.ask("contact", { group: this.group, contact });
    if (answer.ok) this.show(answer.value.contact.details, answer.value.contact.details, answer.value.version);
    else this.fault = answer.fault;
    return answer.ok;
  }

  private show(before: Details, details: Details, shown?: string): void {
    this.before = before;
    this.shown = shown;
    this.details = withRoom(structuredClone(details));
  }

  protected unsaved(): Kept | undefined {
    const { before, shown } = this;
    const details = this.written();
    const isSame = JSON.stringify(details) === JSON.stringify(withoutRoom(structuredClone(before)));
    return isSame ? undefined : { before, details, shown };
  }

  private written(): Details {
    return withoutRoom($state.snapshot(this.details));
  }
}

export function emptyDetails(): Details {
  return {
    name: "",
    given: "",
    middle: "",
    family: "",
    prefix: "",
    suffix: "",
    nickname: "",
    organization: "",
    unit: "",
    title: "",
    area: "",
    houseNumber: "",
    availability: "",
    emergencyName: "",
    emergencyPhone: "",
    birthday: "",
    confirmed: "",
    revision: "",
    note: "",
    noDevice: false,
    phones: [],
    emails: [],
    messengers: [],
    links: [],
    addresses: [],
    speaks: [],
    prefers: [],
    interprets: [],
    skills: [],
    equipment: [],
    tags: [],
    uids: [],
  };
}

/** An empty line to type a first number and address into. */
function withRoom(details: Details): Details {
  if (details.phones.length === 0) details.phones.push(emptyPhone());
  return details;
}

function withoutRoom(details: Details): Details {
  details.phones = details.phones.filter(({ number }) => number.trim() !== "");
  details.emails = details.emails.filter(({ value }) => value.trim() !== "");
  details.messengers = details.messengers.filter(({ handle }) => handle.trim() !== "");
  details.links = details.links.filter(({ value }) => value.trim() !== "");
  return details;
}

export function emptyPhone(): Details["phones"][number] {
  return { number: "", e164: null, extension: null, label: "mobile", preferred: false };
}
