import { decodeEnginePacket, ProtocolFailure } from "@everwire/protocol";
import { type Connection, type ConnectionHandler, FRAME_FAILURES } from "@everwire/websocket";
import type { OutgoingPacket } from "./outgoing-packet.ts";
import { CONGESTION_BYTES, type SendQueue } from "./send-queue.ts";
import { DETACHED, type Ending, type Transport, type TransportSink } from "./transport.ts";

const MESSAGE = 52; // "4"

/** The reasons a connection gives when this side failed it, as opposed to a peer or a network that left. */
const FAILED: ReadonlySet<string> = new Set(FRAME_FAILURES.keys());

/**
 * Packets as WebSocket messages, one connection long. It takes packets until 64 KiB wait in the connection, which writes
 * all of one tick at once; the rest stays in the session's queue, as references.
 */
export class WebSocketTransport implements Transport, ConnectionHandler {
  readonly name = "websocket";
  sink: TransportSink = DETACHED;
  readonly #connection: Connection;
  #rechecking = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  get bufferedBytes(): number {
    return this.#connection.bufferedAmount;
  }

  /** Begins to read; until then nothing the client sent is looked at. */
  start(): void {
    this.#connection.start(this);
  }

  pull(queue: SendQueue): void {
    while (!queue.empty) {
      if (this.#connection.bufferedAmount >= CONGESTION_BYTES) {
        this.#recheck();
        return;
      }
      const packet = queue.shift();
      if (packet !== undefined) this.send(packet);
    }
  }

  /** Sends a packet past any queue; for the upgrade probe, which has none. */
  send(packet: OutgoingPacket): void {
    for (const message of packet.messages) this.#connection.sendPrepared(message);
  }

  end(queue: SendQueue, how: Ending): void {
    if (how === "linger" || how === "finish") {
      for (const packet of queue.take(Number.POSITIVE_INFINITY)) this.send(packet);
    }
    this.#connection.close();
  }

  message(data: string | Buffer): void {
    if (typeof data !== "string") {
      this.sink.message(data);
      return;
    }
    if (data.charCodeAt(0) === MESSAGE) {
      this.sink.message(data.slice(1));
      return;
    }
    const packet = decodeEnginePacket(data);
    if (packet instanceof ProtocolFailure) this.sink.lost("parse error", "parse_error");
    else this.sink.packet(packet);
  }

  close(code: number, reason: string): void {
    if (FAILED.has(reason)) this.sink.lost("transport error", "websocket_failed", `${code} ${reason}`);
    else this.sink.lost("transport close", "disconnected", reason === "" ? String(code) : `${code} ${reason}`);
    this.sink.gone();
  }

  drain(): void {
    this.sink.ready();
  }

  /**
   * What filled the connection may have been one tick's burst that the network takes at once, and then no `drain` comes.
   */
  #recheck(): void {
    if (this.#rechecking) return;
    this.#rechecking = true;
    setImmediate(() => {
      this.#rechecking = false;
      if (this.#connection.bufferedAmount < CONGESTION_BYTES) this.sink.ready();
    });
  }
}
