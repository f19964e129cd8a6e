import { PREFERENCE } from "../session/transport-choice.ts";
import type { TransportName } from "../transport/engine-transport.ts";

/** What the server's middlewares see as `socket.handshake.auth`. */
export type Auth = Readonly<Record<string, unknown>>;
/** A function is called before every connection attempt, so it can give a fresh token. */
export type AuthSource = Auth | ((send: (auth: Auth) => void) => void);

/** Options of `io()` and of a Manager. Times are milliseconds, sizes are bytes. */
export interface ClientOptions {
  /** Path under which the server listens, default `/socket.io/`. Another path than the server's answers 404. */
  path?: string;
  /**
   * The transports that may be used: in the order of trying, and of preference once the session is open. Without
   * "polling" the client cannot connect through proxies that do not let WebSockets pass. A server that is not Everwire
   * knows "polling" and "websocket" alone. `["polling", "websocket"]` opens by polling and then moves to the WebSocket.
   *
   * Default: "websocket", "streaming", "sse", "polling", "short-polling" are preferred in this order; what worked last
   * time with this server is tried first, then "websocket" and "polling". "iframe" and "jsonp" must be named.
   */
  transports?: readonly TransportName[];
  /** Look for a better transport while the session runs over a lesser one, default true. */
  upgrade?: boolean;
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
  /** Time in which every acknowledgement must come unless `timeout()` says otherwise, default 0: no bound. */
  ackTimeout?: number;
  /**
   * Bytes that may wait to be sent, default 16 MiB, per connection and again per disconnected socket. Beyond it `emit`
   * throws a ClientError "buffer_full" instead of filling the memory.
   */
  maxBufferedBytes?: number;
  /** Bytes of one message or polling response, default 16 MiB; a server that sends more is disconnected. */
  maxMessageBytes?: number;
}

/** Complete; nothing further in knows a default. */
export interface ResolvedOptions {
  readonly path: string;
  readonly transports: readonly TransportName[];
  /** The application has named the transports: their order is the order of trying, and nothing is remembered. */
  readonly fixed: boolean;
  readonly upgrade: boolean;
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
  readonly ackTimeout: number;
  readonly maxBufferedBytes: number;
  readonly maxMessageBytes: number;
}

const DEFAULTS: Omit<ResolvedOptions, "fixed"> = {
  path: "/socket.io/",
  transports: PREFERENCE,
  upgrade: true,
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
  ackTimeout: 0,
  maxBufferedBytes: 16 * 1024 * 1024,
  maxMessageBytes: 16 * 1024 * 1024,
};

export function resolveOptions(options: ClientOptions): ResolvedOptions {
  // An option that is given as undefined is one that is not given.
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const resolved: ResolvedOptions = { ...DEFAULTS, ...given, fixed: options.transports !== undefined };
  if (resolved.transports.length === 0) throw new TypeError("transports must name at least one transport");
  return Object.freeze({ ...resolved, path: `/${resolved.path.replace(/^\/+|\/+$/g, "")}/`.replace("//", "/") });
}
