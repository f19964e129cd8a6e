import type { IncomingHttpHeaders } from "node:http";
import type { HandshakeDetails } from "@everwire/transport";

/** How a socket came to be: the HTTP request that opened its session, and what the client sent to connect. */
export interface Handshake {
  readonly headers: IncomingHttpHeaders;
  /** When the session was opened, as text for people. */
  readonly time: string;
  readonly address: string;
  /** Whether a browser opened the session from a page of some origin. */
  readonly xdomain: boolean;
  readonly secure: boolean;
  /** When the session was opened, in milliseconds since the Unix epoch. For people, never for timeouts. */
  readonly issued: number;
  readonly url: string;
  /** Query parameters of the request, without a prototype: the names are the client's. */
  readonly query: Readonly<Record<string, string>>;
  /** The client's CONNECT payload: unverified data. */
  readonly auth: Readonly<Record<string, unknown>>;
}

export function createHandshake(details: HandshakeDetails, auth: Readonly<Record<string, unknown>>): Handshake {
  // Without a prototype, which is taken away afterwards: `Object.create(null)` makes a hash table, three times as large.
  const query: Record<string, string> = Object.setPrototypeOf(Object.fromEntries(details.query), null);
  return {
    headers: details.headers,
    time: timeText(details.issued),
    address: details.address,
    xdomain: details.origin !== undefined,
    secure: details.secure,
    issued: details.issued,
    url: details.url,
    query,
    auth,
  };
}

let lastSecond = Number.NaN;
let lastText = "";

/** The text of a second is made once: when everybody comes back at the same time, all share it. */
function timeText(issued: number): string {
  const second = Math.floor(issued / 1000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastText = new Date(issued).toString();
  }
  return lastText;
}
