import { decodeBase64, decodeEnginePacket, type EnginePacket, ProtocolFailure } from "@everwire/protocol";
import { failure, type TransportFailure } from "../failures.ts";

/** A packet of an Everwire session: one of Engine.IO 4, or one of the two that numbered messages need. */
export type SessionPacket =
  | EnginePacket
  /** `7N`: all messages up to this number have arrived. */
  | { readonly type: "ack"; readonly number: number }
  /** `8N`: the next message on this stream has this number. */
  | { readonly type: "next"; readonly number: number };

const ACK = 55; // "7"
const NEXT = 56; // "8"
const BINARY = 98; // "b"
const SEPARATOR = "\x1e";

/** A canonical decimal that a double holds exactly: no sign, no leading zero. */
const DECIMAL = /^(?:0|[1-9][0-9]{0,14})$/;

/** Reads a message number, or any other count of a peer's; undefined for every other text. */
export function parseNumber(text: string | undefined): number | undefined {
  return text !== undefined && DECIMAL.test(text) ? Number(text) : undefined;
}

/** Reads one WebSocket text message, or one text packet of a payload (docs/protocol/session.md, "Packets"). */
export function decodeSessionPacket(text: string): SessionPacket | TransportFailure {
  const first = text.charCodeAt(0);
  if (first === ACK || first === NEXT) {
    const number = parseNumber(text.slice(1));
    if (number === undefined || (first === NEXT && number === 0)) return failure("parse_error");
    return { type: first === ACK ? "ack" : "next", number };
  }
  const packet = decodeEnginePacket(text);
  return packet instanceof ProtocolFailure ? failure("parse_error") : packet;
}

/**
 * Reads a request body packet by packet, so that its caller can stop between two of them and memory does not grow with
 * their number. What is beyond `maxPackets` is left unread: its messages have numbers, so their client sends them again.
 * After a failure it is not asked again.
 */
export class SessionPayloadReader {
  readonly #body: string;
  readonly #maxPackets: number;
  #position = 0;
  #packets = 0;

  constructor(body: string, maxPackets: number) {
    this.#body = body;
    this.#maxPackets = maxPackets;
  }

  /** The next packet, a failure, or undefined after the last packet that is read. */
  next(): SessionPacket | TransportFailure | undefined {
    // A body of length 0 is one empty packet, hence `>`: position length + 1 is the end.
    if (this.#position > this.#body.length || this.#packets === this.#maxPackets) return undefined;
    this.#packets += 1;
    const found = this.#body.indexOf(SEPARATOR, this.#position);
    const end = found === -1 ? this.#body.length : found;
    const text = this.#body.slice(this.#position, end);
    this.#position = end + 1;
    return text.charCodeAt(0) === BINARY ? decodeBinary(text) : decodeSessionPacket(text);
  }
}

function decodeBinary(text: string): SessionPacket | TransportFailure {
  const data = decodeBase64(text.slice(1));
  return data instanceof ProtocolFailure ? failure("parse_error") : { type: "message", data };
}
