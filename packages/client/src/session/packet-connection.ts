import { ProtocolFailure, type SocketPacket } from "@everwire/protocol";
import type { ClientFailureCode } from "../failures.ts";
import type { Outgoing } from "../packet/send-queue.ts";
import type { Cancel } from "../transport/clock.ts";
import type { Platform } from "../transport/platform.ts";
import { Engine, type EngineSetup } from "./engine.ts";
import type { PacketCodec, PacketDecoder } from "./packet-codec.ts";
import type { TransportReason } from "./transport-choice.ts";

export interface PacketHandler {
  open(reason: TransportReason): void;
  /** A failure returned ends the connection. */
  packet(packet: SocketPacket): ClientFailureCode | undefined;
  /** What comes and goes, before it is read or sent. */
  passes(way: "packet" | "packetCreate", data: string | Uint8Array): unknown;
  ping(): void;
  /** The session has moved to another transport. */
  moved(reason: TransportReason): void;
  /** As the engine's. */
  interrupted(yes: boolean): void;
  /** Exactly once and last, unless `close` was called here. */
  close(failure: ClientFailureCode, detail: string | undefined): void;
}

export interface PacketConnectionSetup extends EngineSetup {
  readonly platform: Platform;
  readonly codec: PacketCodec;
  readonly maxMessageBytes: number;
}

/** An engine session whose messages are Socket.IO packets. What cannot be decoded ends it: the server is not trusted. */
export class PacketConnection {
  readonly #setup: PacketConnectionSetup;
  readonly #handler: PacketHandler;
  /** What carries the messages. To be closed, and sent by, through this alone. */
  readonly engine: Engine;
  readonly #decoder: PacketDecoder;
  #cancelDeadline: Cancel | undefined;

  constructor(setup: PacketConnectionSetup, handler: PacketHandler) {
    this.#setup = setup;
    this.#handler = handler;
    this.#decoder = setup.codec.decoder(setup.maxMessageBytes);
    this.engine = new Engine(setup, {
      open: (reason) => handler.open(reason),
      message: (data) => this.#receive(data),
      ping: () => handler.ping(),
      moved: (reason) => handler.moved(reason),
      interrupted: (yes) => handler.interrupted(yes),
      close: (failure, detail) => {
        this.#cancelDeadline?.();
        handler.close(failure, detail);
      },
    });
  }

  send(message: Outgoing): ClientFailureCode | undefined {
    for (const { data } of message.packets) this.#handler.passes("packetCreate", data);
    return this.engine.send(message);
  }

  /** Sends what is waiting, tells the server, and reports nothing any more. */
  close(): void {
    this.#cancelDeadline?.();
    this.engine.close();
  }

  abort(failure: ClientFailureCode, detail?: string): void {
    this.engine.abort(failure, detail);
  }

  #receive(data: string | Uint8Array): void {
    // Before the decoder sees it: the platform may have no bound of its own for a message.
    const size = typeof data === "string" ? data.length : data.byteLength;
    if (size > this.#setup.maxMessageBytes) {
      this.abort("message_too_large");
      return;
    }
    this.#handler.passes("packet", data);
    const now = this.#setup.clock.now();
    const decoded = this.#decoder.take(typeof data === "string" ? data : this.#setup.platform.binary(data), now);
    this.#watchDeadline(now);
    if (decoded === undefined) return;
    if (decoded instanceof ProtocolFailure) {
      this.abort("parse_error", decoded.code);
      return;
    }
    const failure = this.#handler.packet(decoded);
    if (failure !== undefined) this.abort(failure);
  }

  /** Attachments that were announced must follow soon. */
  #watchDeadline(now: number): void {
    const { deadline } = this.#decoder;
    if (deadline === undefined) {
      this.#cancelDeadline?.();
      this.#cancelDeadline = undefined;
    } else {
      this.#cancelDeadline ??= this.#setup.clock.after(deadline - now, () => {
        this.abort("parse_error", "attachments_timed_out");
      });
    }
  }
}
