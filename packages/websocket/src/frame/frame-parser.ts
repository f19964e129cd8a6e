import { type FrameFailure, frameFailure } from "../failures.ts";
import { BINARY, CLOSE, COMPRESSED, CONTINUATION, MAX_HEADER_BYTES, PONG } from "./frame.ts";
import { applyMask, rotateMask, viewOf } from "./mask.ts";
import { dropBytes, HEAVY_FROM, holdBytes, readBuffer, unholdBytes } from "./read-buffer.ts";

const RESERVED_BIT = frameFailure("reserved_bit");
const UNKNOWN_OPCODE = frameFailure("unknown_opcode");
const UNMASKED_FRAME = frameFailure("unmasked_frame");
const MASKED_FRAME = frameFailure("masked_frame");
const CONTROL_FRAGMENTED = frameFailure("control_fragmented");
const CONTROL_TOO_LONG = frameFailure("control_too_long");
const LENGTH_NOT_MINIMAL = frameFailure("length_not_minimal");
const LENGTH_OUT_OF_RANGE = frameFailure("length_out_of_range");
const MESSAGE_TOO_BIG = frameFailure("message_too_big");

/** Below this many bytes a view of the chunk costs more than it saves. */
const VIEWED_FROM = 48;

/** Below this many bytes one copy more does not matter. */
const MOVED_FROM = 1024;

/** How many headers and payloads are parsed between two looks at the time. A power of two. */
const STEPS = 128;

/** Who the bytes come to. A server receives masked frames, a client unmasked ones. */
export type Role = "server" | "client";

/** Receives the frames of a parser. A failure that it returns ends the parsing. */
export interface FrameSink {
  /** A header is complete and breaks no rule that can be judged by a single frame. `compressed`: RSV1 is set. */
  beginFrame(opcode: number, fin: boolean, length: number, compressed: boolean): FrameFailure | undefined;
  /**
   * Payload, unmasked in place: `bytes[start..end)`, a view of the network's chunk that is not to be kept. `bits` is an
   * OR of the bytes, or -1 when it is not known. `last` ends the frame; an empty frame has one empty last piece.
   */
  framePayload(bytes: Buffer, start: number, end: number, bits: number, last: boolean): FrameFailure | undefined;
  /** Whether others have waited long enough: then parsing is suspended. Asked now and then in a heavy chunk. */
  readonly mustHold: boolean;
}

/**
 * Cuts chunks of bytes into frames (RFC 6455 §5.2), where they lie and wherever they are split, and judges each header
 * by itself. Allocates nothing per frame.
 */
export class FrameParser {
  readonly #role: Role;
  readonly #sink: FrameSink;
  readonly #compression: boolean;
  /** Bytes of a header of which the rest has not come. */
  #stash: Buffer | undefined;
  #stashed = 0;
  #inPayload = false;
  #missing = 0;
  #mask = 0;
  #stopped = false;
  #suspended = false;
  /** What came after the frame at which parsing was suspended. */
  #rest: Buffer | undefined;
  /** A view of the chunk being parsed, made when the first frame needs it. */
  #view: DataView | undefined;

  /** `compression`: whether permessage-deflate was agreed on, so that RSV1 has a meaning. */
  constructor(role: Role, sink: FrameSink, compression = false) {
    this.#role = role;
    this.#sink = sink;
    this.#compression = compression;
  }

  /** Whether the bytes so far end inside a frame. */
  get insideFrame(): boolean {
    return this.#inPayload || this.#stashed > 0;
  }

