import { decimalEnd, decimalValue } from "./decimal.ts";
import type { EnginePacket } from "./engine-packet.ts";
import { type EnginePayloadLimits, MAX_PACKETS, type PayloadReader } from "./engine-payload.ts";
import * as failures from "./failure-rows.ts";
import { ProtocolFailure } from "./failures.ts";
import { decodeRevision3Packet, encodeRevision3Packet, encodeRevision3Text } from "./revision-3-packet.ts";
import { decodeUtf8, encodeUtf8 } from "./utf8.ts";

const COLON = 58; // ":"

/** What a packet of a binary payload begins with. */
const TEXT = 0;
const BINARY = 1;
/** What ends the digits of its length. */
const END_OF_LENGTH = 255;
/** No length that this side could hold has more digits. */
const MAX_DIGITS = 10;

/** One packet of a text payload. Its length counts UTF-16 units; packets follow each other without a separator. */
export function encodeRevision3TextPayload(packet: EnginePacket): string {
  const text = encodeRevision3Text(packet);
  return `${text.length}:${text}`;
}

/** One packet of a binary payload. Its length counts bytes, of its UTF-8 if it is text. */
export function encodeRevision3BinaryPayload(packet: EnginePacket): Uint8Array {
  const encoded = encodeRevision3Packet(packet);
  const body = typeof encoded === "string" ? encodeUtf8(encoded) : encoded;
  const digits = String(body.length);
  const bytes = new Uint8Array(digits.length + 2 + body.length);
  bytes[0] = typeof encoded === "string" ? TEXT : BINARY;
  for (let i = 0; i < digits.length; i++) bytes[i + 1] = digits.charCodeAt(i) - 48;
  bytes[digits.length + 1] = END_OF_LENGTH;
  bytes.set(body, digits.length + 2);
  return bytes;
}

/** Reads a payload of revision 3 packet by packet, text or binary; behaves as `EnginePayloadReader`. */
export class Revision3PayloadReader implements PayloadReader {
  readonly #body: string | Uint8Array;
  readonly #maxPackets: number;
  #position = 0;
  #packets = 0;
  #failure: ProtocolFailure | undefined;

  constructor(body: string | Uint8Array, limits: EnginePayloadLimits = {}) {
    this.#body = body;
    this.#maxPackets = limits.maxPackets ?? MAX_PACKETS;
    // As in revision 4, a body without any packet is no payload.
    if (body.length === 0) this.#failure = failures.empty_engine_packet;
  }

  next(): EnginePacket | ProtocolFailure | undefined {
    if (this.#failure !== undefined) return this.#failure;
    if (this.#position === this.#body.length) return undefined;
    const packet = this.#read();
    if (packet instanceof ProtocolFailure) this.#failure = packet;
    return packet;
  }

  #read(): EnginePacket | ProtocolFailure {
    if (this.#packets === this.#maxPackets) return failures.too_many_packets;
    this.#packets++;
    return typeof this.#body === "string" ? this.#readText(this.#body) : this.#readBinary(this.#body);
  }

  #readText(body: string): EnginePacket | ProtocolFailure {
    const colon = decimalEnd(body, this.#position);
    const length = body.charCodeAt(colon) === COLON ? decimalValue(body, this.#position, colon) : -1;
    if (!this.#advance(colon + 1, length, body.length)) return failures.invalid_payload_length;
    return decodeRevision3Packet(body.slice(colon + 1, this.#position));
  }

  #readBinary(body: Uint8Array): EnginePacket | ProtocolFailure {
    const kind = body[this.#position];
    if (kind !== TEXT && kind !== BINARY) return failures.unknown_engine_packet;
    const end = lengthEnd(body, this.#position + 1);
    if (!this.#advance(end + 1, lengthValue(body, this.#position + 1, end), body.length)) {
      return failures.invalid_payload_length;
    }
    const bytes = body.subarray(end + 1, this.#position);
    if (kind === BINARY) return decodeRevision3Packet(bytes);
    const text = decodeUtf8(bytes);
    return text === undefined ? failures.invalid_utf8 : decodeRevision3Packet(text);
  }

  /** Moves behind the packet that begins at `start`; false when the payload does not hold all of it. */
  #advance(start: number, length: number, total: number): boolean {
    if (length === -1 || length > total - start) return false;
    this.#position = start + length;
    return true;
  }
}

/** Index of the byte that ends the digits at `start`, or of the first that cannot. */
function lengthEnd(body: Uint8Array, start: number): number {
  const stop = Math.min(body.length, start + MAX_DIGITS);
  let end = start;
  while (end < stop && (body[end] ?? END_OF_LENGTH) <= 9) end++;
  return end;
}

/** The length, or -1 when it is empty, has a leading zero, is too long or is not ended as it should. */
function lengthValue(body: Uint8Array, start: number, end: number): number {
  if (end === start || body[end] !== END_OF_LENGTH) return -1;
  if (body[start] === 0 && end - start > 1) return -1;
  let value = 0;
  for (let i = start; i < end; i++) value = value * 10 + (body[i] ?? 0);
  return value;
}
