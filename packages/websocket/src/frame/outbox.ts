import { BINARY, encodeFrame, headerBytes, PONG, TEXT, writeHeader } from "./frame.ts";
import type { Role } from "./frame-parser.ts";
import { applyMask } from "./mask.ts";
import { nextMask } from "./mask-source.ts";
import type { SharedFrame } from "./shared-frame.ts";

/** Payloads up to this many bytes are copied together; longer ones are handed on as they are. */
const COPY_BELOW = 16 * 1024;

const SMALLEST_TAIL = 64;

/** As many as a broadcast uses at once come to about 100 KiB. */
const MOST_SPARES = 1024;

const spares: Record<Role, Outbox[]> = { server: [], client: [] };

/**
 * The frames that wait to be written, as few buffers as can be: small ones are encoded into one growing tail, so that
 * a tick's worth of them leaves in one write. An empty outbox holds no memory.
 */
export class Outbox {
  readonly #masked: boolean;
  /** Finished buffers, in order, before the tail. */
  #parts: Buffer[] | undefined;
  /** The tail while it is only prepared bytes that other connections share, else undefined. */
  #shared: Buffer | undefined;
  #tail: Buffer | undefined;
  #used = 0;
  #bytes = 0;
  /** How much the last tail came to hold: the next one begins as large. */
  #hint = SMALLEST_TAIL;
  #pong: Buffer | undefined;
  /** Whether the socket has more to write than it wants: then a pong is held, else it leaves before what follows it. */
  congested = false;

  /** An empty one, which {@link giveBack} makes free again: most connections are idle and need none. */
  static borrow(role: Role): Outbox {
    return spares[role].pop() ?? new Outbox(role);
  }

  constructor(role: Role) {
    // RFC 6455 §5.1: a client MUST mask all frames, a server MUST NOT mask any.
    this.#masked = role === "client";
  }

  /** How many bytes wait here, a held pong not counted. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether it knows nothing that the next who borrows it must not find. */
  get idle(): boolean {
    return this.#bytes === 0 && this.#pong === undefined && !this.congested;
  }

