import { createServer, type Server } from "node:http";
import type { Duplex } from "node:stream";

/** A request line and headers must have arrived in this time, however slowly they drip. */
const HEADERS_TIMEOUT = 10_000;
/** A whole request, its body included. Long polls are not touched: their request is complete at once. */
const REQUEST_TIMEOUT = 30_000;
const KEEP_ALIVE_TIMEOUT = 10_000;
/** How often Node looks for late connections; its default of 30 s would make the above mean up to 40 s. */
const CHECK_INTERVAL = 1000;
const MAX_HEADER_BYTES = 16 * 1024;

/** Answers to what Node's parser refuses; whatever is not listed is a 400. */
const STATUS_LINES: ReadonlyMap<string, string> = new Map([
  ["ERR_HTTP_REQUEST_TIMEOUT", "408 Request Timeout"],
  ["HPE_CHUNK_EXTENSIONS_OVERFLOW", "413 Content Too Large"],
  ["HPE_HEADER_OVERFLOW", "431 Request Header Fields Too Large"],
]);

/** An HTTP server with Node's strict parser and deadlines short enough that slow or silent peers cost little. */
export function createHttpServer(): Server {
  const server = createServer({
    headersTimeout: HEADERS_TIMEOUT,
    requestTimeout: REQUEST_TIMEOUT,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT,
    connectionsCheckingInterval: CHECK_INTERVAL,
    maxHeaderSize: MAX_HEADER_BYTES,
    insecureHTTPParser: false,
    requireHostHeader: true,
    noDelay: true,
  });
  server.on("clientError", refuseBroken);
  return server;
}

/** Nothing is logged: broken requests are the peer's affair, and a flood of them must not become a flood of lines. */
function refuseBroken(error: Error & { readonly code?: string }, socket: Duplex): void {
  // With an answer half written, a second status line would become part of its body.
  if (!socket.writable || socket.writableLength > 0 || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const status = STATUS_LINES.get(error.code ?? "") ?? "400 Bad Request";
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}
