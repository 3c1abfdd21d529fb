// What has just come, moved or changed its words under a finger takes no tap for a moment: whoever taps there meant what was
// there before. Keys and screen readers say what they mean, and are let through.

const MOMENT_MS = 500;
const TAPPED = "a, button, label, summary";
/** Pixels: nobody's finger sees less. */
const SLACK = 8;

interface Spot {
  x: number;
  y: number;
  text: string | null;
}

/** To be attached to a screen on which a tap does something at once. */
export function settling(page: HTMLElement): () => void {
  const held = new Map<HTMLElement, ReturnType<typeof setTimeout>>();
  let spots = new Map<HTMLElement, Spot>();

  const look = () => {
    const before = spots;
    spots = spotsIn(page);
    for (const [element, spot] of spots) {
      const last = before.get(element);
      if (last?.text === spot.text && Math.abs(last.x - spot.x) < SLACK && Math.abs(last.y - spot.y) < SLACK) continue;
      clearTimeout(held.get(element));
      element.style.pointerEvents = "none";
      held.set(element, setTimeout(() => release(element), MOMENT_MS));
    }
  };
  const release = (element: HTMLElement) => {
    element.style.pointerEvents = "";
    held.delete(element);
  };

  look();
  const observer = new MutationObserver(look);
  observer.observe(page, { childList: true, subtree: true, characterData: true });
  return () => {
    observer.disconnect();
    for (const timer of held.values()) clearTimeout(timer);
  };
}

/** Where they are on the screen's page, however far it is scrolled. */
function spotsIn(page: HTMLElement): Map<HTMLElement, Spot> {
  const { left, top } = page.getBoundingClientRect();
  const all = [...page.querySelectorAll<HTMLElement>(TAPPED)];
  return new Map(
    all.map((element) => {
      const rect = element.getBoundingClientRect();
      return [element, { x: rect.left - left, y: rect.top - top, text: element.textContent }];
    }),
  );
}
