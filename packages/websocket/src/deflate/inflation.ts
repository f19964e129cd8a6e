import type { ZlibOptions } from "node:zlib";
import { frameFailure } from "../failures.ts";
import { INFLATE_TAIL, type Inflated } from "../frame/codec.ts";
import type { SlidingWindow } from "./sliding-window.ts";

const INVALID_COMPRESSED_DATA = frameFailure("invalid_compressed_data");
const MESSAGE_TOO_BIG = frameFailure("message_too_big");

/** RFC 7692 §7.2.1 lets a sender end DEFLATE streams within a message. Each costs a pass of its own: not many do. */
const MAX_STREAMS = 16;

/** zlib's output comes in pieces of this size; so a message passes its limit by no more than that before it is noticed. */
const CHUNK = 16 * 1024;

const EMPTY = Buffer.alloc(0);

/**
 * The inflation of one message: as many passes of zlib as it has DEFLATE streams, nearly always one. `options` and `rest`
 * are what the next pass takes, `take` is told what came out of it.
 */
export class Inflation {
  readonly #windowBits: number;
  readonly #limit: number;
  readonly #context: SlidingWindow | undefined;
  #rest: Buffer;
  #output: Buffer = EMPTY;
  #streams = 0;

  /** `context`: what messages before have left, where it is taken over. It gets the output of this one as well. */
  constructor(stream: Buffer, windowBits: number, limit: number, context: SlidingWindow | undefined) {
    this.#rest = stream;
    this.#windowBits = windowBits;
    this.#limit = limit;
    this.#context = context;
  }

  get rest(): Buffer {
    return this.#rest;
  }

  get options(): ZlibOptions {
    const dictionary = this.#dictionary();
    return {
      windowBits: this.#windowBits,
      // zlib does not know an output of nothing; one byte too many is noticed in `take`.
      maxOutputLength: Math.max(1, this.#limit - this.#output.length),
      chunkSize: chunkFor(this.#rest.length),
      info: true,
      ...(dictionary !== undefined && { dictionary }),
    };
  }

  /** `undefined`: there is another stream, and another pass to make. */
  take(result: unknown): Inflated | undefined {
    if (!isPass(result)) return INVALID_COMPRESSED_DATA;
    const { buffer, engine } = result;
    if (this.#output.length + buffer.length > this.#limit) return MESSAGE_TOO_BIG;
    this.#output = this.#output.length === 0 ? buffer : Buffer.concat([this.#output, buffer]);
    this.#rest = this.#rest.subarray(engine.bytesWritten);
    // A message may end with a last block, although RFC 7692 §7.2.3.4 has one byte more: then all that is left is ours.
    const ended = this.#rest.length === 0 || this.#rest.length === INFLATE_TAIL.length;
    if (!ended) return ++this.#streams < MAX_STREAMS ? undefined : INVALID_COMPRESSED_DATA;
    this.#context?.push(this.#output);
    return this.#output;
  }

  /** zlib has thrown. */
  failed(error: unknown): Inflated {
    const tooLarge = error instanceof RangeError && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
    return tooLarge ? MESSAGE_TOO_BIG : INVALID_COMPRESSED_DATA;
  }

  /** What this pass may refer back to: earlier messages and, where this one has streams before it, their output. */
  #dictionary(): Buffer | undefined {
    const context = this.#context?.bytes;
    if (this.#output.length === 0) return context;
    const all = context === undefined ? this.#output : Buffer.concat([context, this.#output]);
    return all.subarray(Math.max(0, all.length - 2 ** this.#windowBits));
  }
}

/** One piece for most messages: a piece that is too large costs its allocation, one too small another call. */
function chunkFor(length: number): number {
  return Math.min(CHUNK, Math.max(1024, length * 4));
}

/** What zlib returns with `info`. `bytesWritten` counts the bytes that it took in. */
function isPass(result: unknown): result is { buffer: Buffer; engine: { bytesWritten: number } } {
  if (typeof result !== "object" || result === null || !("buffer" in result) || !("engine" in result)) return false;
  const { buffer, engine } = result;
  return Buffer.isBuffer(buffer) && typeof engine === "object" && engine !== null && "bytesWritten" in engine;
}
