import {
  type DecoderLimits,
  type EngineRevision,
  encodeSocketPacket,
  type ProtocolFailure,
  type SocketPacket,
  SocketPacketDecoder,
} from "@everwire/protocol";

/** The messages of one packet: a text and its attachments, or bytes alone. */
export interface EncodedPacket {
  readonly text: string | undefined;
  readonly attachments: readonly Uint8Array[];
}

/** Reads the messages of one session, in order. Whatever a client sends, it throws nothing. */
export interface PacketDecoder {
  /** The moment by which a packet that has begun must be complete, on the clock of `now`. */
  readonly deadline: number | undefined;
  /** Undefined: the packet needs more messages. */
  text(text: string, now: number): SocketPacket | ProtocolFailure | undefined;
  binary(bytes: Uint8Array, now: number): SocketPacket | ProtocolFailure | undefined;
  /** The session has ended. */
  close?(): void;
}

/** How the packets of a server are written. */
export interface PacketCodec {
  /** Throws nothing, whatever the application hands over. */
  encode(packet: SocketPacket): EncodedPacket | ProtocolFailure;
  /** A new one for each session. */
  decoder(revision: EngineRevision): PacketDecoder;
}

/** Socket.IO 5: JSON, with bytes in messages of their own. */
export function jsonCodec(limits: Partial<DecoderLimits>): PacketCodec {
  return {
    encode: (packet) => encodeSocketPacket(packet),
    decoder: (revision) => new SocketPacketDecoder("server", limits, revision),
  };
}
