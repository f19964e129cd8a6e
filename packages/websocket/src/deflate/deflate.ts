import { constants, deflateRaw, deflateRawSync, type ZlibOptions } from "node:zlib";
import type { Deflated } from "../frame/codec.ts";
import type { TurnShare } from "./deflate-budget.ts";
import { MIN_WINDOW_BITS, type ResolvedDeflateOptions } from "./deflate-options.ts";
import { SlidingWindow } from "./sliding-window.ts";

/** Longer messages go to a thread: at some 30 MB/s this is a third of a millisecond. */
const INLINE_INPUT = 8 * 1024;

/** RFC 7692 §7.2.1: a flush ends with 00 00 ff ff, which is not sent. */
const FLUSH_TAIL_BYTES = 4;

const CHUNK = 64 * 1024;

/** Compresses the messages of this end (RFC 7692 §7.2.1), one after the other. See Inflater for the context. */
export class Deflater {
  readonly #windowBits: number;
  readonly #options: ResolvedDeflateOptions;
  readonly #memLevel: number;
  readonly #turn: TurnShare;
  readonly #context: SlidingWindow | undefined;

  constructor(windowBits: number, takeover: boolean, options: ResolvedDeflateOptions, turn: TurnShare) {
    this.#windowBits = windowBits;
    this.#options = options;
    this.#turn = turn;
    this.#memLevel = options.memLevel ?? (takeover ? 9 : 8);
    this.#context = takeover && windowBits >= MIN_WINDOW_BITS ? new SlidingWindow(windowBits) : undefined;
  }

  /** Whether a message of `length` bytes is worth compressing; never with a window that zlib does not have. */
  wants(length: number): boolean {
    if (this.#windowBits < MIN_WINDOW_BITS || length === 0) return false;
    return this.#context !== undefined || length >= this.#options.threshold;
  }

  /** Equal for deflaters that make the same of a message of `length` bytes; `undefined` where it depends on others. */
  shareKey(length: number): number | undefined {
    if (this.#context !== undefined) return undefined;
    return this.#bitsFor(length) | (this.#options.level << 4) | (this.#memLevel << 8);
  }

  deflate(payload: Uint8Array, done: (deflated: Deflated) => void): Deflated | "later" {
    if (payload.length <= INLINE_INPUT && this.#turn.left) {
      const since = performance.now();
      const output = deflateRawSync(payload, this.#zlibOptions(payload.length));
      const deflated = this.#take(payload, output);
      this.#turn.worked(since);
      return deflated;
    }
    this.#queue(payload, done);
    return "later";
  }

  #queue(payload: Uint8Array, done: (deflated: Deflated) => void): void {
    this.#options.budget.run({
      bytes: 0,
      concurrency: this.#options.concurrencyLimit,
      start: (finished) => {
        deflateRaw(payload, this.#zlibOptions(payload.length), (error, output) => {
          finished();
          // zlib can fail here for lack of memory only.
          done(error === null ? this.#take(payload, output) : "plain");
        });
        return true;
      },
    });
  }

  /** A message that compression makes longer is sent as it is; then the peer never sees it as context, nor do we. */
  #take(payload: Uint8Array, output: Buffer): Deflated {
    const length = output.length - FLUSH_TAIL_BYTES;
    if (length >= payload.length) return "plain";
    this.#context?.push(payload);
    return output.subarray(0, length);
  }

  #zlibOptions(length: number): ZlibOptions {
    const dictionary = this.#context?.bytes;
    return {
      level: this.#options.level,
      memLevel: this.#memLevel,
      windowBits: this.#bitsFor(length),
      finishFlush: constants.Z_SYNC_FLUSH,
      chunkSize: Math.min(CHUNK, length + 64),
      ...(dictionary !== undefined && { dictionary }),
    };
  }

  /** A window that is larger than the message only costs its memory; zlib keeps 262 bytes of it to itself. */
  #bitsFor(length: number): number {
    if (this.#context !== undefined) return this.#windowBits;
    return Math.min(this.#windowBits, Math.max(MIN_WINDOW_BITS, Math.ceil(Math.log2(length + 262))));
  }
}
