import { decodeBase64, encodeBase64 } from "./base64.ts";
import { decodeEnginePacket, type EnginePacket, encodeEnginePacket } from "./engine-packet.ts";
import * as failures from "./failure-rows.ts";
import { ProtocolFailure } from "./failures.ts";

const MESSAGE = 4;
const LETTER_B = 98; // "b"

/**
 * The WebSocket form of a packet in revision 3. Text is as in revision 4; a binary message has its type as a first byte.
 */
export function encodeRevision3Packet(packet: EnginePacket): string | Uint8Array {
  if (typeof packet.data === "string") return encodeEnginePacket(packet);
  const bytes = new Uint8Array(packet.data.length + 1);
  bytes[0] = MESSAGE;
  bytes.set(packet.data, 1);
  return bytes;
}

/** The form for clients that take text only (`b64=1`, JSONP): a binary message is `b4` and its base64. */
export function encodeRevision3Text(packet: EnginePacket): string {
  const encoded = encodeEnginePacket(packet);
  return typeof encoded === "string" ? encoded : `b${MESSAGE}${encodeBase64(encoded)}`;
}

/**
 * Reads one WebSocket message, or one packet of a payload. Bytes are messages and nothing else, in either of their forms;
 * the bytes of the result are a view of those given.
 */
export function decodeRevision3Packet(frame: string | Uint8Array): EnginePacket | ProtocolFailure {
  if (typeof frame === "string") {
    return frame.charCodeAt(0) === LETTER_B ? decodeText(frame) : decodeEnginePacket(frame);
  }
  if (frame.length === 0) return failures.empty_engine_packet;
  return frame[0] === MESSAGE ? { type: "message", data: frame.subarray(1) } : failures.unknown_engine_packet;
}

function decodeText(text: string): EnginePacket | ProtocolFailure {
  if (text.charCodeAt(1) - 48 !== MESSAGE) return failures.unknown_engine_packet;
  const data = decodeBase64(text.slice(2));
  return data instanceof ProtocolFailure ? data : { type: "message", data };
}
