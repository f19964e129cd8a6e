import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { TransportFailure } from "../failures.ts";
import { parseQuery } from "./query.ts";

const NO_QUERY: ReadonlyMap<string, string> = new Map();

/** What is remembered of the request that opened a session: a copy, so that the request itself need not be kept. */
export interface HandshakeDetails {
  readonly headers: IncomingHttpHeaders;
  /** The request target, path and query. */
  readonly url: string;
  readonly query: ReadonlyMap<string, string>;
  /** The address of the peer of the connection, or what the option `clientAddress` said. */
  readonly address: string;
  readonly secure: boolean;
  readonly origin: string | undefined;
  /** `Date.now()` of the handshake, for people. */
  readonly issued: number;
  /** The request itself, where it is kept (`keepRequest`). */
  readonly request?: IncomingMessage | undefined;
}

/** Copies what a session keeps of its first request. There are as many as sessions, so it is kept small. */
export function handshakeDetails(request: IncomingMessage, address: string, keep: boolean = false): HandshakeDetails {
  return new Handshake(request, address, keep);
}

class Handshake implements HandshakeDetails {
  readonly headers: IncomingHttpHeaders;
  readonly url: string;
  readonly address: string;
  readonly secure: boolean;
  readonly issued: number = Date.now();
  readonly request: IncomingMessage | undefined;

  constructor(request: IncomingMessage, address: string, keep: boolean) {
    // Header names are the peer's text: the table has no prototype that a name could reach. It is taken away from a copy,
    // as `Object.create(null)` makes a hash table, four times as large.
    this.headers = Object.setPrototypeOf({ ...request.headers }, null);
    this.url = request.url ?? "";
    this.address = address;
    this.secure = isSecure(request);
    this.request = keep ? request : undefined;
  }

  get origin(): string | undefined {
    return this.headers.origin;
  }

  /** Read anew each time: it is asked for once or never. */
  get query(): ReadonlyMap<string, string> {
    const parsed = parseQuery(this.url);
    return parsed instanceof TransportFailure ? NO_QUERY : parsed.parameters;
  }
}

/** The address of the peer of the connection, empty when it is already gone. */
export function addressOf(request: IncomingMessage): string {
  return request.socket.remoteAddress ?? "";
}

/** The host and port that the client asked for. RFC 9113 §8.3.1: over HTTP/2 they are in `:authority`, not in `Host`. */
export function hostOf({ headers }: IncomingMessage): string | undefined {
  const authority = headers[":authority"];
  // HTTP/1.1 refuses a header of that name, and Node gives no pseudo-header twice.
  return typeof authority === "string" ? authority : headers.host;
}

/** True when the connection itself is TLS. */
export function isSecure(request: IncomingMessage): boolean {
  return "encrypted" in request.socket && request.socket.encrypted === true;
}
