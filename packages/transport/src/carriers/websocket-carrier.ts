import { type Connection, type ConnectionHandler, FRAME_FAILURES } from "@everwire/websocket";
import { TransportFailure } from "../failures.ts";
import { type Carrier, type CarrierSink, UNHEARD } from "../lossless/carrier.ts";
import type { OutgoingPacket } from "../packet/outgoing-packet.ts";
import { CONGESTION_BYTES } from "../packet/send-queue.ts";
import { decodeSessionPacket } from "../packet/session-packet.ts";
import { closeHurriedly } from "../session/hurried-close.ts";

/**
 * The reasons a connection gives when this side failed it for a fault of the peer's; the same from another connection would
 * fail again. A message that did not arrive in time, say, is a network's doing.
 */
const FAULTS: ReadonlySet<string> = new Set([...FRAME_FAILURES].filter(([, row]) => !row.retry).map(([code]) => code));

/** Close codes of a client that wants no more: done, page gone, and a close without a code. */
const LEAVING: ReadonlySet<number> = new Set([1000, 1001, 1005]);

/** One WebSocket: both ways, full from 64 KiB on, or from the socket's own mark if that is higher. */
export class WebSocketCarrier implements Carrier, ConnectionHandler {
  readonly name = "websocket";
  sink: CarrierSink = UNHEARD;
  readonly #connection: Connection;
  readonly #full: number;
  #looking = false;

  /** `highWaterMark` is the socket's: with less than that waiting it promises no `drain`. */
  constructor(connection: Connection, highWaterMark: number) {
    this.#connection = connection;
    this.#full = Math.max(CONGESTION_BYTES, highWaterMark);
  }

  /** Begins to read; until then nothing the client sent is looked at. */
  start(): void {
    this.#connection.start(this);
  }

  get bufferedBytes(): number {
    return this.#connection.bufferedAmount;
  }

  get writable(): boolean {
    return this.#connection.state === "open" && this.#connection.bufferedAmount < this.#full;
  }

  send(packets: readonly OutgoingPacket[]): void {
    for (const packet of packets) {
      for (const message of packet.messages) this.#connection.sendPrepared(message);
    }
    if (!this.writable) this.#look();
  }

  end(last: readonly OutgoingPacket[], patience: "patient" | "hurried" = "patient"): void {
    this.sink = UNHEARD;
    if (last.length > 0) this.send(last);
    // RFC 6455 §7.4.1: 1000, and never a word of the peer's in the reason.
    if (patience === "hurried") closeHurriedly(this.#connection, 1000);
    else this.#connection.close(1000);
  }

  message(data: string | Buffer): void {
    if (typeof data !== "string") {
      this.sink.packet({ type: "message", data });
      return;
    }
    const packet = decodeSessionPacket(data);
    if (packet instanceof TransportFailure) this.sink.refused(packet.reason);
    else this.sink.packet(packet);
  }

  close(code: number, reason: string): void {
    if (FAULTS.has(reason)) this.sink.refused("websocket_failed");
    else this.sink.gone(LEAVING.has(code) ? "left" : "broken");
  }

  drain(): void {
    this.sink.ready();
  }

  /** A write that the network takes at once is followed by no `drain`; this comes after it. */
  #look(): void {
    if (this.#looking) return;
    this.#looking = true;
    setImmediate(() => {
      this.#looking = false;
      if (this.writable) this.sink.ready();
    });
  }
}
