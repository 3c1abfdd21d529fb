// Brotli as small as it gets. Sections of a core differ so much that each is better coded for itself: 0.8 % of the download.

import { once } from "node:events";
import { constants, createBrotliCompress } from "node:zlib";

/** Shorter sections go with their neighbors. */
const SECTION = 5_000;

export async function brotli(plain) {
  const ends = sectionEnds(plain);
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
    // Found by trying: a core gains from the one, scripts and styles from the other, by some hundred bytes.
    ...(ends.length > 0 ? { [constants.BROTLI_PARAM_LGWIN]: 21 } : { [constants.BROTLI_PARAM_NDIRECT]: 15 }),
  };
  const stream = createBrotliCompress({ params });
  const parts = [];
  stream.on("data", (part) => parts.push(part));
  const ended = once(stream, "end");
  let from = 0;
  for (const to of ends) {
    stream.write(plain.subarray(from, to));
    await new Promise((flushed) => stream.flush(constants.BROTLI_OPERATION_FLUSH, flushed));
    from = to;
  }
  stream.end(plain.subarray(from));
  await ended;
  return Buffer.concat(parts);
}

/** Where large sections of a WebAssembly file begin and end; nothing for other files. */
export function sectionEnds(bytes) {
  const found = new Set();
  if (bytes.subarray(0, 4).toString("latin1") !== "\0asm") return [];
  let at = 8;
  while (at < bytes.length) {
    const start = at++;
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] ?? 0;
      length |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    at += length;
    if (length > SECTION) found.add(start).add(at);
  }
  // One that breaks off ends beyond the file.
  for (const end of found) if (end >= bytes.length) found.delete(end);
  return [...found].sort((a, b) => a - b);
}
