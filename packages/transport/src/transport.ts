import type { CloseReason, EnginePacket } from "@everwire/protocol";
import type { FailureReason } from "./failures.ts";
import type { SendQueue } from "./packet/send-queue.ts";

/** Every way packets can travel. Stock clients know `polling` and `websocket` alone. */
export type TransportName = "websocket" | "streaming" | "sse" | "polling" | "short-polling" | "iframe" | "jsonp";

/** All names, best first: what a client should try before what. */
export const TRANSPORT_NAMES: readonly TransportName[] = Object.freeze([
  "websocket",
  "streaming",
  "sse",
  "polling",
  "short-polling",
  "iframe",
  "jsonp",
]);

/**
 * How a transport ends.
 * - `linger`: what is queued is delivered, then the close; a peer that is between two requests is waited for.
 * - `finish`: the same, but nobody is waited for.
 * - `discard`: nothing of the queue is sent, only the close.
 * - `answer`: the peer itself closed.
 */
export type Ending = "linger" | "finish" | "discard" | "answer";

/**
 * The one contract between a session and what carries its packets. The session calls, from the event loop's thread only;
 * the transport reports to its `TransportSink`. Packets leave in the order of the queue, each at most once; a packet that
 * was taken and is known not to have left is put back in front.
 */
export interface Transport {
  readonly name: TransportName;
  /** Whom the transport reports to; a session takes it over when it is built, and when an upgrade is complete. */
  sink: TransportSink;
  /** Bytes taken from the queue that have not left the process. */
  readonly bufferedBytes: number;
  /** Whether the client has a way open on which packets could go: a connection, a stream, a poll that waits or is answered. */
  readonly listening: boolean;
  /** Takes what it can carry now. Called after each packet queued and after each `ready`; never throws. */
  pull(queue: SendQueue): void;
  /** Ends the transport; `gone` follows, perhaps within this call. A second call with `finish` ends a `linger`. */
  end(queue: SendQueue, how: Ending): void;
}

/** What a transport tells its session, or a probe in front of it. Calls are in the order of the wire. */
export interface TransportSink {
  /** A message packet; binary data is owned by the receiver. */
  message(data: string | Buffer): void;
  /** Any packet but a message. */
  packet(packet: EnginePacket): void;
  /** The transport can carry packets again. */
  ready(): void;
  /** The transport goes on under another name. */
  moved?(name: TransportName): void;
  /** The peer broke a rule, or the connection ended without the transport having been told to. */
  lost(reason: CloseReason, why: FailureReason | "disconnected", detail?: string): void;
  /** The transport holds nothing any more, after `end`. */
  gone(): void;
}

/** Hears nothing: the sink of a transport that belongs to no session yet, or no more. */
export const DETACHED: TransportSink = Object.freeze({
  message() {},
  packet() {},
  ready() {},
  lost() {},
  gone() {},
});
