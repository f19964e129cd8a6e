import type { FrameFailure } from "../failures.ts";
import { CLOSE } from "./frame.ts";
import { FrameParser, type FrameSink, type Role } from "./frame-parser.ts";
import { type AssembledMessage, type AssemblerLimits, MessageAssembler, PINNED_BYTES } from "./message-assembler.ts";
import { isReused } from "./read-buffer.ts";

const MAX_CONTROL_BYTES = 125;

/** A read of fewer bytes brings few messages: they are copied out one by one. */
const COPIED_WHOLE_FROM = 512;

/** Receives what an inbox has put together, in order. A failure that it returns ends the parsing. */
export interface InboxSink {
  /** Whether text is wanted as UTF-8. */
  readonly wantsUtf8: boolean;
  /** Whether parsing has taken too long, so that the rest of a chunk is to be held. */
  readonly mustHold: boolean;
  /** `text`: bytes are those of a text. */
  deliver(message: AssembledMessage | FrameFailure, text: boolean): FrameFailure | undefined;
  /** The payload is the sink's. */
  controlFrame(opcode: number, payload: Buffer): FrameFailure | undefined;
}

/** The inbox of each role that was given back last. One is enough: the event loop reads one socket at a time. */
const spare: Record<Role, Inbox | undefined> = { server: undefined, client: undefined };

/**
 * Chunks of bytes in, whole messages and control frames out: all that has to be known of the peer while a frame or a
 * message is not complete. Between messages that is nothing, so that connections without compression borrow an inbox for
 * a read and keep it only if the read ends in the middle of something: 270 bytes less for an idle connection.
 */
export class Inbox implements FrameSink {
  readonly #role: Role;
  readonly #limits: AssemblerLimits;
  readonly #parser: FrameParser;
  readonly #assembler: MessageAssembler;
  #sink: InboxSink | undefined;
  #stopped = false;
  /** The opcode of the frame being received. */
  #opcode = 0;
  /** A control payload of which the rest has not come. */
  #control: Buffer | undefined;
  #controlLength = 0;

  constructor(role: Role, limits: AssemblerLimits, compression = false) {
    this.#role = role;
    this.#limits = limits;
    this.#parser = new FrameParser(role, this, compression);
    this.#assembler = new MessageAssembler(limits);
  }

  static borrow(role: Role, limits: AssemblerLimits): Inbox {
    const inbox = spare[role];
    if (inbox === undefined || inbox.#limits !== limits) return new Inbox(role, limits);
    spare[role] = undefined;
    return inbox;
  }

  /** For the next who borrows. Only what is idle may be given back. */
  giveBack(): void {
    this.#sink = undefined;
    spare[this.#role] = this;
  }

  /** Whether it knows nothing of the peer any more and is ready for anything. */
  get idle(): boolean {
    return !this.#stopped && !this.midFrame && !this.#assembler.incomplete;
  }

  /** Whether the peer owes us the rest of a frame or a message. */
  get incomplete(): boolean {
    return !this.suspended && (this.#parser.insideFrame || this.#assembler.incomplete);
  }

  /** Whether the bytes so far end inside a frame, or nobody looks at them. */
  get midFrame(): boolean {
    return this.#parser.insideFrame || this.suspended;
  }

  get suspended(): boolean {
    return this.#parser.suspended;
  }

  /** See FrameParser. */
  suspend(): void {
    this.#parser.suspend();
  }

  resume(sink: InboxSink): FrameFailure | undefined {
    this.#sink = sink;
    return this.#parser.resume();
  }

  /** Takes the first `length` bytes of a chunk, changes them, and keeps none. */
  push(chunk: Buffer, length: number, sink: InboxSink): FrameFailure | undefined {
    this.#sink = sink;
    return this.#parser.push(this.#own(chunk, length, sink), length);
  }

  /**
   * One copy of a read that is full of messages costs less than a copy of each: their bytes are views of it. Text that
   * is wanted as strings needs neither.
   */
  #own(chunk: Buffer, length: number, sink: InboxSink): Buffer {
    if (!sink.wantsUtf8 || length < COPIED_WHOLE_FROM || length > PINNED_BYTES || !isReused(chunk)) return chunk;
    return Buffer.from(chunk.subarray(0, length));
  }

  /** Nothing more is parsed, not even the rest of the present chunk. */
  stop(): void {
    this.#stopped = true;
    this.#parser.stop();
  }

  /** Gives back what the present message held. */
  reset(): void {
    this.#assembler.reset();
    this.#control = undefined;
  }

  /** @internal */
  get mustHold(): boolean {
    return this.#sink?.mustHold === true;
  }

  /** @internal */
  beginFrame(opcode: number, fin: boolean, length: number, compressed: boolean): FrameFailure | undefined {
    this.#opcode = opcode;
    return opcode < CLOSE ? this.#assembler.begin(opcode, fin, length, compressed) : undefined;
  }

  /** @internal */
  framePayload(bytes: Buffer, start: number, end: number, bits: number, last: boolean): FrameFailure | undefined {
    if (this.#opcode >= CLOSE) return this.#controlPayload(bytes, start, end, last);
    const assembler = this.#assembler;
    const sink = this.#sink;
    const text = assembler.text;
    if (last && assembler.singleFrame) {
      return sink?.deliver(assembler.whole(bytes, start, end, bits, sink.wantsUtf8), text);
    }
    const failure = assembler.append(bytes, start, end, bits);
    if (failure !== undefined || !last) return failure;
    const message = assembler.endFrame(sink?.wantsUtf8);
    return message === undefined ? undefined : sink?.deliver(message, text);
  }

  #controlPayload(bytes: Buffer, start: number, end: number, last: boolean): FrameFailure | undefined {
    if (last && this.#control === undefined) {
      return this.#sink?.controlFrame(this.#opcode, Buffer.from(bytes.subarray(start, end)));
    }
    this.#control ??= Buffer.alloc(MAX_CONTROL_BYTES);
    this.#controlLength += bytes.copy(this.#control, this.#controlLength, start, end);
    if (!last) return undefined;
    const payload = this.#control.subarray(0, this.#controlLength);
    this.#control = undefined;
    this.#controlLength = 0;
    return this.#sink?.controlFrame(this.#opcode, payload);
  }
}
