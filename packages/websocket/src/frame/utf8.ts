import { isUtf8 } from "node:buffer";

/** Below this many bytes the table-free check in place beats a native call on a view. */
const BYTEWISE_BELOW = 32;

/**
 * UTF-8 validation of a text that comes in pieces, failing on the first byte that cannot be right (RFC 6455 §8.1),
 * however the pieces are cut.
 *
 * Legal sequences are those of RFC 3629 §4: no overlong forms, no surrogates, nothing above U+10FFFF. After a lead byte
 * only the *second* byte has a narrower range than 80..BF, so the state is that range and a count.
 */
export class Utf8Validator {
  /** How many bytes of a started code point are missing. */
  #missing = 0;
  #lowest = 0x80;
  #highest = 0xbf;

  /** Whether the text so far ends between two code points. */
  get complete(): boolean {
    return this.#missing === 0;
  }

  reset(): void {
    this.#missing = 0;
    this.#lowest = 0x80;
    this.#highest = 0xbf;
  }

  /** Takes `bytes[start..end)`; `false` when the text can no longer be UTF-8. */
  push(bytes: Buffer, start: number, end: number): boolean {
    let at = start;
    if (end - start >= BYTEWISE_BELOW) {
      while (this.#missing > 0) if (!this.#byte(bytes[at++] ?? 0)) return false;
      const cut = lastBoundary(bytes, end);
      if (!isUtf8(bytes.subarray(at, cut))) return false;
      at = cut;
    }
    for (; at < end; at++) if (!this.#byte(bytes[at] ?? 0)) return false;
    return true;
  }

  #byte(byte: number): boolean {
    if (this.#missing === 0) return byte < 0x80 || this.#lead(byte);
    if (byte < this.#lowest || byte > this.#highest) return false;
    this.#missing--;
    this.#lowest = 0x80;
    this.#highest = 0xbf;
    return true;
  }

  #lead(byte: number): boolean {
    // C0 and C1 could only begin overlong forms, F5..FF nothing.
    if (byte < 0xc2 || byte > 0xf4) return false;
    this.#missing = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    if (byte === 0xe0) this.#lowest = 0xa0;
    else if (byte === 0xed) this.#highest = 0x9f;
    else if (byte === 0xf0) this.#lowest = 0x90;
    else if (byte === 0xf4) this.#highest = 0x8f;
    return true;
  }
}

/** Where the code point begins that the bytes before `end` leave unfinished; `end` when they leave none. */
function lastBoundary(bytes: Buffer, end: number): number {
  for (let back = 1; back <= 3; back++) {
    const byte = bytes[end - back] ?? 0;
    if (byte < 0x80) return end;
    if (byte >= 0xc0) {
      const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
      return length > back ? end - back : end;
    }
  }
  return end;
}

/** The text in `bytes[start..end)`, or `undefined` when it is not UTF-8. `ascii`: the caller knows that it is ASCII. */
export function decodeText(bytes: Buffer, start: number, end: number, ascii: boolean): string | undefined {
  // Latin-1 is a plain copy of bytes; for ASCII it says the same and needs no validation.
  if (ascii) return bytes.toString("latin1", start, end);
  return isUtf8(bytes.subarray(start, end)) ? bytes.toString("utf8", start, end) : undefined;
}
