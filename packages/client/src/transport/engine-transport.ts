import type { ClientFailureCode } from "../failures.ts";
import type { SessionPacket } from "../packet/session-packet.ts";
import type { PlatformResponse } from "./connector.ts";

/** The ways to carry a session; a stock server knows `polling` and `websocket` only (docs/protocol/session.md). */
export type TransportName = "websocket" | "streaming" | "sse" | "polling" | "short-polling" | "iframe" | "jsonp";

/** Called by one transport; never from inside a call of the transport's own methods, `send` and `open` included. */
export interface EngineTransportHandler {
  /** Packets can be sent, or the response has begun; a stream calls it again for all that comes. A polling transport is open with its first packet, the handshake. */
  open(): void;
  /** In the order of sending. */
  packet(packet: SessionPacket): void;
  /** `writable` has become true again. */
  drain(): void;
  /** The response is complete, and last: an Everwire session goes on with another request. */
  ended(): void;
  /** Exactly once and last, unless `close` was called here: then nothing is reported any more. */
  close(failure: ClientFailureCode, detail: string | undefined): void;
}

/** Carries engine packets in order, both ways, over one kind of connection. */
export interface EngineTransport {
  readonly name: TransportName;
  /** False before `open`, while a batch is under way, and when paused; always for one that only brings packets. */
  readonly writable: boolean;
  /** Starts; called once. */
  open(): void;
  /** Takes as many of the packets as fit into one batch, at least one, and says how many. Only when `writable`. */
  send(packets: readonly SessionPacket[], maxPayload: number): number;
  /** The id of a new session, from the handshake; transports that send requests need it. */
  adopt?(sid: string): void;
  /** Stops receiving and calls back when nothing is under way in either direction. Not every transport can. */
  pause?(done: () => void): void;
  /** Ends a pause. */
  resume?(): void;
  /** Sends one payload of an Everwire session; rejects as `Connector.request` does. Those without it send by `send`. */
  post?(body: string, signal: AbortSignal, last: boolean): Promise<PlatformResponse>;
  /** No request follows the present one, whose answer is still delivered: then comes `ended`. */
  finish?(): void;
  /** Ends it and forgets the handler, and does not tell the server that the client leaves. Default: `close`. */
  abandon?(): void;
  /** As `close`, and says once whether the server has answered that. Only those that carry both ways. */
  leave?(left: (arrived: boolean) => void): void;
  /** Tells the server politely and forgets the handler. */
  close(): void;
}

/** Takes over the downlink of an Everwire session (docs/protocol/session.md, "Attach"). */
export interface Attach {
  /** The last message that has arrived. */
  readonly ack: number;
  readonly turn: number;
}

/** `sid` is undefined for a new session. With `attach` the transport carries an Everwire session. */
export type TransportFactory = (
  name: TransportName,
  sid: string | undefined,
  handler: EngineTransportHandler,
  attach?: Attach,
) => EngineTransport;
