import type { EnginePacket } from "@everwire/protocol";
import type { TransportName } from "./engine-transport.ts";

const encoder = new TextEncoder();

/** Bytes of the text in UTF-8. */
export function byteLength(text: string): number {
  return encoder.encode(text).length;
}

/** Whether the packet is within the server's `maxPayload` when it travels alone over the transport. */
export function fits(packet: EnginePacket, transport: TransportName, maxPayload: number): boolean {
  const { data } = packet;
  if (typeof data !== "string") {
    // Polling carries binary as "b" and base64.
    return (transport === "polling" ? Math.ceil(data.byteLength / 3) * 4 + 1 : data.byteLength) <= maxPayload;
  }
  // No UTF-16 unit takes more than three bytes, so most texts need not be encoded to know.
  return data.length * 3 < maxPayload || byteLength(data) + 1 <= maxPayload;
}
