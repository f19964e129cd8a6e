import type { EventEmitter } from "node:events";
import type { IncomingMessage, RequestListener } from "node:http";
import { deadlines, type UpgradableServer, type Upgrade, upgradesOf } from "@everwire/websocket";
import { ignoreError } from "../http/delivery.ts";

/** The part of a listener that an HTTP server needs. */
export interface Attachable {
  handles(request: IncomingMessage): boolean;
  handleRequest: RequestListener;
  takeUpgrade(upgrade: Upgrade): void;
}

/** Header blocks that take longer are somebody holding connections, not a slow network. */
const HEADERS_TIMEOUT_MS = 10_000;
/** How long an upgrade that is not ours may wait for whoever else listens. */
const UNHANDLED_UPGRADE_MS = 1000;

/**
 * Puts a listener in front of an HTTP server: requests under its path go to it, all others to the listeners the server
 * had before. Returns what undoes it. Listeners added later see every request, so attach last.
 *
 * The server's `headersTimeout` is lowered to 10 s if it is higher. How often Node looks for such connections
 * (`connectionsCheckingInterval`, 30 s by default) can be set only where the server is created.
 */
export function attachTo(server: UpgradableServer, target: Attachable): () => void {
  // The servers of the two HTTPs have different types for the same events.
  const events: EventEmitter = server;
  // A request listener of a server has exactly this type (over HTTP/2 with Node's compatible request and response);
  // EventEmitter does not say so. Raw: one that was added with `once` stays one.
  const former = events.rawListeners("request") as RequestListener[];
  let attached = true;
  const onRequest: RequestListener = (request, response) => {
    if (attached && target.handles(request)) return target.handleRequest(request, response);
    for (const listener of former) listener.call(server, request, response);
    // Nobody else is there to answer, and a request that is never answered holds its connection.
    if (events.listenerCount("request") === 1 && former.length === 0) response.writeHead(404).end();
  };
  events.removeAllListeners("request");
  events.on("request", onRequest);
  const upgrades = upgradesOf(server, (upgrade) => {
    if (target.handles(upgrade.request)) target.takeUpgrade(upgrade);
    else leaveUpgrade(upgrade, events.listenerCount(isTunnel(upgrade) ? "connect" : "upgrade") === 1);
  });
  if ("headersTimeout" in server && (server.headersTimeout === 0 || server.headersTimeout > HEADERS_TIMEOUT_MS)) {
    server.headersTimeout = HEADERS_TIMEOUT_MS;
  }
  return () => {
    attached = false;
    upgrades.stop();
    // A listener attached after this one has it among its own former listeners, where it passes everything on.
    if (!events.listeners("request").includes(onRequest)) return;
    events.off("request", onRequest);
    for (const listener of former) events.on("request", listener);
  };
}

/** Whether it came as a stream of HTTP/2; whoever takes such streams also listens to `connect`. */
function isTunnel({ request }: Upgrade): boolean {
  return request.httpVersionMajor >= 2;
}

/** An upgrade for another path: refused at once when nobody else could take it, destroyed when nobody did. */
function leaveUpgrade(upgrade: Upgrade, alone: boolean): void {
  const { stream } = upgrade;
  stream.on("error", ignoreError);
  if (alone) {
    upgrade.refuse({ status: 404 });
    return;
  }
  const before = answered(upgrade);
  deadlines.set(UNHANDLED_UPGRADE_MS, () => {
    if (answered(upgrade) === before) stream.destroy();
  });
}

/** An earlier request on the same connection may have been answered: only what is written from now on is an answer. */
function answered({ stream }: Upgrade): unknown {
  if ("headersSent" in stream) return stream.headersSent;
  return "bytesWritten" in stream ? stream.bytesWritten : undefined;
}
