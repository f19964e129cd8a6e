import { isUtf8 } from "node:buffer";
import { FrameFailure, frameFailure } from "../failures.ts";
import type { ByteBudget } from "../frame/byte-budget.ts";
import type { Codec, Inflated } from "../frame/codec.ts";
import { CompressedMessage } from "../frame/compressed-message.ts";

const INVALID_UTF8 = frameFailure("invalid_utf8");
const INCOMPLETE_BUDGET_EXCEEDED = frameFailure("incomplete_budget_exceeded");

/** What may wait behind a message being inflated before the peer is no longer read. */
const MOST_ARRIVALS = 16;
const MOST_BYTES = 64 * 1024;

/** A close frame that waits for the messages before it. */
export class HeldClose {
  readonly payload: Buffer;

  constructor(payload: Buffer) {
    this.payload = payload;
  }
}

export type Arrival = string | Buffer | CompressedMessage | HeldClose;

/** Receives arrivals in the order they came in, messages inflated. */
export interface ArrivalSink {
  /** Whether text is wanted as UTF-8. */
  readonly wantsUtf8: boolean;
  /** `text`: bytes are those of a text. */
  message(message: string | Buffer, text: boolean): void;
  closeFrame(payload: Buffer): FrameFailure | undefined;
}

/**
 * The messages of a peer with which compression was agreed on, in their order. Most pass straight through; while one is
 * inflated elsewhere those after it wait, and when there are many the queue is *full* and wants no more. What waits is
 * taken from the budget for incomplete messages.
 */
export class InflateQueue {
  readonly #codec: Codec;
  readonly #budget: ByteBudget;
  readonly #sink: ArrivalSink;
  readonly #moved: () => void;
  #inflating: CompressedMessage | undefined;
  #result: Inflated | undefined;
  readonly #waiting: Arrival[] = [];
  #bytes = 0;

  /** `moved` is called when there is something for `proceed` to do. */
  constructor(codec: Codec, budget: ByteBudget, sink: ArrivalSink, moved: () => void) {
    this.#codec = codec;
    this.#budget = budget;
    this.#sink = sink;
    this.#moved = moved;
  }

  /** Whether what comes now has to wait. */
  get busy(): boolean {
    return this.#inflating !== undefined || this.#waiting.length > 0;
  }

  get full(): boolean {
    return this.#waiting.length >= MOST_ARRIVALS || (this.#waiting.length > 0 && this.#bytes > MOST_BYTES);
  }

  push(arrival: Arrival): FrameFailure | undefined {
    if (!this.busy) return this.#process(arrival);
    if (!this.#reserve(sizeOf(arrival))) return INCOMPLETE_BUDGET_EXCEEDED;
    this.#waiting.push(arrival);
    return undefined;
  }

  /** Takes what `moved` told of, and what waited for it. */
  proceed(): FrameFailure | undefined {
    const [message, result] = [this.#inflating, this.#result];
    if (message === undefined || result === undefined) return undefined;
    this.#inflating = undefined;
    this.#result = undefined;
    this.#release(message.stream.length);
    let failure = this.#finish(message, result);
    for (let next = this.#next(failure); next !== undefined; next = this.#next(failure)) {
      this.#release(sizeOf(next));
      failure = this.#process(next);
    }
    return failure;
  }

  #next(failure: FrameFailure | undefined): Arrival | undefined {
    return failure !== undefined || this.#inflating !== undefined ? undefined : this.#waiting.shift();
  }

  /** Forgets what waits. Nothing may be pushed afterwards. */
  clear(): void {
    this.#codec.close();
    this.#waiting.length = 0;
    this.#inflating = undefined;
    this.#release(this.#bytes);
  }

  #process(arrival: Arrival): FrameFailure | undefined {
    if (arrival instanceof HeldClose) return this.#sink.closeFrame(arrival.payload);
    if (arrival instanceof CompressedMessage) return this.#inflate(arrival);
    this.#sink.message(arrival, typeof arrival === "string");
    return undefined;
  }

  #inflate(message: CompressedMessage): FrameFailure | undefined {
    const inflated = this.#codec.inflate(message.stream, (result) => {
      this.#result = result;
      this.#moved();
    });
    if (inflated !== "later") return this.#finish(message, inflated);
    if (!this.#reserve(message.stream.length)) return INCOMPLETE_BUDGET_EXCEEDED;
    this.#inflating = message;
    return undefined;
  }

  #finish({ text }: CompressedMessage, inflated: Inflated): FrameFailure | undefined {
    if (inflated instanceof FrameFailure) return inflated;
    // RFC 6455 §5.6: text is UTF-8. RFC 7692 §6.2: that is judged once it is inflated.
    if (text && !isUtf8(inflated)) return INVALID_UTF8;
    this.#sink.message(text && !this.#sink.wantsUtf8 ? inflated.toString() : owned(inflated), text);
    return undefined;
  }

  #reserve(bytes: number): boolean {
    if (!this.#budget.reserve(bytes)) return false;
    this.#bytes += bytes;
    return true;
  }

  #release(bytes: number): void {
    this.#budget.release(bytes);
    this.#bytes -= bytes;
  }
}

/** zlib's output may be a small part of a large buffer: no receiver is to keep that. */
function owned(inflated: Buffer): Buffer {
  return inflated.length * 2 >= inflated.buffer.byteLength ? inflated : Buffer.from(inflated);
}

function sizeOf(arrival: Arrival): number {
  if (typeof arrival === "string") return arrival.length;
  if (arrival instanceof CompressedMessage) return arrival.stream.length;
  return arrival instanceof HeldClose ? arrival.payload.length : arrival.length;
}
