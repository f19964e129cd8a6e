import type { Server as HttpServer, IncomingMessage } from "node:http";
import { resolve } from "node:path";
import type { Duplex } from "node:stream";
import type { Log } from "@everwire/broker";
import { Server } from "@everwire/server";
import { refuseUpgrade } from "@everwire/websocket";
import { ChatService } from "./chat/chat-service.ts";
import { createHttpServer } from "./http-server.ts";
import { type ListenAddress, listen } from "./listen.ts";
import { logLine } from "./log-line.ts";
import { openStore } from "./open-store.ts";
import { Readiness } from "./readiness.ts";
import { createSiteHandler } from "./web/site-handler.ts";
import { readSite, type SiteManifest } from "./web/site-manifest.ts";

export interface ServiceOptions extends ListenAddress {
  /** Directory of the store; created when missing. */
  readonly data: string;
  /** Directory of the built site; it may be missing. */
  readonly site: string;
  /** Origins of pages that may connect; undefined: only pages that this server itself served. */
  readonly origin?: readonly string[];
  /** Takes log lines, each with its newline. */
  readonly log: (line: string) => void;
}

export interface Service {
  readonly address: ListenAddress;
  /** Absolute. */
  readonly data: string;
  readonly siteBuilt: boolean;
  readonly readiness: Readiness;
  /** Drains and stops; every call resolves when it is done. */
  close(): Promise<void>;
}

/**
 * Connections that are still open after this are cut off. By then every poll has been answered, and files are sent at
 * once: what remains is idle, such as the spare connections that browsers open and Node does not count as idle.
 */
const CLOSE_LIMIT = 1000;

/**
 * Starts what `everwire serve` serves: site, realtime endpoint and chat on one port, over one store. The port is bound
 * first, because a port in use is the likeliest failure and must leave no trace; until the store is open every request
 * is answered with 503. Rejects with a `StartError`.
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const data = resolve(options.data);
  const manifest = await readSite(options.site);
  const readiness = new Readiness();
  const http = createHttpServer();
  http.on("request", createSiteHandler(manifest, readiness));
  const address = await listen(http, options);
  try {
    const parts = await openParts(http, data, options);
    readiness.ready();
    return { address, data, siteBuilt: isBuilt(manifest), readiness, close: once(() => closeParts(parts, readiness)) };
  } catch (error) {
    http.close();
    http.closeAllConnections();
    throw error;
  }
}

interface Parts {
  readonly http: HttpServer;
  readonly log: Log;
  readonly server: Server;
  readonly chat: ChatService;
}

async function openParts(http: HttpServer, data: string, options: ServiceOptions): Promise<Parts> {
  const log = await openStore(data);
  try {
    const server = new Server(http, {
      log: (entry) => options.log(logLine(entry, new Date())),
      ...(options.origin === undefined ? {} : { origins: options.origin }),
    });
    // Node keeps a socket whose upgrade nobody takes; the listener takes those under its path.
    http.on("upgrade", (request: IncomingMessage, socket: Duplex) => {
      if (!server.engine.handles(request)) refuseUpgrade(socket, 404);
    });
    return { http, log, server, chat: await ChatService.open(server.of("/chat"), log) };
  } catch (error) {
    await log.close();
    throw error;
  }
}

/** Not ready first, so that balancers look elsewhere; the store last, so that what was accepted is written. */
async function closeParts({ http, log, server, chat }: Parts, readiness: Readiness): Promise<void> {
  readiness.drain();
  const cutOff = setTimeout(() => http.closeAllConnections(), CLOSE_LIMIT);
  chat.close();
  await server.close();
  clearTimeout(cutOff);
  await log.close();
}

function isBuilt(manifest: SiteManifest): boolean {
  return manifest.has("/");
}

/** The first call acts, the others wait for it. */
function once(action: () => Promise<void>): () => Promise<void> {
  let result: Promise<void> | undefined;
  return () => {
    result ??= action();
    return result;
  };
}