  /** Only what is idle may be given back. */
  giveBack(): void {
    const list = spares[this.#masked ? "client" : "server"];
    if (list.length < MOST_SPARES) list.push(this);
  }

  /** Whether there is a pong that has not been queued. */
  get pongHeld(): boolean {
    return this.#pong !== undefined;
  }

  text(data: string): void {
    this.#pongFirst();
    const length = Buffer.byteLength(data);
    if (length > COPY_BELOW) {
      this.#append(encodeFrame(TEXT, data, this.#mask()));
      return;
    }
    const tail = this.#reserve(length);
    const mask = this.#mask();
    const start = writeHeader(tail, this.#used, TEXT, length, mask);
    tail.write(data, start, length, length === data.length ? "latin1" : "utf8");
    this.#commit(start, length, mask);
  }

  /** A frame of bytes, copied unless it is long and leaves unmasked: then the bytes must not be changed. */
  frame(opcode: number, payload: Uint8Array): void {
    this.#pongFirst();
    const length = payload.byteLength;
    if (length > COPY_BELOW) {
      this.#long(opcode, payload);
      return;
    }
    const tail = this.#reserve(length);
    const mask = this.#mask();
    const start = writeHeader(tail, this.#used, opcode, length, mask);
    tail.set(payload, start);
    this.#commit(start, length, mask);
  }

  binary(payload: Uint8Array): void {
    this.frame(BINARY, payload);
  }

  prepared(message: SharedFrame): void {
    this.#pongFirst();
    if (this.#masked) this.frame(message.opcode, message.payload);
    else this.#share(message);
  }

  /**
   * RFC 6455 §5.5.3: of several pings that are not answered yet only the latest needs a pong. It is held until the next
   * frame or {@link releasePong}, and longer while the peer does not read, who thus can make us hold one at most.
   */
  pong(payload: Buffer): void {
    this.#pong = payload;
  }

  /** Queues the pong that is held, if there is one. */
  releasePong(): void {
    const payload = this.#pong;
    this.#pong = undefined;
    if (payload !== undefined) this.frame(PONG, payload);
  }

  /** Takes what waits when that is one buffer, as it mostly is; `undefined`, and nothing taken, when it is more. */
  takeOne(): Buffer | undefined {
    if (this.#parts !== undefined) return undefined;
    this.#bytes = 0;
    return this.#cut();
  }

  /** Takes everything that waits, in order. */
  take(): readonly Buffer[] {
    this.#seal();
    const parts = this.#parts ?? [];
    this.#parts = undefined;
    this.#bytes = 0;
    return parts;
  }

  /** Forgets everything that waits. */
  clear(): void {
    this.take();
    this.#pong = undefined;
  }

  #share(message: SharedFrame): void {
    const frame = message.frame;
    const shared = this.#shared;
    if (this.#bytes === 0) {
      this.#shared = frame;
    } else if (shared !== undefined && shared.length + frame.length <= COPY_BELOW) {
      this.#shared = message.joinedTo(shared);
    } else if (frame.length > COPY_BELOW) {
      this.#seal();
      this.#push(frame);
    } else {
      const tail = this.#room(frame.length);
      frame.copy(tail, this.#used);
      this.#used += frame.length;
    }
    this.#bytes += frame.length;
  }

  #pongFirst(): void {
    if (this.#pong !== undefined && !this.congested) this.releasePong();
  }

  #mask(): number | undefined {
    return this.#masked ? nextMask() : undefined;
  }

  #long(opcode: number, payload: Uint8Array): void {
    if (this.#masked) {
      this.#append(encodeFrame(opcode, payload, nextMask()));
      return;
    }
    const tail = this.#reserve(0);
    const start = writeHeader(tail, this.#used, opcode, payload.byteLength, undefined);
    this.#commit(start, 0, undefined);
    this.#append(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength));
  }

  /** The tail with room for a frame of `length` at `#used`. */
  #reserve(length: number): Buffer {
    // A header is reckoned at its longest where the payload follows elsewhere.
    return this.#room(headerBytes(length === 0 ? 65536 : length, this.#masked) + length);
  }

  #room(needed: number): Buffer {
    const shared = this.#shared;
    if (shared !== undefined) {
      this.#shared = undefined;
      if (shared.length > COPY_BELOW) this.#push(shared);
      else this.#startTail(shared, needed);
    }
    const tail = this.#tail;
    if (tail !== undefined && this.#used + needed <= tail.length) return tail;
    if (tail === undefined || this.#used > COPY_BELOW) {
      this.#seal();
      return this.#newTail(Math.max(needed, this.#hint));
    }
    const grown = Buffer.allocUnsafe(Math.max(tail.length * 2, this.#used + needed));
    tail.copy(grown, 0, 0, this.#used);
    this.#tail = grown;
    return grown;
  }

  #startTail(first: Buffer, needed: number): void {
    first.copy(this.#newTail(Math.max(first.length + needed, this.#hint)));
    this.#used = first.length;
  }

  /** Bytes that are allocated and never written do not leave: a tail is cut at `#used` when it is sealed. */
  #newTail(size: number): Buffer {
    const tail = Buffer.allocUnsafe(size);
    this.#tail = tail;
    this.#used = 0;
    return tail;
  }

  #commit(start: number, length: number, mask: number | undefined): void {
    const end = start + length;
    if (mask !== undefined && this.#tail !== undefined) applyMask(this.#tail, start, end, mask);
    this.#bytes += end - this.#used;
    this.#used = end;
  }

  #append(part: Buffer): void {
    this.#seal();
    this.#push(part);
    this.#bytes += part.length;
  }

  #push(part: Buffer): void {
    if (this.#parts === undefined) this.#parts = [part];
    else this.#parts.push(part);
  }

  #seal(): void {
    const part = this.#cut();
    if (part !== undefined) this.#push(part);
  }

  /** Ends what is being filled, and gives it. Shared bytes and a tail are never there together. */
  #cut(): Buffer | undefined {
    const shared = this.#shared;
    this.#shared = undefined;
    const tail = this.#tail;
    if (tail === undefined) return shared;
    const used = this.#used;
    this.#hint = Math.min(Math.max(used, SMALLEST_TAIL), COPY_BELOW);
    this.#tail = undefined;
    this.#used = 0;
    return used === tail.length ? tail : tail.subarray(0, used);
  }
}
