import type { Codec, Deflated } from "../frame/codec.ts";
import { CLOSE, COMPRESSED, TEXT } from "../frame/frame.ts";
import type { Outbox } from "../frame/outbox.ts";
import type { PreparedMessage } from "../frame/prepared-message.ts";

/** Bytes up to this many are copied when they have to wait, as the outbox copies them. */
const COPY_BELOW = 16 * 1024;

interface Waiting {
  readonly bytes: number;
  send(): void;
  /** What is to be done instead when the messages before it are forgotten. */
  forget?(): void;
}

/**
 * The way of messages into the outbox where compression was agreed on. Most go straight through; while one is deflated
 * elsewhere those after it wait, a close frame as well. Bounded by `maxBufferedBytes`, which counts what waits here.
 */
export class DeflateQueue {
  readonly #outbox: Outbox;
  readonly #codec: Codec;
  readonly #moved: () => void;
  #busy = false;
  #cleared = false;
  readonly #waiting: Waiting[] = [];
  #bytes = 0;

  /** `moved` is called when something has come into the outbox by itself. */
  constructor(outbox: Outbox, codec: Codec, moved: () => void) {
    this.#outbox = outbox;
    this.#codec = codec;
    this.#moved = moved;
  }

  /** Whether what is sent now has to wait. */
  get busy(): boolean {
    return this.#busy;
  }

  /** Bytes of messages that have not come into the outbox yet. */
  get bytes(): number {
    return this.#bytes;
  }

  message(opcode: number, data: string | Uint8Array, compress: boolean): void {
    if (!this.#busy) {
      this.#send(opcode, data, compress);
      return;
    }
    const kept = owned(data);
    this.#wait(kept.byteLength, () => this.#send(opcode, kept, compress));
  }

  prepared(message: PreparedMessage): void {
    if (this.#busy) this.#wait(message.byteLength, () => this.#sendPrepared(message));
    else this.#sendPrepared(message);
  }

  close(payload: Buffer): void {
    if (this.#busy) this.#wait(0, () => this.#outbox.frame(CLOSE, payload));
    else this.#outbox.frame(CLOSE, payload);
  }

  /** Acts when everything sent before is in the outbox, at once if it is; or `lost`, when it is forgotten. */
  after(action: (lost: boolean) => void): void {
    if (this.#busy) this.#waiting.push({ bytes: 0, send: () => action(false), forget: () => action(true) });
    else action(this.#cleared);
  }

  /** Forgets everything that waits. Nothing may be sent afterwards. */
  clear(): void {
    this.#cleared = true;
    this.#busy = false;
    this.#bytes = 0;
    for (const waiting of this.#waiting.splice(0)) waiting.forget?.();
  }

  #send(opcode: number, data: string | Uint8Array, compress: boolean): void {
    const length = typeof data === "string" ? Buffer.byteLength(data) : data.byteLength;
    if (!compress || !this.#codec.wants(length)) {
      if (typeof data === "string" && opcode === TEXT) this.#outbox.text(data);
      else this.#outbox.frame(opcode, typeof data === "string" ? Buffer.from(data) : data);
      return;
    }
    const payload = owned(data);
    const deflated = this.#codec.deflate(payload, (late) => {
      this.#ended(length, () => this.#put(opcode, payload, late));
    });
    if (deflated === "later") this.#begin(length);
    else this.#put(opcode, payload, deflated);
  }

  #sendPrepared(message: PreparedMessage): void {
    const { byteLength } = message;
    if (!message.compress || !this.#codec.wants(byteLength)) {
      this.#outbox.prepared(message);
      return;
    }
    const key = this.#codec.shareKey(byteLength);
    if (key === undefined) {
      this.#send(message.opcode, message.payload, true);
      return;
    }
    const ready = (): void => this.#ended(byteLength, () => this.#sendPrepared(message));
    const frame = message.deflated(this.#codec, key, ready);
    if (frame === undefined) this.#begin(byteLength);
    else this.#outbox.prepared(frame);
  }

  #put(opcode: number, payload: Uint8Array, deflated: Deflated): void {
    // RFC 7692 §6.1: RSV1 of the first frame says that the message is compressed.
    if (deflated === "plain") this.#outbox.frame(opcode, payload);
    else this.#outbox.frame(opcode | COMPRESSED, deflated);
  }

  #begin(bytes: number): void {
    this.#busy = true;
    this.#bytes += bytes;
  }

  #ended(bytes: number, put: () => void): void {
    if (this.#cleared) return;
    this.#busy = false;
    this.#bytes -= bytes;
    put();
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      this.#bytes -= next.bytes;
      next.send();
    }
    this.#moved();
  }

  #next(): Waiting | undefined {
    return this.#busy ? undefined : this.#waiting.shift();
  }

  #wait(bytes: number, send: () => void): void {
    this.#bytes += bytes;
    this.#waiting.push({ bytes, send });
  }
}

/** Bytes that the sender may change from now on, or long ones, which it must leave alone until they have left. */
function owned(data: string | Uint8Array): Uint8Array {
  if (typeof data === "string") return Buffer.from(data);
  return data.byteLength > COPY_BELOW ? data : Buffer.from(data);
}
