// What a tab has asked the device and has no answer to. When another tab's worker takes over, what was asked of the one
// before may or may not have been done; what never reached it was not.

import type { ToDevice } from "./envelope";
import type { Answer, Fault, Operation } from "./messages";

/** Asking twice changes nothing for these, so they are asked again when another tab takes over. */
const READS: ReadonlySet<Operation> = new Set<Operation>([
  "groups",
  "members",
  "contacts",
  "contact",
  "contactHistory",
  "readInvitation",
  "previewImport",
  "export",
  "draft",
  "keepDraft",
  "lockState",
  "dataUse",
  "claimedContact",
  "addZone",
  "setAside",
  "forks",
  "lateEdits",
]);

/** The same for requests that are one of several under a name. */
const READS_AMONG: ReadonlySet<string> = new Set([
  ...["list", "shift", "plan", "datesWithPeople", "datesThatDiffer", "export"],
  ...["show", "history", "compare", "tasks"],
  ...["details", "circles"],
  ...["invitations", "lobby", "askLobby", "held", "askHeld"],
]);

type Ask = ToDevice & { kind: "ask" };

interface Waiting {
  envelope: Ask;
  resolve: (answer: Answer) => void;
  /** Whether whoever runs the device now may be doing it. */
  sent: boolean;
}

export class Asked {
  private readonly waiting = new Map<number, Waiting>();

  add(envelope: Ask, resolve: (answer: Answer) => void): void {
    this.waiting.set(envelope.id, { envelope, resolve, sent: false });
  }

  sent(id: number): void {
    const waiting = this.waiting.get(id);
    if (waiting !== undefined) waiting.sent = true;
  }

  settle(id: number, answer: Answer): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    waiting?.resolve(answer);
  }

  /** Whoever runs the device begins anew, and has answered all that it did. */
  over(): void {
    for (const waiting of this.waiting.values()) waiting.sent = false;
  }

  /** Another one runs the device. What the one before may have done is said to be unsure instead of being done twice. */
  passedOn(): void {
    for (const [id, waiting] of this.waiting) {
      const { do: operation } = waiting.envelope.request;
      const isUnsure = waiting.sent && !READS.has(operation) && !isReadAmong(waiting.envelope);
      waiting.sent = false;
      if (isUnsure) this.settle(id, { ok: false, fault: { code: "interrupted", detail: operation } });
    }
  }

  refuseAll(fault: Fault): void {
    for (const id of this.waiting.keys()) this.settle(id, { ok: false, fault });
  }

  /** All that has no answer yet, to be sent. */
  envelopes(): Ask[] {
    return [...this.waiting.values()].map(({ envelope }) => envelope);
  }
}

function isReadAmong({ request }: Ask): boolean {
  return "ask" in request && Object.keys(request.ask).every((what) => READS_AMONG.has(what));
}
