// A form that is sent once: on a slow phone people tap again before they see that the first tap did it.

/** Does `work` when a form is sent; while it is under way, sending the form again does nothing. */
export function oneAtATime(work: () => Promise<unknown>): (event: SubmitEvent) => void {
  let isUnderWay = false;
  return (event) => {
    event.preventDefault();
    if (isUnderWay) return;
    isUnderWay = true;
    void work().finally(() => (isUnderWay = false));
  };
}
