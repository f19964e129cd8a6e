import type { EnginePacket } from "@everwire/protocol";
import type { ClientFailureCode } from "./failures.ts";

export type TransportName = "polling" | "websocket";

/** Called by one transport; never from inside a call of the transport's own methods, `send` and `open` included. */
export interface EngineTransportHandler {
  /** Packets can be sent. A polling transport is open with its first packet, the handshake. */
  open(): void;
  /** In the order of sending. */
  packet(packet: EnginePacket): void;
  /** `writable` has become true again. */
  drain(): void;
  /** Exactly once and last, unless `close` was called here: then nothing is reported any more. */
  close(failure: ClientFailureCode, detail: string | undefined): void;
}

/** Carries engine packets in order, both ways, over one kind of connection. */
export interface EngineTransport {
  readonly name: TransportName;
  /** False before `open`, while a batch is under way, and when paused. */
  readonly writable: boolean;
  /** Starts; called once. */
  open(): void;
  /** Takes as many of the packets as fit into one batch, at least one, and says how many. Only when `writable`. */
  send(packets: readonly EnginePacket[], maxPayload: number): number;
  /** The id of a new session, from the handshake; transports that send requests need it. */
  adopt?(sid: string): void;
  /** Stops receiving and calls back when nothing is under way in either direction. Not every transport can. */
  pause?(done: () => void): void;
  /** Ends a pause. */
  resume?(): void;
  /** Tells the server politely and forgets the handler. */
  close(): void;
}

/** `sid` is undefined for a new session. */
export type TransportFactory = (
  name: TransportName,
  sid: string | undefined,
  handler: EngineTransportHandler,
) => EngineTransport;
