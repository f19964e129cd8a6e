import { formatPosition, parsePosition } from "@everwire/broker";
import { type EventPayload, ProtocolFailure } from "@everwire/protocol";
import type { OutgoingPacket } from "@everwire/transport";
import { ServerError } from "../failures.ts";
import { outgoing } from "../packet/outgoing.ts";
import type { EncodedPacket, PacketCodec } from "../packet/packet-codec.ts";
import type { Addressees } from "./addressees.ts";
import type { RecoveryStore } from "./recovery-store.ts";

/** How an event is sent, as far as it matters to whether it can be sent again. */
export interface RecordedFlags {
  readonly volatile?: boolean | undefined;
  readonly coalesce?: string | undefined;
}

const NONE: readonly never[] = Object.freeze([]);

/**
 * Writes the events of one namespace that clients may get again, each with its position behind its arguments.
 *
 * A client tells the position of the last event it got, so a client must get events in the order of their positions. What
 * listeners emit in the middle of a delivery would come between: it waits until the delivery is complete.
 */
export class Recorder {
  readonly store: RecoveryStore;
  readonly #namespace: string;
  readonly #codec: PacketCodec;
  readonly #waiting: (() => void)[] = [];
  #busy = false;

  constructor(namespace: string, store: RecoveryStore, codec: PacketCodec) {
    this.#namespace = namespace;
    this.#codec = codec;
    this.store = store;
  }

  /** The text form of a position. */
  position(offset: number): string {
    return formatPosition({ epoch: this.store.epoch, offset });
  }

  /** The offset that a client names; undefined when it is none of this store, or has not been yet. */
  offsetOf(position: string): number | undefined {
    const parsed = parsePosition(position);
    return parsed?.epoch === this.store.epoch && parsed.offset <= this.store.head ? parsed.offset : undefined;
  }

  /**
   * Encodes an event, keeps it and hands it to `deliver`, within this call unless a delivery is under way. Throws
   * `unencodable`, and nothing is kept or sent.
   */
  send(args: EventPayload, to: Addressees, flags: RecordedFlags, deliver: (packet: OutgoingPacket) => void): void {
    if (this.#busy) {
      // Whoever emits must hear now of what cannot be encoded.
      this.#encode(args);
      this.#waiting.push(() => this.#send(args, to, flags, deliver));
      return;
    }
    this.#busy = true;
    try {
      this.#send(args, to, flags, deliver);
    } finally {
      this.#catchUp();
    }
  }

  /** One that fails must not keep those behind it waiting. */
  #catchUp(): void {
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) next();
      this.#busy = false;
    } finally {
      if (this.#busy) this.#catchUp();
    }
  }

  #send(args: EventPayload, to: Addressees, flags: RecordedFlags, deliver: (packet: OutgoingPacket) => void): void {
    if (flags.volatile === true || flags.coalesce !== undefined) {
      // Not sent again, and clients take a text at the end for a position: then something else stands there.
      deliver(outgoing(this.#encode(typeof args.at(-1) === "string" ? [...args, null] : args)));
      return;
    }
    const encoded = this.#encode([...args, this.position(this.store.head + 1)]);
    // Copied: the application may write over its bytes when they have been sent. Not by `slice`, which of a Buffer is a view.
    const attachments =
      encoded.attachments.length === 0 ? NONE : encoded.attachments.map((bytes) => new Uint8Array(bytes));
    const { text } = encoded;
    this.store.append({
      namespace: this.#namespace,
      rooms: to.rooms,
      except: to.except.length === 0 ? NONE : to.except,
      text,
      attachments,
    });
    deliver(outgoing(encoded));
  }

  #encode(args: readonly unknown[]): EncodedPacket {
    const [name, ...rest] = args;
    if (typeof name !== "string" && typeof name !== "number")
      throw new ServerError("unencodable", "an event has a name");
    const encoded = this.#codec.encode({ type: "event", namespace: this.#namespace, args: [name, ...rest] });
    if (encoded instanceof ProtocolFailure) throw new ServerError("unencodable", encoded.meaning);
    return encoded;
  }
}
