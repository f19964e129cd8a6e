import { isUtf8 } from "node:buffer";
import type { Codec, Deflated } from "./codec.ts";
import { BINARY, COMPRESSED, encodeFrame, TEXT } from "./frame.ts";
import { isReceivedText } from "./received-text.ts";
import { SharedFrame } from "./shared-frame.ts";

export interface PreparedMessageOptions {
  /** Whether it is a binary message; by default bytes are and a string is not. */
  readonly binary?: boolean;
  /** `false`: not compressed, for instance because it holds a secret beside text that others choose. */
  readonly compress?: boolean;
}

/** The compressed form for one set of parameters, or who waits for it. */
interface Deflation {
  frame: SharedFrame | undefined;
  readonly waiting: (() => void)[];
}

/**
 * A message whose frame is built once and shared by every connection it is sent to. It is compressed once for all of
 * them that compress alike, unless they take context over: then each one's is its own.
 *
 * The bytes given are copied; the frame must not be changed.
 */
export class PreparedMessage extends SharedFrame {
  readonly compress: boolean;
  #deflations: Map<number, Deflation> | undefined;

  /** @throws TypeError for bytes as text that are not UTF-8. */
  constructor(data: string | Uint8Array, options?: PreparedMessageOptions) {
    const binary = options?.binary ?? typeof data !== "string";
    // RFC 6455 §5.6: every receiver would have to fail its connection.
    if (!binary && typeof data !== "string" && !isReceivedText(data) && !isUtf8(data)) {
      throw new TypeError("the bytes of a text message must be UTF-8");
    }
    const byteLength = typeof data === "string" ? Buffer.byteLength(data) : data.byteLength;
    super(encodeFrame(binary ? BINARY : TEXT, data), byteLength);
    this.compress = options?.compress ?? true;
  }

  /**
   * The frame with the payload as `codec` deflates it, which has `key` as its share key; without compression where that
   * does not make it shorter. `undefined`: it is being made, `ready` is called when it can be asked for again.
   */
  deflated(codec: Codec, key: number, ready: () => void): SharedFrame | undefined {
    this.#deflations ??= new Map();
    const known = this.#deflations.get(key);
    const deflation = known ?? { frame: undefined, waiting: [] };
    if (known === undefined) {
      this.#deflations.set(key, deflation);
      const deflated = codec.deflate(this.payload, (late) => {
        deflation.frame = this.#frameOf(late);
        for (const waiting of deflation.waiting.splice(0)) waiting();
      });
      if (deflated !== "later") deflation.frame = this.#frameOf(deflated);
    }
    if (deflation.frame === undefined) deflation.waiting.push(ready);
    return deflation.frame;
  }

  #frameOf(deflated: Deflated): SharedFrame {
    if (deflated === "plain") return this;
    return new SharedFrame(encodeFrame(this.opcode | COMPRESSED, deflated), deflated.length);
  }
}
