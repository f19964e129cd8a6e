import { headerBytes } from "./frame.ts";

/** A frame as a server sends it, which is not changed any more and may wait in many outboxes at once. */
export class SharedFrame {
  readonly frame: Buffer;
  /** How long its payload is. */
  readonly byteLength: number;
  #prefix: Buffer | undefined;
  #joined: Buffer | undefined;

  constructor(frame: Buffer, byteLength: number) {
    this.frame = frame;
    this.byteLength = byteLength;
  }

  /** The payload alone: a client must mask it for itself. */
  get payload(): Buffer {
    return this.frame.subarray(headerBytes(this.byteLength, false));
  }

  /** The opcode of the frame, with COMPRESSED where that is set. */
  get opcode(): number {
    return (this.frame[0] ?? 0) & 0x4f;
  }

  /**
   * `prefix` followed by the frame, as one buffer. Connections that queue the same messages in one tick, as those of a
   * room do, share the result: they come with the same prefix one after the other.
   */
  joinedTo(prefix: Buffer): Buffer {
    if (this.#joined === undefined || this.#prefix !== prefix) {
      this.#prefix = prefix;
      this.#joined = Buffer.concat([prefix, this.frame]);
    }
    return this.#joined;
  }
}
