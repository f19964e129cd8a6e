import { checkEvent } from "./event-name.ts";
import * as failures from "./failure-rows.ts";
import { ProtocolFailure } from "./failures.ts";
import { exceedsDepth } from "./json-depth.ts";
import { isJsonObject } from "./json-object.ts";
import type { SocketHeader } from "./socket-header.ts";
import {
  PACKET_ACK,
  PACKET_BINARY_ACK,
  PACKET_CONNECT,
  PACKET_CONNECT_ERROR,
  PACKET_DISCONNECT,
  type SocketPacket,
} from "./socket-packet.ts";

/** Which side decodes; it decides which packets the other side may send. */
export type SocketRole = "server" | "client";

export interface PayloadLimits {
  readonly maxDepth: number;
  readonly maxEventName: number;
}

/** Reads what follows the header of a CONNECT. */
export type ConnectReader = (
  header: SocketHeader,
  json: string,
  role: SocketRole,
  limits: PayloadLimits,
) => SocketPacket | ProtocolFailure;

const MAX_SID = 256;

/** Reads and checks what follows the header; nothing of a packet reaches the application before all of it is checked. */
export function readSocketPacket(
  header: SocketHeader,
  json: string,
  role: SocketRole,
  limits: PayloadLimits,
  readConnect: ConnectReader,
): SocketPacket | ProtocolFailure {
  switch (header.type) {
    case PACKET_CONNECT:
      return readConnect(header, json, role, limits);
    case PACKET_DISCONNECT:
      return readDisconnect(header, json);
    case PACKET_CONNECT_ERROR:
      return role === "client" ? readConnectError(header, json, limits) : failures.invalid_socket_packet;
    case PACKET_ACK:
    case PACKET_BINARY_ACK:
      return readAck(header, json, limits);
    default:
      return readEvent(header, json, limits);
  }
}

/**
 * An id is accepted and ignored, as Socket.IO servers do. Servers of the revision before answer without a payload, which
 * a client can say in words of its own.
 */
export const readConnect: ConnectReader = (header, json, role, limits) => {
  const namespace = detached(header.namespace);
  if (json.length === 0) return { type: "connect", namespace };
  const data = parse(json, limits.maxDepth);
  if (data instanceof ProtocolFailure) return data;
  if (!isJsonObject(data)) return failures.invalid_payload;
  if (role === "client" && !isSid(data.sid)) return failures.invalid_payload;
  return { type: "connect", namespace, data };
};

/**
 * The same text in memory of its own. What `slice` returns keeps the whole packet alive, and the namespace of a CONNECT
 * is remembered for as long as the connection lasts.
 */
export function detached(text: string): string {
  return ` ${text}`.slice(1);
}

function isSid(sid: unknown): boolean {
  return typeof sid === "string" && sid.length > 0 && sid.length <= MAX_SID;
}

function readDisconnect({ namespace, id }: SocketHeader, json: string): SocketPacket | ProtocolFailure {
  return json.length === 0 && id === undefined ? { type: "disconnect", namespace } : failures.invalid_payload;
}

/** A bare string is taken for the message: servers in other languages send it so. */
function readConnectError(
  { namespace }: SocketHeader,
  json: string,
  limits: PayloadLimits,
): SocketPacket | ProtocolFailure {
  const value = parse(json, limits.maxDepth);
  if (value instanceof ProtocolFailure) return value;
  if (typeof value === "string") return { type: "connect_error", namespace, data: { message: value } };
  if (!isJsonObject(value) || typeof value.message !== "string") return failures.invalid_payload;
  const { message, data } = value;
  return { type: "connect_error", namespace, data: data === undefined ? { message } : { message, data } };
}

function readEvent(
  { namespace, id }: SocketHeader,
  json: string,
  limits: PayloadLimits,
): SocketPacket | ProtocolFailure {
  const values = parseArray(json, limits.maxDepth);
  if (values instanceof ProtocolFailure) return values;
  const args = checkEvent(values, limits.maxEventName);
  if (args instanceof ProtocolFailure) return args;
  return id === undefined ? { type: "event", namespace, args } : { type: "event", namespace, id, args };
}

function readAck({ namespace, id }: SocketHeader, json: string, limits: PayloadLimits): SocketPacket | ProtocolFailure {
  if (id === undefined) return failures.invalid_ack_id;
  const args = parseArray(json, limits.maxDepth);
  return args instanceof ProtocolFailure ? args : { type: "ack", namespace, id, args };
}

function parseArray(json: string, maxDepth: number): readonly unknown[] | ProtocolFailure {
  const value = parse(json, maxDepth);
  if (value instanceof ProtocolFailure) return value;
  return Array.isArray(value) ? value : failures.invalid_payload;
}

/** Own `__proto__` keys stay what JSON.parse makes of them: own data, which changes no prototype. */
function parse(json: string, maxDepth: number): unknown {
  if (exceedsDepth(json, maxDepth)) return failures.too_deep;
  try {
    return JSON.parse(json);
  } catch {
    return failures.invalid_json;
  }
}
