import type { EventPayload, SocketPacket } from "@everwire/protocol";
import type { Platform } from "./platform.ts";

/** Replaces the bytes in a decoded packet's arguments by what listeners of this platform expect. */
export function presentBinary(packet: SocketPacket, platform: Platform): SocketPacket {
  if (packet.type === "ack") return { ...packet, args: packet.args.map((value) => present(value, platform)) };
  if (packet.type !== "event") return packet;
  const [name, ...rest] = packet.args;
  const args: EventPayload = [name, ...rest.map((value) => present(value, platform))];
  return { ...packet, args };
}

/** The value comes from the decoder, which bounds its depth; it belongs to us and is changed in place. */
function present(value: unknown, platform: Platform): unknown {
  if (value instanceof Uint8Array) return platform.binary(value);
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) value[index] = present(item, platform);
  } else if (isRecord(value)) {
    for (const key of Object.keys(value)) {
      // `__proto__` can be an own key of decoded JSON, and assigning it would set the prototype instead.
      if (key !== "__proto__") value[key] = present(value[key], platform);
    }
  }
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
