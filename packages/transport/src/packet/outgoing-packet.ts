import { type EnginePacketType, encodeEnginePacket, encodePayloadPacket } from "@everwire/protocol";
import { PreparedMessage } from "@everwire/websocket";
import { Revision3Forms } from "./revision-3-forms.ts";

/** What a queued packet costs beside its bytes: the object, its strings and its place in queues, rounded up. */
const PACKET_OVERHEAD = 64;

/** How a payload is written where it is part of something else, such as a script; it keeps packets apart. */
export type PacketForm = (payload: string) => string;

const NO_ATTACHMENTS: readonly Uint8Array[] = [];

/**
 * One packet on its way to any number of sessions, encoded at most once per wire form. A text and its attachments are one
 * packet, so that nothing can come between them on any connection.
 */
export class OutgoingPacket {
  /** Bytes charged to a send queue: the larger wire form's payload, and the overhead of holding it. */
  readonly byteLength: number;
  readonly #type: EnginePacketType;
  /** Without it the packet is its attachments alone: the encoding is the application's, and writes bytes. */
  readonly #text: string | undefined;
  readonly #attachments: readonly Uint8Array[];
  #payload: string | undefined;
  #messages: readonly PreparedMessage[] | undefined;
  #revision3: Revision3Forms | undefined;
  #forms: Map<PacketForm, Buffer> | undefined;

  private constructor(type: EnginePacketType, text: string | undefined, attachments: readonly Uint8Array[]) {
    this.#type = type;
    this.#text = text;
    this.#attachments = attachments;
    let bytes = text === undefined ? 0 : PACKET_OVERHEAD + 1 + Buffer.byteLength(text);
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

  /** Messages that are bytes alone, of which nothing can come between two. */
  static bytes(messages: readonly Uint8Array[]): OutgoingPacket {
    return new OutgoingPacket("message", undefined, messages);
  }

  /** A packet of the engine itself: open, close, ping, pong, noop. */
  static control(type: Exclude<EnginePacketType, "message">, data = ""): OutgoingPacket {
    return new OutgoingPacket(type, data, NO_ATTACHMENTS);
  }

  /** Text that stands on the wire as it is: the packets that only an Everwire session has (7N, 8N, 6MS). */
  static raw(text: string): OutgoingPacket {
    return OutgoingPacket.#ready([text]);
  }

  /** Messages on the wire: 1 and one per attachment. A packet of the engine itself is none. */
  get messageCount(): number {
    return this.#type === "message" ? this.#texts + this.#attachments.length : 0;
  }

  /** What is left of a message when the peer has its first `count` wire messages, which is fewer than all. */
  after(count: number): OutgoingPacket {
    return count === 0 ? this : OutgoingPacket.#ready(this.#attachments.slice(count - this.#texts));
  }

  /** 0 or 1. */
  get #texts(): number {
    return this.#text === undefined ? 0 : 1;
  }

  /** A packet whose wire forms are given: text as it is, bytes as a binary message. */
  static #ready(parts: readonly (string | Uint8Array)[]): OutgoingPacket {
    const packet = new OutgoingPacket(
      "noop",
      "",
      parts.filter((part) => typeof part !== "string"),
    );
    packet.#payload = parts
      .map((part) => (typeof part === "string" ? part : encodePayloadPacket({ type: "message", data: part })))
      .join("\x1e");
    packet.#messages = parts.map((part) => new PreparedMessage(part));
    return packet;
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

  /** The polling form as `form` writes it, in UTF-8, shared by all receivers: each function is applied once. */
  encodedBy(form: PacketForm): Buffer {
    this.#forms ??= new Map();
    let bytes = this.#forms.get(form);
    if (bytes === undefined) {
      bytes = Buffer.from(form(this.payload));
      this.#forms.set(form, bytes);
    }
    return bytes;
  }

  /** The WebSocket form in revision 3, which is that of revision 4 unless there are bytes in it. */
  revision3Messages(textOnly: boolean): readonly PreparedMessage[] {
    return this.#attachments.length === 0 ? this.messages : this.revision3.messages(textOnly);
  }

  /** The forms for clients of revision 3, made for the first of them. */
  get revision3(): Revision3Forms {
    this.#revision3 ??= new Revision3Forms([
      ...(this.#text === undefined ? [] : [{ type: this.#type, data: this.#text } as const]),
      ...this.#attachments.map((data) => ({ type: "message", data }) as const),
    ]);
    return this.#revision3;
  }

  #encodePayload(): string {
    let payload = this.#text === undefined ? "" : encodePayloadPacket({ type: this.#type, data: this.#text });
    for (const data of this.#attachments) {
      payload += `${payload === "" ? "" : "\x1e"}${encodePayloadPacket({ type: "message", data })}`;
    }
    return payload;
  }

  #prepare(): readonly PreparedMessage[] {
    const messages = this.#attachments.map((bytes) => new PreparedMessage(bytes));
    if (this.#text === undefined) return messages;
    return [new PreparedMessage(encodeEnginePacket({ type: this.#type, data: this.#text })), ...messages];
  }
}

/** The packets that never differ, each encoded once per process. */
export const PING: OutgoingPacket = OutgoingPacket.control("ping");
export const NOOP: OutgoingPacket = OutgoingPacket.control("noop");
export const CLOSE: OutgoingPacket = OutgoingPacket.control("close");
export const PONG: OutgoingPacket = OutgoingPacket.control("pong");
export const PROBE_ANSWER: OutgoingPacket = OutgoingPacket.control("pong", "probe");
