import type { FrameFailure } from "../failures.ts";

/** An inflated message, or why there is none. */
export type Inflated = Buffer | FrameFailure;

/** A deflated message without its tail; *plain*: it would not become shorter, so it is sent as it is. */
export type Deflated = Buffer | "plain";

/**
 * A compression that both ends have agreed on, as the protocol sees it. It keeps the context that messages share, if
 * they share one: each direction is asked for one message at a time, in their order on the wire.
 *
 * An answer comes at once, or *later* by `done`, which is then called once, from a turn of the event loop of its own.
 * After `close` it may never be called.
 */
export interface Codec {
  /** Whether a message of `length` bytes is worth compressing. */
  wants(length: number): boolean;
  /**
   * Names what {@link deflate} makes of a message of `length` bytes: codecs with the same key make the same of it.
   * `undefined` when it depends on the messages before.
   */
  shareKey(length: number): number | undefined;
  deflate(payload: Uint8Array, done: (deflated: Deflated) => void): Deflated | "later";
  /** `stream` is a payload with {@link INFLATE_TAIL}. Inflates no more than the limit of this connection. */
  inflate(stream: Buffer, done: (inflated: Inflated) => void): Inflated | "later";
  close(): void;
}

/**
 * What follows the payload of a compressed message to make it a complete DEFLATE stream. RFC 7692 §7.2.2 appends
 * 00 00 ff ff, the rest of an empty stored block; an empty last block after it (03 00) tells a stream that was cut off
 * from a whole one.
 */
export const INFLATE_TAIL: readonly number[] = [0x00, 0x00, 0xff, 0xff, 0x03, 0x00];
