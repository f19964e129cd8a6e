import type { IncomingHttpHeaders, IncomingMessage } from "node:http";

/** What is remembered of the request that opened a session; a copy, so that the request itself can be collected. */
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
}

/** Copies what a session keeps of its first request. */
export function handshakeDetails(
  request: IncomingMessage,
  query: ReadonlyMap<string, string>,
  address: string,
): HandshakeDetails {
  // Header names are the peer's text: the table has no prototype that a name could reach.
  const headers: IncomingHttpHeaders = Object.assign(Object.create(null), request.headers);
  return {
    headers,
    url: request.url ?? "",
    query,
    address,
    secure: isSecure(request),
    origin: request.headers.origin,
    issued: Date.now(),
  };
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
