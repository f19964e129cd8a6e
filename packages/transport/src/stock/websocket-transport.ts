import {
  decodeEnginePacket,
  decodeRevision3Packet,
  type EnginePacket,
  type EngineRevision,
  ProtocolFailure,
} from "@everwire/protocol";
import { type Connection, type ConnectionHandler, FRAME_FAILURES } from "@everwire/websocket";
import type { OutgoingPacket } from "../packet/outgoing-packet.ts";
import { CONGESTION_BYTES, type SendQueue } from "../packet/send-queue.ts";
import { closeHurriedly } from "../session/hurried-close.ts";
import { DETACHED, type Ending, type Transport, type TransportSink } from "../transport.ts";

const MESSAGE = 52; // "4"

/** The reasons a connection gives when this side failed it, as opposed to a peer or a network that left. */
const FAILED: ReadonlySet<string> = new Set(FRAME_FAILURES.keys());

/**
 * Packets as WebSocket messages, one connection long. It takes packets until the connection is full (64 KiB, or the
 * socket's own mark if that is higher), which writes all of one tick at once; the rest stays in the session's queue, as
 * references.
 */
export class WebSocketTransport implements Transport, ConnectionHandler {
  readonly name = "websocket";
  readonly listening = true;
  sink: TransportSink = DETACHED;
  readonly #connection: Connection;
  readonly #full: number;
  readonly #revision: EngineRevision;
  readonly #textOnly: boolean;
  /** Whether something was sent that no look is scheduled for. */
  #unlooked = false;

  /**
   * `highWaterMark` is the socket's: with less than that waiting it promises no `drain`. `textOnly` is for clients of
   * revision 3 that take no binary messages (`b64=1`).
   */
  constructor(connection: Connection, highWaterMark: number, revision: EngineRevision = 4, textOnly: boolean = false) {
    this.#connection = connection;
    this.#revision = revision;
    this.#textOnly = textOnly;
    this.#full = Math.max(CONGESTION_BYTES, highWaterMark);
  }

  get bufferedBytes(): number {
    return this.#connection.bufferedAmount;
  }

  /** Begins to read; until then nothing the client sent is looked at. */
  start(): void {
    this.#connection.start(this);
  }

  pull(queue: SendQueue): void {
    while (!queue.empty && this.#connection.bufferedAmount < this.#full) {
      const packet = queue.shift();
      if (packet !== undefined) this.send(packet);
    }
    // Also when nothing is left: a session with so much in hand counts as congested until it hears of room.
    if (this.#connection.bufferedAmount >= CONGESTION_BYTES) this.#lookAfterWrite();
  }

  /** Sends a packet past any queue; for the upgrade probe, which has none. */
  send(packet: OutgoingPacket): void {
    const messages = this.#revision === 3 ? packet.revision3Messages(this.#textOnly) : packet.messages;
    for (const message of messages) this.#connection.sendPrepared(message);
    this.#unlooked = true;
  }

  end(queue: SendQueue, how: Ending): void {
    if (how === "linger" || how === "finish") {
      for (const packet of queue.take(Number.POSITIVE_INFINITY)) this.send(packet);
    }
    // One that is closing already has its time.
    if (how === "finish" && this.#connection.state === "open") closeHurriedly(this.#connection);
    else this.#connection.close();
  }

  message(data: string | Buffer): void {
    if (typeof data !== "string") {
      if (this.#revision === 3) this.#revision3(data);
      else this.sink.message(data);
      return;
    }
    if (data.charCodeAt(0) === MESSAGE) {
      this.sink.message(data.slice(1));
      return;
    }
    if (this.#revision === 3) this.#revision3(data);
    else this.#packet(decodeEnginePacket(data));
  }

  close(code: number, reason: string): void {
    if (FAILED.has(reason)) this.sink.lost("transport error", "websocket_failed", `${code} ${reason}`);
    else this.sink.lost("transport close", "disconnected", reason === "" ? String(code) : `${code} ${reason}`);
    this.sink.gone();
  }

  drain(): void {
    this.sink.ready();
  }

  /** Bytes in revision 3 have a type in front, and may be written as text. */
  #revision3(data: string | Buffer): void {
    this.#packet(decodeRevision3Packet(data));
  }

  #packet(packet: EnginePacket | ProtocolFailure): void {
    if (packet instanceof ProtocolFailure) this.sink.lost("parse error", "parse_error");
    else this.sink.packet(packet);
  }

  /**
   * A write that the network takes at once is followed by no `drain`. This look comes after the write of all that was
   * sent before, whose flush was scheduled earlier: either there is room again, or the socket is above its mark and tells.
   */
  #lookAfterWrite(): void {
    if (!this.#unlooked) return;
    this.#unlooked = false;
    setImmediate(() => {
      if (this.#connection.bufferedAmount < this.#full) this.sink.ready();
    });
  }
}
