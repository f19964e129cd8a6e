import type { IncomingMessage } from "node:http";
import { getHeapStatistics } from "node:v8";
import type { AllowRequest } from "../http/allow-request.ts";
import type { CorsOptions } from "../http/cors.ts";
import type { OriginPolicy } from "../http/origin.ts";
import { type CookieOptions, checkCookie } from "../http/session-cookie.ts";
import { TRANSPORT_NAMES, type TransportName } from "../transport.ts";
import { defaultLog } from "./default-log.ts";
import type { LogEntry } from "./refusal-log.ts";

/** How a listener admits clients and what it grants them. A value that makes no sense is refused with a TypeError. */
export interface ListenerOptions {
  /** The path served, with or without its last slash. Default "/socket.io/". */
  readonly path: string;
  /**
   * Transports that are served. Default all but `jsonp`. Stock clients can use `polling` and `websocket` alone, and
   * `jsonp` as a form of polling.
   */
  readonly transports: readonly TransportName[];
  /** Whether a session that was opened by another transport may move to a WebSocket. Default true. */
  readonly allowUpgrades: boolean;
  /** Serves stock clients of Engine.IO 3 as well (Socket.IO 1 and 2). Default false. */
  readonly allowEIO3: boolean;
  /**
   * Serves answers as scripts, for pages that can load nothing else. Default false: any page can read a script. Where
   * cookies tell users apart (`bind`, `cors.credentials`) a request with cookies is refused unless its page is our own.
   */
  readonly jsonp: boolean;
  /** Milliseconds an Everwire session may be without a downlink after one broke. Default 20 000. */
  readonly reattachTimeout: number;
  /** Milliseconds between two short polls, as a hint to the client. Default 1000; a quarter while messages flow. */
  readonly shortPollingInterval: number;
  /** Bytes after which an endless response is ended and asked for again. Default 1 MiB. */
  readonly streamRecycleBytes: number;
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
  /**
   * Names under which the server may be reached, such as "app.example.com", "localhost" or "[::1]:3000"; without a port
   * they stand for every port. A request for another name is refused with 403. Default undefined: any name. Set it for a
   * server that only its own machine or network is to reach: a foreign page can have its name point there, and is then,
   * for `origins` and for its visitor's browser, of the same origin.
   */
  readonly hosts: readonly string[] | undefined;
  /** How pages of the origins named in `origins` may read polling answers. */
  readonly cors: CorsOptions;
  /**
   * Bytes that may wait for one client. With more it is disconnected as too slow when it has read nothing for 5 s, or when
   * four times as many wait, so that a burst does not end a client that reads. Default 1 MiB, never less than 64 KiB; times
   * clients it is memory, within `totalQueueLimit`. See docs/slow-consumers.md.
   */
  readonly sendQueueLimit: number;
  /**
   * Bytes that may wait for all clients of the process together. With more, those with the most waiting are disconnected,
   * most first, until it is less; a client with less than 64 KiB never. A packet counts for each client it waits for.
   * Default a quarter of the heap limit (`--max-old-space-size`); higher, a flood can end the process.
   */
  readonly totalQueueLimit: number;
  /** Packets of one request body. Default 16 384. */
  readonly maxPacketsPerPayload: number;
  /** Milliseconds for a request body to arrive. Default 30 000. */
  readonly bodyTimeout: number;
  /**
   * Bytes a second that a request body must bring after its first 5 s, in the mean; a slower one is refused (408). Default
   * 500, a tenth of the slowest mobile networks. 0 for none: then who sends a byte now and then holds a request for
   * `bodyTimeout`.
   */
  readonly minBodyRate: number;
  /** Milliseconds `allowRequest` may take. Default 10 000. */
  readonly allowRequestTimeout: number;
  /**
   * Asked once per session, before it is opened. It returns or resolves to go on, and refuses with `false`, or by throwing
   * an `AdmissionRefusal` with words for the client; anything else that is thrown is a fault of the server (500). A hook
   * that takes a second parameter decides by calling it instead, `answer(message, allow)`, or with `true` or `false`: what
   * it returns without a value decides nothing. One that hides the parameter (`...args`, a default) counts as one without.
   * The signal aborts when the client leaves or time is up.
   */
  readonly allowRequest: AllowRequest | undefined;
  /**
   * Gives each session its id, at once or later. Default 120 random bits in 20 characters. Whoever has the id has the
   * session: it must be impossible to guess, and 16 to 64 characters of [A-Za-z0-9_-].
   */
  readonly generateId: ((request: IncomingMessage) => string | Promise<string>) | undefined;
  /**
   * Whether a session keeps the request that opened it, with all that middlewares attached to it. That is some kilobytes
   * for as long as the session lives. Default: only when there are middlewares (`use`), which is what one would need it for.
   */
  readonly keepRequest: boolean | undefined;
  /**
   * Sessions one address may have at a time. Default 0, no limit; people behind one router, or one proxy, share an address.
   * Here and below all IPv6 addresses of one /64 are one.
   */
  readonly maxConnectionsPerAddress: number;
  /** Sessions one address may open within a second. Default 0, no limit; after a restart everybody comes at once. */
  readonly maxHandshakesPerAddress: number;
  /**
   * The address a request counts for, and what `handshake.address` says. Default the peer of the connection. Behind a
   * proxy of yours read its header here; a header that anybody can send makes every limit void.
   */
  readonly clientAddress: ((request: IncomingMessage) => string) | undefined;
  /**
   * What every later request of a session must have in common with the one that opened it, such as the user its cookie
   * names; another answer is refused with 403. Default nothing: who holds the session id holds the session.
   */
  readonly bind: ((request: IncomingMessage) => string | undefined) | undefined;
  /**
   * A cookie with the session id in the answer that opens a session, for load balancers that keep a session on one server.
   * It proves nothing about its sender. Default false; true means the name `__Host-io` over TLS, else `io`.
   */
  readonly cookie: boolean | CookieOptions;
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
  transports: TRANSPORT_NAMES.filter((name) => name !== "jsonp"),
  allowUpgrades: true,
  allowEIO3: false,
  jsonp: false,
  reattachTimeout: 20_000,
  shortPollingInterval: 1000,
  streamRecycleBytes: 1024 * 1024,
  pingInterval: 25_000,
  pingTimeout: 20_000,
  upgradeTimeout: 10_000,
  maxPayload: 1_000_000,
  origins: "same-origin",
  hosts: undefined,
  cors: {},
  sendQueueLimit: 1024 * 1024,
  totalQueueLimit: Math.floor(getHeapStatistics().heap_size_limit / 4),
  maxPacketsPerPayload: 16_384,
  bodyTimeout: 30_000,
  minBodyRate: 500,
  allowRequestTimeout: 10_000,
  allowRequest: undefined,
  generateId: undefined,
  keepRequest: undefined,
  maxConnectionsPerAddress: 0,
  maxHandshakesPerAddress: 0,
  clientAddress: undefined,
  bind: undefined,
  cookie: false,
  log: defaultLog(),
};

