import { ProtocolFailure, RESERVED_EVENTS, type SocketPacket } from "@everwire/protocol";
import { OutgoingPacket } from "@everwire/transport";
import { ServerError } from "../failures.ts";
import type { EncodedPacket, PacketCodec } from "./packet-codec.ts";

/**
 * Encodes a packet for any number of receivers.
 *
 * Throws `unencodable` to the caller when the arguments hold a cycle, a BigInt, too many levels or a throwing `toJSON`;
 * nothing has been sent then.
 */
export function encodeOutgoing(packet: SocketPacket, codec: PacketCodec): OutgoingPacket {
  const encoded = codec.encode(packet);
  if (encoded instanceof ProtocolFailure) throw new ServerError("unencodable", encoded.meaning);
  return outgoing(encoded);
}

/** What is encoded, ready to be sent. */
export function outgoing({ text, attachments }: EncodedPacket): OutgoingPacket {
  return text === undefined ? OutgoingPacket.bytes(attachments) : OutgoingPacket.message(text, attachments);
}

/** The arguments of an `emit` apart from its callback, which is the last argument when that is a function. */
export interface EmitCall {
  readonly args: readonly [name: string | number, ...unknown[]];
  readonly callback: ((...answer: unknown[]) => unknown) | undefined;
}

/** Splits the callback off and refuses reserved names. */
export function readEmitCall(name: string | number, rest: readonly unknown[]): EmitCall {
  if (RESERVED_EVENTS.has(String(name))) throw new ServerError("reserved_event", String(name));
  const last = rest.at(-1);
  if (!isCallback(last)) return { args: [name, ...rest], callback: undefined };
  return { args: [name, ...rest.slice(0, -1)], callback: last };
}

function isCallback(value: unknown): value is (...answer: unknown[]) => unknown {
  return typeof value === "function";
}
