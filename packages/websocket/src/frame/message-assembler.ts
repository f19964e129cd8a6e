import { isUtf8 } from "node:buffer";
import { type FrameFailure, frameFailure } from "../failures.ts";
import type { ByteBudget } from "./byte-budget.ts";
import { CompressedMessage } from "./compressed-message.ts";
import { CONTINUATION, TEXT } from "./frame.ts";
import { NON_ASCII } from "./mask.ts";
import { keepBuffer, roomFor, takeBuffer } from "./outgrown-buffers.ts";
import { isReused } from "./read-buffer.ts";
import { decodeText, Utf8Validator } from "./utf8.ts";

const UNEXPECTED_CONTINUATION = frameFailure("unexpected_continuation");
const MESSAGE_INTERRUPTED = frameFailure("message_interrupted");
const MESSAGE_TOO_BIG = frameFailure("message_too_big");
const TOO_MANY_FRAGMENTS = frameFailure("too_many_fragments");
const TOO_MANY_EMPTY_FRAGMENTS = frameFailure("too_many_empty_fragments");
const INVALID_UTF8 = frameFailure("invalid_utf8");
const INCOMPLETE_BUDGET_EXCEEDED = frameFailure("incomplete_budget_exceeded");

/** An empty fragment costs the peer 6 bytes and brings nothing: this many in a row are an attack. */
const MAX_EMPTY_FRAGMENTS = 1024;

const SMALLEST_BUFFER = 128;

/** A buffer may be made as long as the message is declared when one byte in so many has come. */
const PROOF = 16;

/** What a message that lies in a larger chunk may keep alive of it. */
export const PINNED_BYTES = 16_384;

/** A complete message: text, bytes, or either as the peer has compressed it. */
export type AssembledMessage = string | Buffer | CompressedMessage;

export interface AssemblerLimits {
  readonly maxPayload: number;
  readonly maxFragments: number;
  readonly incompleteBudget: ByteBudget;
}

/**
 * Puts messages together from the pieces of their frames (RFC 6455 §5.4).
 *
 * All pieces of a message go into one buffer that grows by doubling as bytes come, and not by what a header declares until
 * a sixteenth of that has come. So an incomplete message costs at most twice its bytes and a constant, whatever the number
 * of its fragments, and reserves at most sixteen times its bytes. That is taken from a budget that connections share.
 */
export class MessageAssembler {
  readonly #limits: AssemblerLimits;
  /** TEXT or BINARY while a message is incomplete, else 0. */
  #opcode = 0;
  #compressed = false;
  #lastFrame = false;
  #ascii = true;
  #fragments = 0;
  #emptyFragments = 0;
  #buffer: Buffer | undefined;
  #length = 0;
  /** The length of the message as far as headers have declared it. */
  #declared = 0;
  #utf8: Utf8Validator | undefined;

  constructor(limits: AssemblerLimits) {
    this.#limits = limits;
  }

  /** Whether a message has begun and is not complete. */
  get incomplete(): boolean {
    return this.#opcode !== 0;
  }

  /** Whether the present message is text. */
  get text(): boolean {
    return this.#opcode === TEXT;
  }

