const LONGEST_HEADER = 10;

/** Counts the whole frames in a stream of unmasked ones, whatever their lengths, without looking at payloads. */
export class FrameCounter {
  readonly #header = Buffer.alloc(LONGEST_HEADER);
  #headerLength = 0;
  /** Payload bytes of the current frame that have not come yet; -1 while its header is incomplete. */
  #missing = -1;

  /** @returns how many frames these bytes complete. */
  count(bytes: Buffer, length: number): number {
    let completed = 0;
    let at = 0;
    while (at < length) {
      if (this.#missing === -1) {
        this.#takeHeaderByte(bytes.readUInt8(at++));
      } else {
        const taken = Math.min(this.#missing, length - at);
        this.#missing -= taken;
        at += taken;
      }
      if (this.#missing === 0) {
        completed++;
        this.#missing = -1;
      }
    }
    return completed;
  }

  #takeHeaderByte(byte: number): void {
    this.#header[this.#headerLength++] = byte;
    if (this.#headerLength < 2) return;
    const short = this.#header.readUInt8(1);
    const needed = short < 126 ? 2 : short === 126 ? 4 : LONGEST_HEADER;
    if (this.#headerLength < needed) return;
    this.#headerLength = 0;
    if (needed === 2) this.#missing = short;
    else this.#missing = needed === 4 ? this.#header.readUInt16BE(2) : Number(this.#header.readBigUInt64BE(2));
  }
}