const POSITIVE = [
  "pingInterval",
  "pingTimeout",
  "upgradeTimeout",
  "maxPayload",
  "sendQueueLimit",
  "totalQueueLimit",
  "maxPacketsPerPayload",
  "bodyTimeout",
  "allowRequestTimeout",
  "reattachTimeout",
  "shortPollingInterval",
  "streamRecycleBytes",
] as const;

const OPTIONAL_LIMITS = ["minBodyRate", "maxConnectionsPerAddress", "maxHandshakesPerAddress"] as const;
const SWITCHES = ["allowUpgrades", "allowEIO3", "jsonp"] as const;
const HOOKS = ["allowRequest", "clientAddress", "bind", "generateId"] as const;

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
  checkKinds(options);
  return Object.freeze({
    ...options,
    path: options.path.endsWith("/") ? options.path : `${options.path}/`,
    // One list says what is served, whichever option said so, in the order a client should try.
    transports: TRANSPORT_NAMES.filter(
      (name) => options.transports.includes(name) || (name === "jsonp" && options.jsonp),
    ),
    jsonp: options.jsonp || options.transports.includes("jsonp"),
  });
}

// The types allow nothing else, but configuration often comes from a file.
function checkKinds(options: ResolvedListenerOptions): void {
  const { transports, path, hosts } = options;
  if (typeof path !== "string" || !path.startsWith("/")) throw new TypeError("path must start with a slash");
  if (hosts !== undefined && (!Array.isArray(hosts) || hosts.length === 0)) {
    throw new TypeError("hosts must name at least one");
  }
  if (!Array.isArray(transports) || transports.length === 0) throw new TypeError("transports must name at least one");
  for (const name of transports) {
    if (!TRANSPORT_NAMES.includes(name)) throw new TypeError(`unknown transport ${JSON.stringify(name)}`);
  }
  for (const name of SWITCHES) {
    if (typeof options[name] !== "boolean") throw new TypeError(`${name} must be true or false`);
  }
  if (!["boolean", "undefined"].includes(typeof options.keepRequest)) {
    throw new TypeError("keepRequest must be true or false");
  }
  for (const name of HOOKS) {
    if (options[name] !== undefined && typeof options[name] !== "function") {
      throw new TypeError(`${name} must be a function`);
    }
  }
  for (const name of OPTIONAL_LIMITS) {
    if (!Number.isSafeInteger(options[name]) || options[name] < 0) {
      throw new TypeError(`${name} must be a whole number, 0 for no limit`);
    }
  }
  checkCookie(options.cookie);
}
