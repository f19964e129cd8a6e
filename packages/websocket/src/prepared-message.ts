import { BINARY, encodeFrame, headerBytes, TEXT } from "./frame.ts";

/**
 * A message whose frame is built once and shared by every connection it is sent to.
 *
 * The bytes given are copied; the frame must not be changed.
 */
export class PreparedMessage {
  /** The whole frame as a server sends it. */
  readonly frame: Buffer;
  /** The bytes of the payload. */
  readonly byteLength: number;
  #prefix: Buffer | undefined;
  #joined: Buffer | undefined;

  constructor(data: string | Uint8Array) {
    this.frame = encodeFrame(typeof data === "string" ? TEXT : BINARY, data);
    this.byteLength = typeof data === "string" ? Buffer.byteLength(data) : data.byteLength;
  }

  /** The payload alone: a client must mask it for itself. */
  get payload(): Buffer {
    return this.frame.subarray(headerBytes(this.byteLength, false));
  }

  /** The opcode of the frame. */
  get opcode(): number {
    return (this.frame[0] ?? 0) & 0x0f;
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
