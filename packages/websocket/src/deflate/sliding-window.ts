const SMALLEST_BUFFER = 1024;

/**
 * The last bytes of a stream, as many as a DEFLATE window holds: all of the context that one message passes to the next.
 *
 * It grows with what it is given, and takes at most a quarter more than the window, so that bytes are seldom moved.
 */
export class SlidingWindow {
  readonly #size: number;
  #buffer: Buffer | undefined;
  #used = 0;

  /** `bits`: the base-two logarithm of the window's size (RFC 7692 §7.1.2). */
  constructor(bits: number) {
    this.#size = 2 ** bits;
  }

  /** What is in the window; a view that is right until the next `push`. */
  get bytes(): Buffer | undefined {
    return this.#buffer?.subarray(Math.max(0, this.#used - this.#size), this.#used);
  }

  push(data: Uint8Array): void {
    const tail = data.length > this.#size ? data.subarray(data.length - this.#size) : data;
    if (tail.length === 0) return;
    const buffer = this.#room(tail.length);
    buffer.set(tail, this.#used);
    this.#used += tail.length;
  }

  /** The buffer, with room for `length` more bytes. */
  #room(length: number): Buffer {
    const old = this.#buffer;
    if (old !== undefined && this.#used + length <= old.length) return old;
    // With the new bytes, no more than a window of the old ones can ever be looked at again.
    const kept = Math.min(this.#used, this.#size - length);
    const capacity = Math.min(Math.max(2 * (kept + length), SMALLEST_BUFFER), this.#size + this.#size / 4);
    const buffer = old !== undefined && old.length >= capacity ? old : Buffer.allocUnsafeSlow(capacity);
    old?.copy(buffer, 0, this.#used - kept, this.#used);
    this.#buffer = buffer;
    this.#used = kept;
    return buffer;
  }
}