  /** A data frame begins. Judged by its header, before any of its bytes is taken. A limit holds for compressed bytes, too. */
  begin(opcode: number, fin: boolean, length: number, compressed: boolean): FrameFailure | undefined {
    if (opcode === CONTINUATION) {
      // RFC 6455 §5.4: a continuation continues a message that an unfinished data frame began.
      if (this.#opcode === 0) return UNEXPECTED_CONTINUATION;
    } else {
      // RFC 6455 §5.4: the fragments of one message MUST NOT be interleaved with those of another.
      if (this.#opcode !== 0) return MESSAGE_INTERRUPTED;
      this.#opcode = opcode;
      this.#compressed = compressed;
    }
    this.#declared += length;
    if (this.#declared > this.#limits.maxPayload) return MESSAGE_TOO_BIG;
    this.#lastFrame = fin;
    return fin ? undefined : this.#countFragment(length);
  }

  /** Whether `framePayload` pieces of the present frame are the whole message when the first is the last. */
  get singleFrame(): boolean {
    return this.#lastFrame && this.#fragments === 0 && this.#length === 0;
  }

  /** A piece of the present frame; `bits` as a FrameSink gets it. */
  append(bytes: Buffer, start: number, end: number, bits: number): FrameFailure | undefined {
    if (this.#opcode === TEXT && !this.#compressed) {
      const failure = this.#checkText(bytes, start, end, bits);
      if (failure !== undefined) return failure;
    }
    const length = this.#length + end - start;
    const buffer = this.#reserve(length);
    if (buffer === undefined) return INCOMPLETE_BUDGET_EXCEEDED;
    bytes.copy(buffer, this.#length, start, end);
    this.#length = length;
    return undefined;
  }

  /** The present frame is complete: the message if it was its last, `undefined` if not. */
  endFrame(utf8 = false): AssembledMessage | FrameFailure | undefined {
    return this.#lastFrame ? this.#finish(utf8) : undefined;
  }

  /**
   * A message that lies in one piece: decoded where it is, or copied out, without ever being collected. `utf8`: text is
   * wanted as it is, not as a string.
   */
  whole(bytes: Buffer, start: number, end: number, bits: number, utf8 = false): AssembledMessage | FrameFailure {
    const text = this.#opcode === TEXT;
    this.#opcode = 0;
    this.#declared = 0;
    if (this.#compressed) return new CompressedMessage(text, bytes, start, end);
    const ascii = (bits & NON_ASCII) === 0;
    if (text && !utf8) return decodeText(bytes, start, end, ascii) ?? INVALID_UTF8;
    if (text && !ascii && !isUtf8(bytes.subarray(start, end))) return INVALID_UTF8;
    if (isReused(bytes)) return copyOf(bytes, start, end);
    const view = bytes.subarray(start, end);
    const chunk = bytes.buffer.byteLength;
    return chunk <= PINNED_BYTES || view.length * 2 >= chunk ? view : Buffer.from(view);
  }

  /** Forgets the present message and gives back what it held. */
  reset(): void {
    if (this.#buffer !== undefined) this.#limits.incompleteBudget.release(this.#buffer.length);
    this.#buffer = undefined;
    this.#opcode = 0;
    this.#length = 0;
    this.#declared = 0;
    this.#fragments = 0;
    this.#emptyFragments = 0;
    this.#ascii = true;
    this.#utf8?.reset();
  }

  #countFragment(length: number): FrameFailure | undefined {
    if (++this.#fragments > this.#limits.maxFragments) return TOO_MANY_FRAGMENTS;
    this.#emptyFragments = length === 0 ? this.#emptyFragments + 1 : 0;
    return this.#emptyFragments >= MAX_EMPTY_FRAGMENTS ? TOO_MANY_EMPTY_FRAGMENTS : undefined;
  }

  #checkText(bytes: Buffer, start: number, end: number, bits: number): FrameFailure | undefined {
    const ascii = (bits & NON_ASCII) === 0;
    this.#ascii &&= ascii;
    if (ascii && (this.#utf8 === undefined || this.#utf8.complete)) return undefined;
    this.#utf8 ??= new Utf8Validator();
    return this.#utf8.push(bytes, start, end) ? undefined : INVALID_UTF8;
  }

  /** The buffer, with room for `length` bytes. */
  #reserve(length: number): Buffer | undefined {
    const old = this.#buffer;
    if (old !== undefined && old.length >= length) return old;
    const room = Math.max(roomFor(length), SMALLEST_BUFFER);
    // The last frame has declared where the message ends: a message of one long frame ends in a buffer of its own size. A
    // sixteenth of it, a read for a message of 1 MB, is proof enough: what is never written to is no memory yet. Every buffer
    // that is outgrown, or given up because the next finds no room in the budget, is garbage and stays a while.
    const near = this.#declared <= length * PROOF;
    const capacity = this.#lastFrame && (near || this.#declared < room) ? this.#declared : room;
    if (!this.#limits.incompleteBudget.reserve(capacity - (old?.length ?? 0))) return undefined;
    const buffer = takeBuffer(capacity);
    if (old !== undefined) {
      old.copy(buffer, 0, 0, this.#length);
      keepBuffer(old);
    }
    this.#buffer = buffer;
    return buffer;
  }

  #finish(utf8: boolean): AssembledMessage | FrameFailure {
    const bytes = this.#buffer ?? Buffer.alloc(0);
    const length = this.#length;
    const text = this.#opcode === TEXT;
    const ascii = this.#ascii;
    // RFC 6455 §5.6: the whole message MUST be valid UTF-8; its fragments may cut a code point.
    if (text && this.#utf8 !== undefined && !this.#utf8.complete) return INVALID_UTF8;
    this.reset();
    if (this.#compressed) return new CompressedMessage(text, bytes, 0, length);
    if (!text || utf8) return bytes.subarray(0, length);
    return bytes.toString(ascii ? "latin1" : "utf8", 0, length);
  }
}

/** Does what `Buffer.from` does with a view, which it saves. */
function copyOf(bytes: Buffer, start: number, end: number): Buffer {
  const copy = Buffer.allocUnsafe(end - start);
  bytes.copy(copy, 0, start, end);
  return copy;
}
