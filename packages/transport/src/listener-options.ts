import type { IncomingMessage } from "node:http";
import type { CorsOptions } from "./cors.ts";
import { defaultLog } from "./default-log.ts";
import type { OriginPolicy } from "./origin.ts";
import type { LogEntry } from "./refusal-log.ts";
import type { TransportName } from "./transport.ts";

/** How a listener admits clients and what it grants them. A value that makes no sense is refused with a TypeError. */
export interface ListenerOptions {
  /** The path served, with or without its last slash. Default "/socket.io/". */
  readonly path: string;
  /** Transports a client may open a session with. Default both. */
  readonly transports: readonly TransportName[];
  /** Whether a polling session may move to a WebSocket. Default true. */
  readonly allowUpgrades: boolean;
  /** Milliseconds between a client's sign of life and the next ping. Default 25 000; short values cost batteries. */
  readonly pingInterval: number;
  /** Milliseconds a client has to answer a ping. Default 20 000; below a mobile network's stall it cuts live clients. */
  readonly pingTimeout: number;
  /** Milliseconds for an upgrade from its WebSocket's first byte to the switch. Default 10 000. */
  readonly upgradeTimeout: number;
  /** Bytes of one request body, WebSocket message, and (about) poll answer. Default 1 000 000. */
  readonly maxPayload: number;
  /**
   * Pages that may connect. Default the pages of this server itself (same scheme, host and port). Behind a proxy that
   * ends TLS, name the public origin here: the scheme of the connection is then not the one the page was loaded with.
   * "*" lets every page of the web connect as its visitor; never use it where cookies mean something.
   */
  readonly origins: OriginPolicy;
  /** How pages of the origins named in `origins` may read polling answers. */
  readonly cors: CorsOptions;
  /**
   * Bytes that may wait for one client. With more it is disconnected as too slow when it has read nothing for 5 s, or when
   * four times as many wait, so that a burst does not end a client that reads. Default 1 MiB; times clients it is memory.
   */
  readonly sendQueueLimit: number;
  /** Packets of one request body. Default 16 384. */
  readonly maxPacketsPerPayload: number;
  /** Milliseconds for a request body to arrive. Default 30 000. */
  readonly bodyTimeout: number;
  /** Milliseconds `allowRequest` may take. Default 10 000. */
  readonly allowRequestTimeout: number;
  /**
   * Asked once per session, before it is opened. Throw an `AdmissionRefusal` to refuse with words for the client;
   * anything else that is thrown is a fault of the server (500). The signal aborts when the client leaves or time is up.
   */
  readonly allowRequest: ((request: IncomingMessage, signal: AbortSignal) => void | Promise<void>) | undefined;
  /**
   * Hears of each refusal, at most ten a second per reason. Default: faults of the application go to stderr, and the first
   * refused origin does, with the option that would allow it.
   */
  readonly log: (entry: LogEntry) => void;
}

/** All options, resolved once. */
export type ResolvedListenerOptions = ListenerOptions;

const DEFAULTS: ResolvedListenerOptions = {
  path: "/socket.io/",
  transports: ["polling", "websocket"],
  allowUpgrades: true,
  pingInterval: 25_000,
  pingTimeout: 20_000,
  upgradeTimeout: 10_000,
  maxPayload: 1_000_000,
  origins: "same-origin",
  cors: {},
  sendQueueLimit: 1024 * 1024,
  maxPacketsPerPayload: 16_384,
  bodyTimeout: 30_000,
  allowRequestTimeout: 10_000,
  allowRequest: undefined,
  log: defaultLog(),
};

const POSITIVE = [
  "pingInterval",
  "pingTimeout",
  "upgradeTimeout",
  "maxPayload",
  "sendQueueLimit",
  "maxPacketsPerPayload",
  "bodyTimeout",
  "allowRequestTimeout",
] as const;

/** Fills in the defaults; an unknown name, or a number that would mean "no limit", is a TypeError. */
export function resolveListenerOptions(given: Partial<ListenerOptions> = {}): ResolvedListenerOptions {
  const known = Object.entries(given).filter(([, value]) => value !== undefined);
  for (const [name] of known) {
    if (!Object.hasOwn(DEFAULTS, name)) throw new TypeError(`unknown option ${JSON.stringify(name)}`);
  }
  const options: ResolvedListenerOptions = { ...DEFAULTS, ...Object.fromEntries(known) };
  for (const name of POSITIVE) {
    if (!Number.isSafeInteger(options[name]) || options[name] < 1) {
      throw new TypeError(`${name} must be a positive whole number`);
    }
  }
  checkNames(options);
  return Object.freeze({ ...options, path: options.path.endsWith("/") ? options.path : `${options.path}/` });
}

function checkNames({ transports, path }: ResolvedListenerOptions): void {
  if (!path.startsWith("/")) throw new TypeError("path must start with a slash");
  if (transports.length === 0) throw new TypeError("transports must name at least one");
  for (const name of transports) {
    // The type allows nothing else, but configuration often comes from a file.
    if (!["polling", "websocket"].includes(name)) throw new TypeError(`unknown transport ${JSON.stringify(name)}`);
  }
}
