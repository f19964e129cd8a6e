import { isAscii } from "node:buffer";
import {
  type EnginePacket,
  encodeRevision3BinaryPayload,
  encodeRevision3Packet,
  encodeRevision3Text,
  encodeRevision3TextPayload,
} from "@everwire/protocol";
import { PreparedMessage } from "@everwire/websocket";

/**
 * The wire forms of one outgoing packet in revision 3, each encoded at most once. `packets` are a text and its
 * attachments; what differs from revision 4 is how bytes are written, and payloads.
 */
export class Revision3Forms {
  readonly #packets: readonly EnginePacket[];
  #needsBinary: boolean | undefined;
  #text: string | undefined;
  #binary: Uint8Array | undefined;
  #messages: readonly PreparedMessage[] | undefined;
  #textMessages: readonly PreparedMessage[] | undefined;

  constructor(packets: readonly EnginePacket[]) {
    this.#packets = packets;
  }

  /**
   * True when a binary payload should carry it: there are bytes in it, or text beyond ASCII, which clients of 1.x that
   * take bytes read wrongly from a text payload (docs/protocol/revision-3.md, "Text of Socket.IO 1.x over polling").
   */
  get needsBinary(): boolean {
    this.#needsBinary ??= this.#packets.some(({ data }) => typeof data !== "string" || !isAscii(Buffer.from(data)));
    return this.#needsBinary;
  }

  /** As part of a text payload. */
  get text(): string {
    this.#text ??= this.#packets.map(encodeRevision3TextPayload).join("");
    return this.#text;
  }

  /** As part of a binary payload. */
  get binary(): Uint8Array {
    this.#binary ??= Buffer.concat(this.#packets.map(encodeRevision3BinaryPayload));
    return this.#binary;
  }

  /** On WebSocket; `textOnly` for a client that takes no binary messages. */
  messages(textOnly: boolean): readonly PreparedMessage[] {
    if (textOnly) {
      this.#textMessages ??= this.#packets.map((packet) => new PreparedMessage(encodeRevision3Text(packet)));
      return this.#textMessages;
    }
    this.#messages ??= this.#packets.map((packet) => new PreparedMessage(encodeRevision3Packet(packet)));
    return this.#messages;
  }
}
