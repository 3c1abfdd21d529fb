// Who is on the card for the wallet, kept on this phone by the ids of contacts: whoever prints it anew need not choose again.

const ON_CARD = "porchlight-card/";

/** Nothing if nobody chose for this group. */
export function keptOnCard(group: string): readonly string[] | undefined {
  const kept = localStorage.getItem(ON_CARD + group);
  return kept === null ? undefined : kept.split(" ").filter((id) => id !== "");
}

export function keepOnCard(group: string, ids: readonly string[]): void {
  localStorage.setItem(ON_CARD + group, ids.join(" "));
}
