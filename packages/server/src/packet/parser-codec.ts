import {
  type DecoderLimits,
  isNamespace,
  type ProtocolFailure,
  protocolFailures,
  RESERVED_EVENTS,
  type SocketPacket,
} from "@everwire/protocol";
import type { EncodedPacket, PacketCodec, PacketDecoder } from "./packet-codec.ts";

/** A packet as parsers of Socket.IO have it: `type` is 0 to 6, the digit on the wire. */
export interface ParserPacket {
  type: number;
  nsp: string;
  data?: unknown;
  id?: number | undefined;
}

/**
 * An encoding of packets in the form of socket.io's option `parser`: socket.io-parser has it, and so have
 * socket.io-msgpack-parser and others. Both ends must have the same one.
 */
export interface Parser {
  /** Makes of a packet its messages: a text and then bytes, or bytes alone. */
  readonly Encoder: new () => { encode(packet: ParserPacket): readonly (string | Uint8Array)[] };
  /** Takes messages in order, and calls the listener of `decoded` within `add`. What it throws ends the session. */
  readonly Decoder: new () => {
    add(message: unknown): void;
    on(event: "decoded", listener: (packet: ParserPacket) => void): unknown;
    destroy?(): void;
  };
}

/** Characters of an event name, as everywhere. */
const LONGEST_NAME = 256;

/** By their digit on the wire; the binary forms of an event and an acknowledgement are the parser's own matter. */
const TYPES = ["connect", "disconnect", "event", "ack", "connect_error", "event", "ack"] as const;

/** What a packet may hold that is more than one message. */
export type ParserLimits = Pick<DecoderLimits, "maxAttachments" | "maxAttachmentBytes" | "attachmentTimeout">;

/** The codec that a parser of the application stands for. */
export function parserCodec({ Encoder, Decoder }: Parser, limits: ParserLimits): PacketCodec {
  const encoder = new Encoder();
  return {
    encode(packet) {
      try {
        return encoded(encoder.encode(toParser(packet)));
      } catch {
        return protocolFailures.unencodable;
      }
    },
    decoder: () => new ParserDecoder(new Decoder(), limits),
  };
}

/**
 * Bounded: messages that make no packet yet are attachments, as far as can be seen from here, and are held to the limits of
 * attachments. A parser keeps them for as long as more may come.
 */
class ParserDecoder implements PacketDecoder {
  readonly #decoder: InstanceType<Parser["Decoder"]>;
  readonly #limits: ParserLimits;
  #decoded: ParserPacket | undefined;
  /** Messages of the packet that has begun, and the bytes of those that are bytes. */
  #messages = 0;
  #bytes = 0;
  #deadline: number | undefined;

  constructor(decoder: InstanceType<Parser["Decoder"]>, limits: ParserLimits) {
    this.#decoder = decoder;
    this.#limits = limits;
    decoder.on("decoded", (packet) => {
      this.#decoded = packet;
    });
  }

  get deadline(): number | undefined {
    return this.#deadline;
  }

  text(text: string, now: number): SocketPacket | ProtocolFailure | undefined {
    return this.#take(text, 0, now);
  }

  binary(bytes: Uint8Array, now: number): SocketPacket | ProtocolFailure | undefined {
    return this.#take(bytes, bytes.byteLength, now);
  }

  close(): void {
    try {
      this.#decoder.destroy?.();
    } catch {
      // Whatever it had to let go of, the session has ended.
    }
  }

  #take(message: string | Uint8Array, bytes: number, now: number): SocketPacket | ProtocolFailure | undefined {
    this.#messages += 1;
    this.#bytes += bytes;
    try {
      this.#decoder.add(message);
    } catch {
      return protocolFailures.invalid_payload;
    }
    const decoded = this.#decoded;
    if (decoded === undefined) return this.#begun(now);
    this.#decoded = undefined;
    this.#messages = 0;
    this.#bytes = 0;
    this.#deadline = undefined;
    return isRecord(decoded) ? fromParser(decoded) : protocolFailures.invalid_payload;
  }

  /** The packet needs more messages: there may be as many of them as the limits say. */
  #begun(now: number): ProtocolFailure | undefined {
    this.#deadline ??= now + this.#limits.attachmentTimeout;
    if (now > this.#deadline) return protocolFailures.attachments_timed_out;
    // The first message announces the others, and the last of them makes the packet.
    if (this.#messages > this.#limits.maxAttachments) return protocolFailures.too_many_attachments;
    return this.#bytes > this.#limits.maxAttachmentBytes ? protocolFailures.attachments_too_large : undefined;
  }
}

function encoded(messages: readonly (string | Uint8Array)[]): EncodedPacket | ProtocolFailure {
  const [first, ...rest] = messages;
  const bytes = rest.filter((message) => typeof message !== "string");
  // Engine.IO could carry it, but nothing here has ever seen such a parser.
  if (first === undefined || bytes.length !== rest.length) return protocolFailures.unencodable;
  return typeof first === "string"
    ? { text: first, attachments: bytes }
    : { text: undefined, attachments: [first, ...bytes] };
}

function toParser(packet: SocketPacket): ParserPacket {
  const data = packet.type === "disconnect" ? undefined : "args" in packet ? [...packet.args] : packet.data;
  return {
    type: TYPES.indexOf(packet.type),
    nsp: packet.namespace,
    ...(data === undefined ? {} : { data }),
    ...("id" in packet ? { id: packet.id } : {}),
  };
}

/** Parsers check little, so what the rest of the server relies on is checked here, as for every packet of a client. */
function fromParser({ type, nsp, data, id }: ParserPacket): SocketPacket | ProtocolFailure {
  const namespace: unknown = nsp;
  if (typeof namespace !== "string" || (namespace !== "/" && !isNamespace(namespace))) {
    return protocolFailures.invalid_namespace;
  }
  switch (TYPES[type]) {
    case "connect":
      if (data === undefined || data === null) return { type: "connect", namespace };
      return isRecord(data) ? { type: "connect", namespace, data } : protocolFailures.invalid_payload;
    case "disconnect":
      return { type: "disconnect", namespace };
    case "event":
      return eventOf(namespace, data, id);
    case "ack":
      if (!isAckId(id)) return protocolFailures.invalid_ack_id;
      return Array.isArray(data) ? { type: "ack", namespace, id, args: data } : protocolFailures.invalid_payload;
    case "connect_error":
    case undefined:
      break;
  }
  return protocolFailures.unknown_socket_packet;
}

function eventOf(namespace: string, data: unknown, id: unknown): SocketPacket | ProtocolFailure {
  if (!Array.isArray(data)) return protocolFailures.invalid_payload;
  const [name, ...args]: unknown[] = data;
  const legal =
    typeof name === "number" ? Number.isFinite(name) : typeof name === "string" && name.length <= LONGEST_NAME;
  if (!legal || (typeof name !== "string" && typeof name !== "number")) return protocolFailures.invalid_event_name;
  if (RESERVED_EVENTS.has(String(name))) return protocolFailures.reserved_event;
  // Encodings that have a null for everything write one where there is no id.
  if (id === undefined || id === null) return { type: "event", namespace, args: [name, ...args] };
  return isAckId(id) ? { type: "event", namespace, id, args: [name, ...args] } : protocolFailures.invalid_ack_id;
}

function isAckId(id: unknown): id is number {
  return typeof id === "number" && Number.isSafeInteger(id) && id >= 0;
}

function isRecord(data: unknown): data is Readonly<Record<string, unknown>> {
  return typeof data === "object" && data !== null && !Array.isArray(data) && !ArrayBuffer.isView(data);
}
