import type { BrowserRequest } from "./browser-request.ts";
import type { Tally } from "./tally.ts";
import type { TransportName } from "./transport-form.ts";

/** What every client of a run is made of. */
export interface ClientSetup {
  readonly port: number;
  readonly transport: TransportName;
  readonly request: BrowserRequest;
  readonly tally: Tally;
  /** A client cannot go on: that ends the run. */
  readonly lost: (error: Error) => void;
}

/** What comes for a client: the text of a Socket.IO packet. */
export type Receive = (packet: string) => void;

/** One session, as little of it as a load needs. */
export interface EngineClient {
  /** Set before anything is awaited. */
  receive: Receive;
  /** Sends the text of a Socket.IO packet. */
  send(packet: string): void;
  /** Does what a client that falls silent has left to do, and ends connections that only sending needs. */
  settle(): void;
  /** Ends all connections. */
  reset(): void;
}

/** The engine's open packet. */
export function sessionIdOf(open: string): string {
  const { sid } = JSON.parse(open.slice(1));
  if (typeof sid !== "string") throw new Error(`no session: ${open}`);
  return sid;
}

export function unexpected(packet: string): Error {
  return new Error(`unexpected packet ${packet.slice(0, 80)}`);
}
