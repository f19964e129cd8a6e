import { PREFERENCE } from "../session/opening-order.ts";
import type { Parser } from "../session/parser.ts";
import type { TransportName } from "../transport/engine-transport.ts";
import type { NodeOptions } from "../transport/node-options.ts";

/** What the server's middlewares see as `socket.handshake.auth`. */
export type Auth = Readonly<Record<string, unknown>>;
/** A function is called before every connection attempt, so it can give a fresh token. */
export type AuthSource = Auth | ((send: (auth: Auth) => void) => void);

/** Options of `io()` and of a Manager. Times are milliseconds, sizes are bytes. */
export interface ClientOptions extends NodeOptions {
  /** Path under which the server listens, default `/socket.io/`. Another path than the server's answers 404. */
  path?: string;
  /** Ends the path with a slash, default true. Without one a server with `addTrailingSlash: false` is reached. */
  addTrailingSlash?: boolean;
  /**
   * The transports that may be used: in the order of trying, and of preference once the session is open. Without
   * "polling" the client cannot connect through proxies that do not let WebSockets pass. A server that is not Everwire
   * knows "polling" and "websocket" alone. `["polling", "websocket"]` opens by polling and then moves to the WebSocket.
   *
   * Default: "websocket", "streaming", "sse", "polling", "short-polling" are preferred in this order; what worked last
   * time with this server is tried first, then "websocket" and "polling". "iframe" and "jsonp" must be named.
   */
  transports?: readonly (TransportName | (string & {}))[];
  /** Has no effect: when one transport does not open, the next is always tried. */
  tryAllTransports?: boolean;
  /** Look for a better transport while the session runs over a lesser one, default true. */
  upgrade?: boolean;
  /** Try first what worked last time with this server, default true. */
  rememberUpgrade?: boolean;
  /**
   * Milliseconds after which polling opens beside a transport that has not opened, default 500; the first that is open
   * carries the session. Too low a value opens two connections where one would do. Without effect with `upgrade: false`.
   */
  raceDelay?: number;
  /** Query parameters of every request, default those of the address. They appear in logs: tokens belong into `auth`. */
  query?: Readonly<Record<string, string>>;
  /** Credentials sent when a namespace is joined, default none. */
  auth?: AuthSource;
  /** Connect again after a connection is lost or could not be made, default true. */
  reconnection?: boolean;
  /** Attempts before `reconnect_failed`, default Infinity. */
  reconnectionAttempts?: number;
  /** Bound of the delay before the first attempt, default 1000; it doubles with each further one. */
  reconnectionDelay?: number;
  /** Bound of all delays, default 5000. Too low a value makes many clients a load on a server that just came back. */
  reconnectionDelayMax?: number;
  /** Default full jitter: any delay from 0 to the bound. A number from 0 to 1 means the bound ± that share of it. */
  randomizationFactor?: number;
  /** How long a connection may take to open, all transports together, and how long a POST may take, default 20 000. */
  timeout?: number;
  /** How long one transport may take to open before the next is tried, and how long a move to another may take, default 5000. */
  transportTimeout?: number;
  /** Connect as soon as the socket is made, default true. */
  autoConnect?: boolean;
  /** A connection of its own, even if there is one to the same server, default false. */
  forceNew?: boolean;
  /** Share one connection between the namespaces of a server, default true. */
  multiplex?: boolean;
  /** Request headers, default none. Browsers cannot send them with a WebSocket and may ask the server about them. */
  extraHeaders?: Readonly<Record<string, string>>;
  /** Send cookies to another origin, and keep them in Node, default false. */
  withCredentials?: boolean;
  /** Options of single transports, over those given here: `extraHeaders`, `withCredentials`, `protocols`, `query`. */
  transportOptions?: Readonly<Record<string, TransportOptions>>;
  /** Subprotocols offered with a WebSocket, default none. */
  protocols?: string | readonly string[];
  /** A parameter that no two requests share, for caches that keep what they must not, default false. */
  timestampRequests?: boolean;
  /** Its name, default `t`. */
  timestampParam?: string;
  /** Bound of a POST, default that of `timeout`. */
  requestTimeout?: number;
  /** Leave the server as soon as the page asks whether it may be closed, default false: when it is closed. */
  closeOnBeforeunload?: boolean;
  /** Time in which every acknowledgement must come unless `timeout()` says otherwise, default 0: no bound. */
  ackTimeout?: number;
  /**
   * Repeats an event that was not acknowledged, so many times; default 0. Events then leave one at a time. Set
   * `ackTimeout` as well, else one is repeated only after a lost connection. An Everwire server handles each once.
   */
  retries?: number;
  /** Another encoding of Socket.IO's packets, `socket.io-msgpack-parser` for one. The server must have the same. */
  parser?: Parser;
  /**
   * Bytes that may wait to be sent, default 16 MiB, per connection and again per disconnected socket. Beyond it `emit`
   * throws a ClientError "buffer_full" instead of filling the memory.
   */
  maxBufferedBytes?: number;
  /** Bytes of one message or polling response, default 16 MiB; a server that sends more is disconnected. */
  maxMessageBytes?: number;

