// Where the focus goes when what has it is taken off the screen by what somebody did: to the next thing, or to the heading
// above, so that keys and screen readers go on from there and not from the top of the page.

/** No text fields: a phone would put its keyboard over the screen. */
const THINGS = 'a[href], button:enabled, select:enabled, summary, input:is([type="checkbox"], [type="radio"]):enabled';

/** Watches over everything in `root`. */
export function keepFocus(root: HTMLElement): void {
  let last: HTMLElement | undefined;
  root.addEventListener("focusin", ({ target }) => (last = target as HTMLElement));
  // Whoever taps beside everything wants to leave what had it.
  root.addEventListener("pointerdown", () => (last = undefined), true);
  new MutationObserver((records) => {
    const hasIt = document.activeElement;
    if (last === undefined || (hasIt !== null && hasIt !== document.body)) return;
    if (!last.isConnected) goOn(last, records);
    // Moved within a list, or out of use while something was under way.
    else if (isSeen(last) && records.some((record) => record.target === last || hasLost(record, last))) last.focus({ preventScroll: true });
  }).observe(root, { childList: true, subtree: true, attributeFilter: ["disabled"] });
}

/** Focuses the heading of a part of the screen, else of what is around it. */
export function focusHeading(part: Element): void {
  for (let around: Element | null = part; around !== null; around = around.parentElement) {
    const heading = [...around.querySelectorAll<HTMLElement>("h1, h2, h3")].find(isSeen);
    if (heading === undefined) continue;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
    return;
  }
}

/** `records`: what was taken away, in its order; the place where `lost` was is what the last one that holds it says. */
function goOn(lost: Node, records: readonly MutationRecord[]): void {
  const record = records.findLast((one) => hasLost(one, lost));
  if (record === undefined) return;
  const { target, previousSibling: before } = record;
  if (!target.isConnected) return goOn(target, records);
  if (!(target instanceof Element)) return;
  const follows = (thing: Element) =>
    before?.isConnected !== true || (!before.contains(thing) && (before.compareDocumentPosition(thing) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0);
  const next = [...target.querySelectorAll<HTMLElement>(THINGS)].find((thing) => follows(thing) && isSeen(thing));
  if (next === undefined) focusHeading(target);
  else next.focus();
}

function hasLost({ removedNodes }: MutationRecord, lost: Node | undefined): boolean {
  return lost !== undefined && [...removedNodes].some((node) => node.contains(lost));
}

function isSeen(element: Element): boolean {
  return element.getClientRects().length > 0;
}
