import type { Headers } from "../http/cors.ts";
import type { PacketForm } from "../packet/outgoing-packet.ts";
import type { TransportName } from "../transport.ts";

/** How packets stand in the body of an endless response. */
export interface StreamForm {
  readonly name: TransportName;
  /** Of this form; those that all streams have are not among them. */
  readonly headers: Headers;
  /** Sent at once. At least 2 KiB, because browsers and proxies hold back what is shorter. */
  readonly beginning: Buffer;
  /** A stream of this form is recycled after so many bytes, even where the server allows more. */
  readonly recycleBytes: number;
  /** One packet. Streams of one form must name the same function: what it returns is kept for all of them. */
  readonly packet: PacketForm;
  /** What stands before, between and after the packets that are sent at once. */
  readonly before: Buffer;
  readonly between: Buffer;
  readonly after: Buffer;
}

/** Bytes of the padding at the beginning of a stream. */
export const PADDING_BYTES = 2048;
