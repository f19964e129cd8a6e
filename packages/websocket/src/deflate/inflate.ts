import { inflateRaw, inflateRawSync } from "node:zlib";
import { frameFailure } from "../failures.ts";
import type { Inflated } from "../frame/codec.ts";
import type { TurnShare } from "./deflate-budget.ts";
import type { ResolvedDeflateOptions } from "./deflate-options.ts";
import { Inflation } from "./inflation.ts";
import { SlidingWindow } from "./sliding-window.ts";

const MESSAGE_TOO_BIG = frameFailure("message_too_big");

/** Longer input goes to a thread, and so does what turns out to have longer output. */
const INLINE_INPUT = 16 * 1024;
const INLINE_OUTPUT = 64 * 1024;

/** DEFLATE makes no more of a byte. */
const HIGHEST_RATIO = 1032;

/**
 * Inflates the messages of a peer (RFC 7692 §7.2.2), one after the other.
 *
 * Each is a pass of zlib of its own. Context that is taken over is handed to it as its dictionary: that is a window of
 * output, and all that zlib's state has to say between two messages, at a tenth of its memory.
 */
export class Inflater {
  readonly #windowBits: number;
  readonly #options: ResolvedDeflateOptions;
  readonly #turn: TurnShare;
  readonly #context: SlidingWindow | undefined;
  readonly #limit: number;
  #closed = false;

  constructor(windowBits: number, takeover: boolean, options: ResolvedDeflateOptions, turn: TurnShare) {
    this.#windowBits = windowBits;
    this.#options = options;
    this.#turn = turn;
    this.#context = takeover ? new SlidingWindow(windowBits) : undefined;
    // The pieces that zlib makes are put together at the end, so a message takes twice its length for a moment.
    this.#limit = Math.min(options.maxInflatedBytes, Math.max(1, Math.floor(options.budget.bytes / 2)));
  }

  inflate(stream: Buffer, done: (inflated: Inflated) => void): Inflated | "later" {
    if (stream.length <= INLINE_INPUT && this.#turn.left) {
      const inflated = this.#inline(stream, Math.min(this.#limit, INLINE_OUTPUT));
      if (inflated !== MESSAGE_TOO_BIG || this.#limit <= INLINE_OUTPUT) return inflated;
    }
    this.#queue(stream, done);
    return "later";
  }

  /** Jobs that have not begun are not begun any more. */
  close(): void {
    this.#closed = true;
  }

  #inline(stream: Buffer, limit: number): Inflated {
    const since = performance.now();
    const inflation = new Inflation(stream, this.#windowBits, limit, this.#context);
    let inflated: Inflated | undefined;
    try {
      do inflated = inflation.take(inflateRawSync(inflation.rest, inflation.options));
      while (inflated === undefined);
    } catch (error) {
      inflated = inflation.failed(error);
    }
    this.#turn.worked(since);
    return inflated;
  }

  #queue(stream: Buffer, done: (inflated: Inflated) => void): void {
    this.#options.budget.run({
      bytes: 2 * Math.min(this.#limit, stream.length * HIGHEST_RATIO),
      concurrency: this.#options.concurrencyLimit,
      start: (finished) => {
        if (this.#closed) return false;
        const inflation = new Inflation(stream, this.#windowBits, this.#limit, this.#context);
        this.#pass(inflation, (inflated) => {
          finished();
          done(inflated);
        });
        return true;
      },
    });
  }

  #pass(inflation: Inflation, done: (inflated: Inflated) => void): void {
    inflateRaw(inflation.rest, inflation.options, (error, result: unknown) => {
      const inflated = error === null ? inflation.take(result) : inflation.failed(error);
      if (inflated === undefined) this.#pass(inflation, done);
      else done(inflated);
    });
  }
}
