// How long somebody who typed wrong PINs has to wait before the next is looked at.

/** So many may be wrong before the first wait: thumbs slip. */
const FREE = 4;

const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 3_600_000;

/** The wait after `failures` wrong PINs in a row: none at first, then 30 s and each time twice as long, up to an hour. */
export function waitAfter(failures: number): number {
  if (failures < FREE) return 0;
  return Math.min(FIRST_WAIT_MS * 2 ** (failures - FREE), LONGEST_WAIT_MS);
}
