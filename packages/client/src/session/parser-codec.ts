import { type EventPayload, type ProtocolFailure, protocolFailures, type SocketPacket } from "@everwire/protocol";
import { outgoing } from "../packet/send-queue.ts";
import type { PacketCodec } from "./packet-codec.ts";
import type { Parser, ParserDecoder, ParserEncoder, ParserPacket } from "./parser.ts";

/** The codec that a custom parser stands for. */
export function parserCodec(parser: Parser): PacketCodec {
  // What they are is the contract of the option.
  const encoder = new parser.Encoder() as ParserEncoder;
  return {
    encode(packet) {
      try {
        const [first = "", ...rest] = encoder.encode(toParser(packet));
        return outgoing(first, rest);
      } catch {
        return protocolFailures.unencodable;
      }
    },
    decoder() {
      const decoder = new parser.Decoder() as ParserDecoder;
      const decoded: ParserPacket[] = [];
      decoder.on("decoded", (packet) => decoded.push(packet));
      return {
        deadline: undefined,
        take(data) {
          decoded.length = 0;
          try {
            decoder.add(data);
            const [packet] = decoded;
            return packet === undefined ? undefined : fromParser(packet);
          } catch {
            return protocolFailures.invalid_payload;
          }
        },
      };
    },
  };
}

/** By their digit on the wire; the binary forms of an event and an acknowledgement are the parser's own matter. */
const TYPES = ["connect", "disconnect", "event", "ack", "connect_error", "event", "ack"] as const;

function toParser(packet: SocketPacket): ParserPacket {
  const data = packet.type === "disconnect" ? undefined : "args" in packet ? packet.args : packet.data;
  return {
    type: TYPES.indexOf(packet.type),
    nsp: packet.namespace,
    ...(data === undefined ? {} : { data }),
    ...("id" in packet ? { id: packet.id } : {}),
  };
}

/** Parsers check little, so what the rest of the client relies on is checked here. */
function fromParser({ type, nsp: namespace, data, id }: ParserPacket): SocketPacket | ProtocolFailure {
  switch (TYPES[type]) {
    case "connect":
      return isRecord(data) ? { type: "connect", namespace, data } : { type: "connect", namespace };
    case "disconnect":
      return { type: "disconnect", namespace };
    case "event":
      if (!isEvent(data)) break;
      return typeof id === "number"
        ? { type: "event", namespace, id, args: data }
        : { type: "event", namespace, args: data };
    case "ack":
      if (typeof id !== "number" || !Array.isArray(data)) break;
      return { type: "ack", namespace, id, args: data };
    case "connect_error":
      if (!isRecord(data)) break;
      return { type: "connect_error", namespace, data: { message: String(data.message), data: data.data } };
    case undefined:
  }
  return protocolFailures.invalid_payload;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function isEvent(value: unknown): value is EventPayload {
  return Array.isArray(value) && (typeof value[0] === "string" || typeof value[0] === "number");
}
