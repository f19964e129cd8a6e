import type { FailureReason } from "../failures.ts";
import type { OutgoingPacket } from "../packet/outgoing-packet.ts";
import type { SessionPacket } from "../packet/session-packet.ts";
import type { TransportName } from "../transport.ts";

/**
 * How a carrier ended.
 * - `complete`: as it should, such as a poll that was answered or a stream that was recycled.
 * - `left`: the client closed on purpose.
 * - `broken`: anything else; what was sent last may not have arrived.
 */
export type CarrierEnd = "complete" | "left" | "broken";

/**
 * What brings packets to the client of an Everwire session: one response, or one connection. Called by its session only,
 * from the event loop's thread; it reports to its sink. It keeps and repeats nothing: that is the session's part.
 */
export interface Carrier {
  readonly name: TransportName;
  /** Whom it reports to; set by the session that takes it, and by nobody else. */
  sink: CarrierSink;
  /** Bytes given to it that have not left the process. */
  readonly bufferedBytes: number;
  /** True while it takes packets: a poll takes one batch, a stream until it is recycled, a WebSocket while it is not full. */
  readonly writable: boolean;
  /** Sends packets, in order. Called at most once per tick, with all there is, and only while `writable`. */
  send(packets: readonly OutgoingPacket[]): void;
  /**
   * Ends it, with these last packets where it can still carry them. Without any, what its reader does not take is not kept
   * for it either. `gone` is not called any more. `hurried`: the client has shown no life, and half a second is enough for
   * it to answer a close.
   */
  end(last: readonly OutgoingPacket[], patience?: "patient" | "hurried"): void;
}

/** What a carrier tells its session. Calls are in the order of the wire, and none comes after `gone`. */
export interface CarrierSink {
  /** It is writable again. */
  ready(): void;
  /** It has ended by itself. */
  gone(how: CarrierEnd): void;
  /** A packet of the client; carriers that are both ways only. */
  packet(packet: SessionPacket): void;
  /** The peer broke a rule. */
  refused(why: FailureReason): void;
}

/** Hears nothing: the sink of a carrier that no session has taken yet, or whose session has moved on. */
export const UNHEARD: CarrierSink = Object.freeze({
  ready() {},
  gone() {},
  packet() {},
  refused() {},
});
