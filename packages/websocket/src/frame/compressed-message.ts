import { INFLATE_TAIL } from "./codec.ts";

/** A message as the peer has compressed it (RFC 7692 §7.2.2), in a buffer of its own, ready to be inflated. */
export class CompressedMessage {
  readonly text: boolean;
  /** The payload and {@link INFLATE_TAIL}. */
  readonly stream: Buffer;

  constructor(text: boolean, bytes: Buffer, start: number, end: number) {
    this.text = text;
    const length = end - start;
    this.stream = Buffer.allocUnsafe(length + INFLATE_TAIL.length);
    bytes.copy(this.stream, 0, start, end);
    this.stream.set(INFLATE_TAIL, length);
  }
}
