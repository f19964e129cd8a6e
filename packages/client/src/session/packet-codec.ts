import { encodeSocketPacket, ProtocolFailure, type SocketPacket, SocketPacketReader } from "@everwire/protocol";
import { type Outgoing, outgoing } from "../packet/send-queue.ts";

/** Reads the messages of one connection, in order. */
export interface PacketDecoder {
  /** Undefined: the packet needs more messages. Bytes are in the form in which listeners of this platform expect them. */
  take(data: string | ArrayBuffer | ArrayBufferView, now: number): SocketPacket | ProtocolFailure | undefined;
  /** The moment by which a packet that has begun must be complete. */
  readonly deadline: number | undefined;
}

/** The encoding of Socket.IO packets. Never throws. */
export interface PacketCodec {
  encode(packet: SocketPacket): Outgoing | ProtocolFailure;
  /** A new one for each connection. */
  decoder(maxMessageBytes: number): PacketDecoder;
}

/** Socket.IO 5: JSON, with bytes in messages of their own. */
export const jsonCodec: PacketCodec = {
  encode(packet) {
    const encoded = encodeSocketPacket(packet);
    return encoded instanceof ProtocolFailure ? encoded : outgoing(encoded.text, encoded.attachments);
  },
  decoder(maxAttachmentBytes) {
    const decoder = new SocketPacketReader("client", { maxAttachmentBytes });
    return {
      take: (data, now) => (typeof data === "string" ? decoder.text(data, now) : decoder.binary(data, now)),
      get deadline() {
        return decoder.deadline;
      },
    };
  },
};