  // Options of socket.io-client that are taken and have no effect.

  /** Binary messages of a WebSocket are always sent as such. */
  forceBase64?: boolean;
  /** Timers are looked up when they are set, so those of a fake clock are used. */
  useNativeTimers?: boolean;
}

/** What `transportOptions` can say of one transport. */
export interface TransportOptions {
  readonly extraHeaders?: Readonly<Record<string, string>>;
  readonly withCredentials?: boolean;
  readonly protocols?: string | readonly string[];
  readonly query?: Readonly<Record<string, string>>;
}

/** Complete; nothing further in knows a default. */
export interface ResolvedOptions extends NodeOptions {
  readonly path: string;
  readonly transports: readonly string[];
  /** The application has named the transports: their order is the order of trying, and nothing is remembered. */
  readonly fixed: boolean;
  readonly upgrade: boolean;
  readonly rememberUpgrade: boolean;
  readonly raceDelay: number;
  readonly query: Readonly<Record<string, string>>;
  readonly auth: AuthSource | undefined;
  readonly reconnection: boolean;
  readonly reconnectionAttempts: number;
  readonly reconnectionDelay: number;
  readonly reconnectionDelayMax: number;
  readonly randomizationFactor: number | undefined;
  readonly timeout: number;
  readonly transportTimeout: number;
  readonly autoConnect: boolean;
  readonly extraHeaders: Readonly<Record<string, string>>;
  readonly withCredentials: boolean;
  readonly transportOptions: Readonly<Record<string, TransportOptions>>;
  readonly protocols: string | readonly string[];
  readonly timestampRequests: boolean;
  readonly timestampParam: string;
  readonly requestTimeout: number;
  readonly closeOnBeforeunload: boolean;
  readonly ackTimeout: number;
  readonly retries: number;
  readonly parser: Parser | undefined;
  readonly maxBufferedBytes: number;
  readonly maxMessageBytes: number;
}

const DEFAULTS: Omit<ResolvedOptions, "fixed"> = {
  path: "/socket.io/",
  transports: PREFERENCE,
  upgrade: true,
  rememberUpgrade: true,
  raceDelay: 500,
  query: {},
  auth: undefined,
  reconnection: true,
  reconnectionAttempts: Number.POSITIVE_INFINITY,
  reconnectionDelay: 1_000,
  reconnectionDelayMax: 5_000,
  randomizationFactor: undefined,
  timeout: 20_000,
  transportTimeout: 5_000,
  autoConnect: true,
  extraHeaders: {},
  withCredentials: false,
  transportOptions: {},
  protocols: [],
  timestampRequests: false,
  timestampParam: "t",
  requestTimeout: 0,
  closeOnBeforeunload: false,
  ackTimeout: 0,
  retries: 0,
  parser: undefined,
  maxBufferedBytes: 16 * 1024 * 1024,
  maxMessageBytes: 16 * 1024 * 1024,
};

export function resolveOptions(options: ClientOptions): ResolvedOptions {
  // An option that is given as undefined is one that is not given.
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const resolved: ResolvedOptions = { ...DEFAULTS, ...given, fixed: options.transports !== undefined };
  if (resolved.transports.length === 0) throw new TypeError("transports must name at least one transport");
  const path = resolved.path.replace(/^\/+|\/+$/g, "");
  const end = path === "" || options.addTrailingSlash === false ? "" : "/";
  return { ...resolved, path: `/${path}${end}`, requestTimeout: resolved.requestTimeout || resolved.timeout };
}
