import { type EnginePacketType, encodeEnginePacket, encodePayloadPacket } from "@everwire/protocol";
import { PreparedMessage } from "@everwire/websocket";

/** What a queued packet costs beside its bytes: the object, its strings and its place in queues, rounded up. */
const PACKET_OVERHEAD = 64;

const NO_ATTACHMENTS: readonly Uint8Array[] = [];

/**
 * One packet on its way to any number of sessions, encoded at most once per wire form. A text and its attachments are one
 * packet, so that nothing can come between them on any connection.
 */
export class OutgoingPacket {
  /** Bytes charged to a send queue: the larger wire form's payload, and the overhead of holding it. */
  readonly byteLength: number;
  readonly #type: EnginePacketType;
  readonly #text: string;
  readonly #attachments: readonly Uint8Array[];
  #payload: string | undefined;
  #messages: readonly PreparedMessage[] | undefined;

  private constructor(type: EnginePacketType, text: string, attachments: readonly Uint8Array[]) {
    this.#type = type;
    this.#text = text;
    this.#attachments = attachments;
    let bytes = PACKET_OVERHEAD + 1 + Buffer.byteLength(text);
    for (const attachment of attachments) bytes += PACKET_OVERHEAD + Math.ceil(attachment.byteLength / 3) * 4;
    this.byteLength = bytes;
  }

  /**
   * A message, `text` without the engine's type digit, and the binary attachments that follow it. The bytes of the
   * attachments are read when the packet is sent and must not be changed before.
   */
  static message(text: string, attachments: readonly Uint8Array[] = NO_ATTACHMENTS): OutgoingPacket {
    return new OutgoingPacket("message", text, attachments);
  }

  /** A packet of the engine itself: open, close, ping, pong, noop. */
  static control(type: Exclude<EnginePacketType, "message">, data = ""): OutgoingPacket {
    return new OutgoingPacket(type, data, NO_ATTACHMENTS);
  }

  /** The polling form: packets separated by 0x1e, binary as base64. */
  get payload(): string {
    this.#payload ??= this.#encodePayload();
    return this.#payload;
  }

  /** The WebSocket form, one frame for the text and one per attachment, shared by all receivers. */
  get messages(): readonly PreparedMessage[] {
    this.#messages ??= this.#prepare();
    return this.#messages;
  }

  #encodePayload(): string {
    let payload = encodePayloadPacket({ type: this.#type, data: this.#text });
    for (const data of this.#attachments) payload += `\x1e${encodePayloadPacket({ type: "message", data })}`;
    return payload;
  }

  #prepare(): readonly PreparedMessage[] {
    const text = encodeEnginePacket({ type: this.#type, data: this.#text });
    return [new PreparedMessage(text), ...this.#attachments.map((bytes) => new PreparedMessage(bytes))];
  }
}

/** The packets that never differ, each encoded once per process. */
export const PING: OutgoingPacket = OutgoingPacket.control("ping");
export const NOOP: OutgoingPacket = OutgoingPacket.control("noop");
export const CLOSE: OutgoingPacket = OutgoingPacket.control("close");
export const PROBE_ANSWER: OutgoingPacket = OutgoingPacket.control("pong", "probe");