  /** Nothing more is parsed, not even the rest of the present chunk. */
  stop(): void {
    this.#stopped = true;
    this.#stash = undefined;
    this.#stashed = 0;
    this.#inPayload = false;
    this.#suspended = false;
    if (this.#rest !== undefined) dropBytes(this.#rest);
    this.#rest = undefined;
  }

  get suspended(): boolean {
    return this.#suspended;
  }

  /** Nothing after the present frame is parsed until {@link resume}. What has come already is kept. */
  suspend(): void {
    this.#suspended = true;
  }

  /** Goes on where parsing was suspended, if it was. */
  resume(): FrameFailure | undefined {
    const rest = this.#rest;
    this.#suspended = false;
    this.#rest = undefined;
    return rest === undefined ? undefined : this.push(unholdBytes(rest), rest.length);
  }

  /** Parses the first `length` bytes of a chunk, and unmasks in it. Keeps no reference: the next read may overwrite it. */
  push(bytes: Buffer, length: number = bytes.length): FrameFailure | undefined {
    const chunk = this.#moved(bytes, length);
    const heavy = length >= HEAVY_FROM;
    let at = 0;
    let steps = 0;
    let failure: FrameFailure | undefined;
    while (at < length && !this.#stopped && failure === undefined) {
      if (heavy && steps++ % STEPS === 0 && this.#sink.mustHold) this.#suspended = true;
      if (this.#suspended && !this.#inPayload) {
        this.#keep(chunk, at, length);
        break;
      }
      if (this.#inPayload) {
        const end = Math.min(length, at + this.#missing);
        failure = this.#payload(chunk, at, end);
        at = end;
      } else {
        const size = this.#stashed === 0 ? headerSize(chunk, at, length - at) : 0;
        if (size === 0) {
          at = this.#stashHeader(chunk, at, length);
          if (this.#stashed > 0) break;
          failure = this.#header(this.#stash ?? chunk, 0, chunk, at);
        } else {
          failure = this.#header(chunk, at, chunk, at + size);
          at += size;
        }
      }
    }
    this.#view = undefined;
    if (failure !== undefined) this.stop();
    return failure;
  }

  /** A chunk from the middle of a long payload: where it can be unmasked in place, it is copied once less. */
  #moved(chunk: Buffer, length: number): Buffer {
    const isMiddle = this.#inPayload && this.#missing >= length && length >= MOVED_FROM;
    const room = isMiddle && this.#role === "server" ? readBuffer() : chunk;
    if (room === chunk || room.length < length) return chunk;
    chunk.copy(room, 0, 0, length);
    return room;
  }

  #keep(chunk: Buffer, start: number, end: number): void {
    const before = this.#rest;
    this.#rest =
      before === undefined ? holdBytes(chunk, start, end) : Buffer.concat([before, chunk.subarray(start, end)]);
  }

  /** Takes bytes of a split header; `#stashed` is 0 again when it is complete. Returns the offset after them. */
  #stashHeader(chunk: Buffer, start: number, end: number): number {
    this.#stash ??= Buffer.alloc(MAX_HEADER_BYTES);
    let at = start;
    while (at < end) {
      this.#stash[this.#stashed++] = chunk[at++] ?? 0;
      if (headerSize(this.#stash, 0, this.#stashed) > 0) {
        this.#stashed = 0;
        break;
      }
    }
    return at;
  }

  /** Judges the header at `bytes[at]`; its payload begins at `chunk[rest]`. */
  #header(bytes: Buffer, at: number, chunk: Buffer, rest: number): FrameFailure | undefined {
    const first = bytes[at] ?? 0;
    const second = bytes[at + 1] ?? 0;
    const opcode = first & 0x0f;
    const fin = (first & 0x80) !== 0;
    const short = second & 0x7f;
    const compressed = (first & 0x70) === COMPRESSED;
    // RFC 6455 §5.2, RSV1–3: MUST be 0 unless an extension is negotiated.
    if ((first & 0x70) !== 0 && !(compressed && this.#compression)) return RESERVED_BIT;
    // RFC 7692 §6.1: only on the first frame of a data message.
    if (compressed && (opcode === CONTINUATION || opcode >= CLOSE)) return RESERVED_BIT;
    // RFC 6455 §5.2: on an unknown opcode the receiving endpoint MUST fail the connection.
    if (opcode > PONG || (opcode > BINARY && opcode < CLOSE)) return UNKNOWN_OPCODE;
    // RFC 6455 §5.1: a server MUST close on an unmasked frame, a client on a masked one.
    if ((second & 0x80) === 0 ? this.#role === "server" : this.#role === "client") return this.#maskFailure();
    if (opcode >= CLOSE) {
      // RFC 6455 §5.5: control frames MUST have at most 125 bytes and MUST NOT be fragmented.
      if (!fin) return CONTROL_FRAGMENTED;
      if (short > 125) return CONTROL_TOO_LONG;
    }
    let length = short;
    if (short === 126) {
      length = bytes.readUInt16BE(at + 2);
      // RFC 6455 §5.2: the minimal number of bytes MUST be used. Other implementations let this pass; we do not.
      if (length < 126) return LENGTH_NOT_MINIMAL;
    } else if (short === 127) {
      const high = bytes.readUInt32BE(at + 2);
      // RFC 6455 §5.2: the most significant bit MUST be 0.
      if (high >= 0x80000000) return LENGTH_OUT_OF_RANGE;
      // Refused before the number loses precision (2^53 and up).
      if (high >= 0x200000) return MESSAGE_TOO_BIG;
      length = high * 2 ** 32 + bytes.readUInt32BE(at + 6);
      if (length < 65536) return LENGTH_NOT_MINIMAL;
    }
    const lengthEnd = at + 2 + (short < 126 ? 0 : short === 126 ? 2 : 8);
    this.#mask = this.#role === "server" ? bytes.readInt32LE(lengthEnd) : 0;
    this.#missing = length;
    this.#inPayload = true;
    const failure = this.#sink.beginFrame(opcode, fin, length, compressed);
    if (failure !== undefined || length > 0 || this.#stopped) return failure;
    // An empty payload is complete with its header: there may never be another byte.
    return this.#payload(chunk, rest, rest);
  }

  #maskFailure(): FrameFailure {
    return this.#role === "server" ? UNMASKED_FRAME : MASKED_FRAME;
  }

  #payload(chunk: Buffer, start: number, end: number): FrameFailure | undefined {
    const length = end - start;
    let bits = -1;
    if (this.#role === "server") {
      if (length >= VIEWED_FROM) this.#view ??= viewOf(chunk);
      bits = applyMask(chunk, start, end, this.#mask, this.#view);
      this.#mask = rotateMask(this.#mask, length);
    }
    this.#missing -= length;
    const last = this.#missing === 0;
    this.#inPayload = !last;
    return this.#sink.framePayload(chunk, start, end, bits, last);
  }
}

/** How long the header is that begins at `bytes[at]`, or 0 when that, or all of it, is not within `available` bytes. */
function headerSize(bytes: Buffer, at: number, available: number): number {
  if (available < 2) return 0;
  const second = bytes[at + 1] ?? 0;
  const short = second & 0x7f;
  const size = 2 + (short < 126 ? 0 : short === 126 ? 2 : 8) + ((second & 0x80) === 0 ? 0 : 4);
  return size <= available ? size : 0;
}
