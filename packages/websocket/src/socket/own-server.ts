import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

/** As many headers as a browser behind several proxies sends, many times over. */
const MAX_HEADERS = 200;

/** How often late requests are looked for, at most. */
const LONGEST_INTERVAL = 1_000;

/**
 * The HTTP server of a WebSocketServer that has none given. Who has not sent a whole request `headersTimeout` after
 * connecting gets 408 and is closed, at most a second later, however slowly the bytes drip.
 */
export function createOwnServer(
  headersTimeout: number,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  const connectionsCheckingInterval = Math.min(LONGEST_INTERVAL, headersTimeout);
  const server = createServer({ headersTimeout, requestTimeout: headersTimeout, connectionsCheckingInterval }, answer);
  server.maxHeadersCount = MAX_HEADERS;
  return server;
}
