import type { Server as HttpServer, IncomingMessage, RequestListener } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { Duplex } from "node:stream";
import { deadlines, refuseUpgrade } from "@everwire/websocket";

/** The part of a listener that an HTTP server needs. */
export interface Attachable {
  handles(request: IncomingMessage): boolean;
  handleRequest: RequestListener;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** Header blocks that take longer are somebody holding connections, not a slow network. */
const HEADERS_TIMEOUT_MS = 10_000;
/** How long an upgrade that is not ours may wait for whoever else listens. */
const UNHANDLED_UPGRADE_MS = 1000;

type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/**
 * Puts a listener in front of an HTTP server: requests under its path go to it, all others to the listeners the server
 * had before. Returns what undoes it. Listeners added later see every request, so attach last.
 *
 * The server's `headersTimeout` is lowered to 10 s if it is higher. How often Node looks for such connections
 * (`connectionsCheckingInterval`, 30 s by default) can be set only where the server is created.
 */
export function attachTo(server: HttpServer | HttpsServer, target: Attachable): () => void {
  // A request listener of an http server has exactly this type; EventEmitter does not say so. Raw: one that was added with
  // `once` stays one.
  const former = server.rawListeners("request") as RequestListener[];
  let attached = true;
  const onRequest: RequestListener = (request, response) => {
    if (attached && target.handles(request)) return target.handleRequest(request, response);
    for (const listener of former) listener.call(server, request, response);
    // Nobody else is there to answer, and a request that is never answered holds its connection.
    if (server.listenerCount("request") === 1 && former.length === 0) response.writeHead(404).end();
  };
  const onUpgrade: UpgradeListener = (request, socket, head) => {
    if (target.handles(request)) return target.handleUpgrade(request, socket, head);
    leaveUpgrade(socket, server.listenerCount("upgrade") === 1);
  };
  server.removeAllListeners("request");
  server.on("request", onRequest).on("upgrade", onUpgrade);
  if (server.headersTimeout === 0 || server.headersTimeout > HEADERS_TIMEOUT_MS) {
    server.headersTimeout = HEADERS_TIMEOUT_MS;
  }
  return () => {
    attached = false;
    server.off("upgrade", onUpgrade);
    // A listener attached after this one has it among its own former listeners, where it passes everything on.
    if (!server.listeners("request").includes(onRequest)) return;
    server.off("request", onRequest);
    for (const listener of former) server.on("request", listener);
  };
}

/** An upgrade for another path: refused at once when nobody else could take it, destroyed when nobody did. */
function leaveUpgrade(socket: Duplex, alone: boolean): void {
  socket.on("error", () => {});
  if (alone) {
    refuseUpgrade(socket, 404);
    return;
  }
  const before = bytesWritten(socket);
  deadlines.set(UNHANDLED_UPGRADE_MS, () => {
    if (bytesWritten(socket) === before) socket.destroy();
  });
}

/** An earlier request on the same connection may have been answered: only what is written from now on is an answer. */
function bytesWritten(socket: Duplex): unknown {
  return "bytesWritten" in socket ? socket.bytesWritten : undefined;
}
