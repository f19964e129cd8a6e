import type { EngineTransport, TransportName } from "../transport/engine-transport.ts";

/** One transport that brings the session's packets, now, soon or until a moment ago. */
export interface Carrier {
  readonly transport: EngineTransport;
  readonly turn: number;
  readonly since: number;
  /** It has ended or broken off, and what follows it is not decided. */
  over: boolean;
  /** It has brought more than padding. */
  useful: boolean;
  /** The server's hint when to ask again, ms. */
  hint: number | undefined;
  /** Number of the next message it brings, once the server has said so. */
  next: number | undefined;
  /** Number of the next message sent by it; undefined before the first. */
  sent: number | undefined;
}

export function carrierOf(transport: EngineTransport, turn: number, since: number): Carrier {
  return { transport, turn, since, over: false, useful: false, hint: undefined, next: undefined, sent: undefined };
}

/** One answer brings one batch, and the next request follows it. */
export function polls({ transport: { name } }: Carrier): boolean {
  return name === "polling" || name === "short-polling" || name === "jsonp";
}

/** One response that is to stay open, and that a proxy may keep back. */
export function isStream(name: TransportName | undefined): boolean {
  return name === "streaming" || name === "sse" || name === "iframe";
}

/** Ends it without telling the server that the client leaves. */
export function abandon(transport: EngineTransport): void {
  if (transport.abandon === undefined) transport.close();
  else transport.abandon();
}
