import { AttachmentExtractor, shapeOf } from "./attachment-extractor.ts";
import { checkEvent, MAX_EVENT_NAME } from "./event-name.ts";
import * as failures from "./failure-rows.ts";
import { ProtocolFailure } from "./failures.ts";
import { MAX_DEPTH } from "./json-depth.ts";
import { isNamespace } from "./namespace.ts";
import { MAX_ATTACHMENTS, type SocketPacket } from "./socket-packet.ts";

/** A packet on the wire: one text message, then its attachments as binary messages, with nothing in between. */
export interface EncodedSocketPacket {
  readonly text: string;
  readonly attachments: readonly Uint8Array[];
}

/** What receivers take. Raise a limit only when every receiver's is raised: beyond it they close the connection. */
export interface EncoderLimits {
  /** Attachments of one packet, default 10. */
  readonly maxAttachments: number;
  /** Nested arrays and objects, the outermost included, default 256. */
  readonly maxDepth: number;
  /** Characters of an event name, default 256. */
  readonly maxEventName: number;
}

const DEFAULT_LIMITS: EncoderLimits = Object.freeze({
  maxAttachments: MAX_ATTACHMENTS,
  maxDepth: MAX_DEPTH,
  maxEventName: MAX_EVENT_NAME,
});

const NO_ATTACHMENTS: readonly Uint8Array[] = Object.freeze([]);

/**
 * Writes a packet that a decoder with the same limits reads back. Never throws, whatever the application hands over:
 * cycles, BigInt, a throwing toJSON or getter are failures.
 */
export function encodeSocketPacket(
  packet: SocketPacket,
  limits: Partial<EncoderLimits> = DEFAULT_LIMITS,
): EncodedSocketPacket | ProtocolFailure {
  if (packet.namespace !== "/" && !isNamespace(packet.namespace)) return failures.invalid_namespace;
  const resolved = limits === DEFAULT_LIMITS ? DEFAULT_LIMITS : { ...DEFAULT_LIMITS, ...limits };
  try {
    return encode(packet, resolved);
  } catch {
    return failures.unencodable;
  }
}

/**
 * The refusal of a connect in the form of revision 3: what the application gave, whatever JSON it is, and no object round
 * it. Never throws.
 */
export function encodeRevision3Refusal(namespace: string, reason: unknown): EncodedSocketPacket | ProtocolFailure {
  if (namespace !== "/" && !isNamespace(namespace)) return failures.invalid_namespace;
  const prefix = namespace === "/" ? "4" : `4${namespace},`;
  try {
    const extractor = new AttachmentExtractor(MAX_DEPTH);
    const copy = extractor.copy(reason);
    if (extractor.failure !== undefined) return extractor.failure;
    // Its type says string, but undefined has no JSON.
    const json: unknown = JSON.stringify(copy);
    if (extractor.attachments.length > 0 || typeof json !== "string") return failures.unencodable;
    return { text: prefix + json, attachments: NO_ATTACHMENTS };
  } catch {
    return failures.unencodable;
  }
}

function encode(packet: SocketPacket, limits: EncoderLimits): EncodedSocketPacket | ProtocolFailure {
  const prefix = packet.namespace === "/" ? "" : `${packet.namespace},`;
  switch (packet.type) {
    case "event": {
      const args = checkEvent(packet.args, limits.maxEventName);
      if (args instanceof ProtocolFailure) return args;
      if (packet.id === undefined) return encodeArgs("2", "5", prefix, args, limits);
      return isAckId(packet.id) ? encodeArgs("2", "5", prefix + packet.id, args, limits) : failures.invalid_ack_id;
    }
    case "ack":
      return isAckId(packet.id)
        ? encodeArgs("3", "6", prefix + packet.id, packet.args, limits)
        : failures.invalid_ack_id;
    case "connect":
      return packet.data === undefined
        ? { text: `0${prefix}`, attachments: NO_ATTACHMENTS }
        : encodeObject(`0${prefix}`, packet.data, limits);
    case "connect_error":
      return encodeObject(`4${prefix}`, packet.data, limits);
    case "disconnect":
      return { text: `1${prefix}`, attachments: NO_ATTACHMENTS };
  }
}

function isAckId(id: number): boolean {
  return Number.isSafeInteger(id) && id >= 0;
}

function encodeArgs(
  plainType: string,
  binaryType: string,
  prefix: string,
  args: readonly unknown[],
  limits: EncoderLimits,
): EncodedSocketPacket | ProtocolFailure {
  const shape = shapeOf(args, 1, limits.maxDepth);
  if (shape === "too_deep") return failures.too_deep;
  if (shape === "plain") return { text: plainType + prefix + JSON.stringify(args), attachments: NO_ATTACHMENTS };
  const extractor = new AttachmentExtractor(limits.maxDepth);
  const copy = extractor.copy(args);
  if (extractor.failure !== undefined) return extractor.failure;
  const attachments = extractor.attachments;
  if (attachments.length > limits.maxAttachments) return failures.too_many_attachments;
  const type = attachments.length === 0 ? plainType : `${binaryType}${attachments.length}-`;
  return { text: type + prefix + JSON.stringify(copy), attachments };
}

/** CONNECT and CONNECT_ERROR have no binary form: bytes in them cannot be sent. */
function encodeObject(prefix: string, data: object, limits: EncoderLimits): EncodedSocketPacket | ProtocolFailure {
  const extractor = new AttachmentExtractor(limits.maxDepth);
  const copy = extractor.copy(data);
  if (extractor.failure !== undefined) return extractor.failure;
  if (extractor.attachments.length > 0) return failures.unencodable;
  if (typeof copy !== "object" || copy === null || Array.isArray(copy)) return failures.invalid_payload;
  return { text: prefix + JSON.stringify(copy), attachments: NO_ATTACHMENTS };
}
