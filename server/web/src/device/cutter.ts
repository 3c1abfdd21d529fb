// Cuts the frames out of the answer to a POST as it arrives, each behind its length in four bytes, the highest first.

const LENGTH_BYTES = 4;

/** No frame is longer; see MAX_FRAME in protocol/wire/src/limits.rs. */
const LONGEST = 2 * 1024 * 1024;

export class Cutter {
  private pieces: Uint8Array<ArrayBuffer>[] = [];
  private size = 0;

  /** Takes the next piece, and gives the frames that are whole with it. Throws where what comes is no frames at all. */
  cut(piece: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
    this.pieces.push(piece);
    this.size += piece.length;
    const frames: Uint8Array<ArrayBuffer>[] = [];
    for (let length = this.length(); length !== undefined && this.size >= LENGTH_BYTES + length; length = this.length()) {
      const bytes = this.gather();
      frames.push(bytes.slice(LENGTH_BYTES, LENGTH_BYTES + length));
      this.pieces = [bytes.subarray(LENGTH_BYTES + length)];
      this.size -= LENGTH_BYTES + length;
    }
    return frames;
  }

  /** Whether it ended with a whole frame. */
  get isEmpty(): boolean {
    return this.size === 0;
  }

  /** How long the next frame is; nothing if that has not come yet. */
  private length(): number | undefined {
    if (this.size < LENGTH_BYTES) return undefined;
    const bytes = (this.pieces[0]?.length ?? 0) < LENGTH_BYTES ? this.gather() : this.pieces[0]!;
    const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
    if (length > LONGEST) throw new Error("the answer is not a row of frames");
    return length;
  }

  /** Joins what has come, once for each frame and not for each piece: a large frame comes in many. */
  private gather(): Uint8Array<ArrayBuffer> {
    const [only] = this.pieces;
    if (this.pieces.length === 1 && only !== undefined) return only;
    const whole = new Uint8Array(this.size);
    let at = 0;
    for (const piece of this.pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    this.pieces = [whole];
    return whole;
  }
}
