import type { EncodedPacket } from "../packet/packet-codec.ts";
import type { Addressees } from "./addressees.ts";
import type { RoomHistory } from "./room-history.ts";

/** An event as it was sent, its position in it: the text of the packet, where it has one, and its attachments. */
export interface SentEvent extends Addressees, EncodedPacket {
  readonly namespace: string;
}

/** What is kept of a socket that has lost its connection, until its client comes back. */
export interface ParkedSocket {
  /** The client's secret for it: 120 random bits. */
  readonly pid: string;
  readonly id: string;
  readonly namespace: string;
  /** The rooms it was in when it lost the connection. Events go on being kept for them. */
  readonly rooms: readonly string[];
  readonly data: unknown;
  /** When the credentials of its client end, in milliseconds since the Unix epoch: see `Socket.expiresAt`. */
  readonly expires: number | undefined;
  /** The offset of the last event before the socket first connected: those after it may concern it. */
  readonly start: number;
  /** What the client had not confirmed to have, at the latest from this monotonic time on. */
  readonly unconfirmedSince: number;
  readonly history: RoomHistory;
}

/**
 * Keeps what the sockets of a server miss while their clients are away: the events that were sent, in one order for all
 * namespaces, and the sockets that may come back.
 *
 * Called by one server, from the event loop's thread. Offsets are dense from 1 within an epoch, as those of a log of the
 * broker are. `append`, `park` and `missed` are synchronous, because an event's offset is part of its text and nothing
 * may happen between reading what was missed and sending it; a store that is durable keeps the tail of its log in memory
 * for them, and may take its time for `claim`.
 */
export interface RecoveryStore {
  /** The life of the store: offsets of another one mean nothing here. 1 to 64 characters of [A-Za-z0-9_-]. */
  readonly epoch: string;
  /** The offset of the last event. */
  readonly head: number;
  /** Keeps an event; its offset is the next one. What is kept is bounded: the oldest goes first. */
  append(event: SentEvent): void;
  /** Keeps a socket for its client. `released` is called once, when it was claimed or is not kept any longer. */
  park(socket: ParkedSocket, released: () => void): void;
  /** Gives a socket that is kept to the client that knows its pid: once, and undefined from then on. */
  claim(namespace: string, pid: string): ParkedSocket | undefined | Promise<ParkedSocket | undefined>;
  /** The events after `after` that were for the socket, in order; undefined when one of them may be gone. */
  missed(socket: ParkedSocket, after: number): readonly SentEvent[] | undefined;
}
