import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { takePlainUpgrades } from "../handshake/plain-upgrades.ts";
import { MAX_HEADERS } from "../header/request-head.ts";

/** How often late requests are looked for, at most. */
const LONGEST_INTERVAL = 1_000;

/** What comes to the server of a WebSocketServer that has none given. */
export interface Visitors {
  /** A plain request for a WebSocket. Others come as the server's `upgrade`. */
  upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void;
  /** HTTP that asks for no upgrade. */
  plain(request: IncomingMessage, response: ServerResponse): void;
}

export interface OwnServer {
  readonly http: Server;
  /** Closes every connection that is no WebSocket. */
  dismiss(): void;
}

/**
 * An HTTP server for WebSockets alone. Who has not sent a whole request `headersTimeout` after connecting gets 408 and is
 * closed, however slowly the bytes drip.
 */
export function createOwnServer(headersTimeout: number, visitors: Visitors): OwnServer {
  const connectionsCheckingInterval = Math.min(LONGEST_INTERVAL, headersTimeout);
  const times = { headersTimeout, requestTimeout: headersTimeout, connectionsCheckingInterval };
  const http = createServer(times, (request, response) => visitors.plain(request, response));
  http.maxHeadersCount = MAX_HEADERS;
  const dismissNewcomers = takePlainUpgrades(http, headersTimeout, (request, socket, head) => {
    visitors.upgrade(request, socket, head);
  });
  return {
    http,
    dismiss: () => {
      dismissNewcomers();
      http.closeAllConnections();
    },
  };
}
