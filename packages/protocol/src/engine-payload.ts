import { decodeBase64, encodeBase64 } from "./base64.ts";
import { decodeEnginePacket, type EnginePacket, encodeEnginePacket } from "./engine-packet.ts";
import * as failures from "./failure-rows.ts";
import { ProtocolFailure } from "./failures.ts";

/** U+001E RECORD SEPARATOR stands between two packets, never before the first or after the last. */
const SEPARATOR = "\x1e";
const BINARY = 98; // "b"

/** More packets than this in one payload are refused: a megabyte of them is half a million. */
export const MAX_PACKETS = 16_384;

export interface EnginePayloadLimits {
  /** Packets in one payload, default 16 384. More are a failure at the first one too many. */
  readonly maxPackets?: number;
}

/** Gives out the packets of one payload, of whatever form. A failure ends it: every later call returns it again. */
export interface PayloadReader {
  /** The next packet, the failure that ends the payload, or undefined after the last packet. */
  next(): EnginePacket | ProtocolFailure | undefined;
}

/** One packet as it stands in a payload: a binary message is "b" and its base64. */
export function encodePayloadPacket(packet: EnginePacket): string {
  const encoded = encodeEnginePacket(packet);
  return typeof encoded === "string" ? encoded : `b${encodeBase64(encoded)}`;
}

/** The body of one HTTP request or response (docs/protocol/engine.md, "Polling payload"). */
export function encodeEnginePayload(packets: Iterable<EnginePacket>): string {
  let payload = "";
  let separator = "";
  for (const packet of packets) {
    payload += separator + encodePayloadPacket(packet);
    separator = SEPARATOR;
  }
  return payload;
}

/**
 * Reads a payload packet by packet, so that a caller can stop between two of them and memory does not grow with their
 * number.
 */
export class EnginePayloadReader implements PayloadReader {
  readonly #body: string;
  readonly #maxPackets: number;
  #position = 0;
  #packets = 0;
  #failure: ProtocolFailure | undefined;

  constructor(body: string, limits: EnginePayloadLimits = {}) {
    this.#body = body;
    this.#maxPackets = limits.maxPackets ?? MAX_PACKETS;
  }

  next(): EnginePacket | ProtocolFailure | undefined {
    if (this.#failure !== undefined) return this.#failure;
    // A body of length 0 is one empty packet, hence `>`: position length + 1 is the end.
    if (this.#position > this.#body.length) return undefined;
    const packet = this.#read();
    if (packet instanceof ProtocolFailure) this.#failure = packet;
    return packet;
  }

  #read(): EnginePacket | ProtocolFailure {
    if (this.#packets === this.#maxPackets) return failures.too_many_packets;
    this.#packets++;
    const found = this.#body.indexOf(SEPARATOR, this.#position);
    const end = found === -1 ? this.#body.length : found;
    const text = this.#body.slice(this.#position, end);
    this.#position = end + 1;
    return text.charCodeAt(0) === BINARY ? decodeBinary(text) : decodeEnginePacket(text);
  }
}

function decodeBinary(text: string): EnginePacket | ProtocolFailure {
  const data = decodeBase64(text.slice(1));
  return data instanceof ProtocolFailure ? data : { type: "message", data };
}
