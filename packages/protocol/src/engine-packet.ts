import * as failures from "./failure-rows.ts";
import type { ProtocolFailure } from "./failures.ts";

export type EnginePacketType = "open" | "close" | "ping" | "pong" | "message" | "upgrade" | "noop";

/** One Engine.IO 4 packet. Bytes occur in messages only; `data` is "" when a packet carries none. */
export interface EnginePacket {
  readonly type: EnginePacketType;
  readonly data: string | Uint8Array;
}

/** The index of a type is its digit on the wire. */
const TYPES: readonly EnginePacketType[] = ["open", "close", "ping", "pong", "message", "upgrade", "noop"];

const DIGITS: Readonly<Record<EnginePacketType, string>> = {
  open: "0",
  close: "1",
  ping: "2",
  pong: "3",
  message: "4",
  upgrade: "5",
  noop: "6",
};

/** The form on WebSocket: text with a type digit in front, or the bytes of a binary message as they are. */
export function encodeEnginePacket(packet: EnginePacket): string | Uint8Array {
  return typeof packet.data === "string" ? DIGITS[packet.type] + packet.data : packet.data;
}

/**
 * Reads one WebSocket message. A binary one is always a message and may be empty, because an attachment may be; a text
 * one without a type digit is a failure. Whether a type is in place at this moment is for the session to say.
 */
export function decodeEnginePacket(frame: string | Uint8Array): EnginePacket | ProtocolFailure {
  if (typeof frame !== "string") return { type: "message", data: frame };
  if (frame.length === 0) return failures.empty_engine_packet;
  const type = TYPES[frame.charCodeAt(0) - 48];
  if (type === undefined) return failures.unknown_engine_packet;
  return { type, data: frame.slice(1) };
}
