import {
  decodeEnginePacket,
  type EnginePacket,
  encodeEnginePacket,
  ProtocolFailure,
  protocolFailures,
} from "@everwire/protocol";
import { decodeBase64, encodeBase64 } from "./base64.ts";

/** Separates the packets of one payload. */
export const SEPARATOR = "\x1e";

/** The two packets that only an Everwire session has (docs/protocol/session.md, "Packets"). */
export interface NumberPacket {
  /** `ack`: all messages up to the number have arrived. `next`: the next message on this stream has the number. */
  readonly type: "ack" | "next";
  readonly data: "";
  readonly number: number;
}

export type SessionPacket = EnginePacket | NumberPacket;

/** More packets than this in one payload are refused. */
const MAX_PACKETS = 16_384;

/** Number.MAX_SAFE_INTEGER has 16 digits; no canonical number of 15 digits is above it. */
const NUMBER = /^[78](0|[1-9]\d{0,14})$/;

/** The form on WebSocket. */
export function encodeSessionPacket(packet: SessionPacket): string | Uint8Array {
  return isNumber(packet) ? encodeNumber(packet) : encodeEnginePacket(packet);
}

/** The form in a payload. */
export function encodeForPayload(packet: SessionPacket): string {
  if (isNumber(packet)) return encodeNumber(packet);
  const encoded = encodeEnginePacket(packet);
  return typeof encoded === "string" ? encoded : `b${encodeBase64(encoded)}`;
}

/** Reads one WebSocket message. Which packets are legal in this session is for the session to say. */
export function decodeSessionPacket(frame: string | Uint8Array): SessionPacket | ProtocolFailure {
  const number = typeof frame === "string" ? NUMBER.exec(frame)?.[1] : undefined;
  if (number === undefined) return decodeEnginePacket(frame);
  return { type: frame[0] === "7" ? "ack" : "next", data: "", number: Number(number) };
}

/** The packets of a payload, one by one: what ends the session leaves the rest unread. A failure is the last one. */
export function* sessionPackets(payload: string): Generator<SessionPacket | ProtocolFailure, void> {
  let position = 0;
  for (let count = 0; position <= payload.length; count++) {
    const found = payload.indexOf(SEPARATOR, position);
    const end = found === -1 ? payload.length : found;
    const packet = count < MAX_PACKETS ? decodeFromPayload(payload.slice(position, end)) : decodeEnginePacket("");
    position = end + 1;
    yield packet;
    if (packet instanceof ProtocolFailure) return;
  }
}

function decodeFromPayload(text: string): SessionPacket | ProtocolFailure {
  if (!text.startsWith("b")) return decodeSessionPacket(text);
  const data = decodeBase64(text.slice(1));
  return data === undefined ? protocolFailures.invalid_base64 : { type: "message", data };
}

function isNumber(packet: SessionPacket): packet is NumberPacket {
  return packet.type === "ack" || packet.type === "next";
}

function encodeNumber({ type, number }: NumberPacket): string {
  return `${type === "ack" ? 7 : 8}${number}`;
}
