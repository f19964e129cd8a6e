import { createServer, type Server as HttpServer } from "node:http";
import type {
  AckValue,
  BroadcastEventMap,
  DefaultEventMap,
  EventArguments,
  EventArgumentsWithoutAck,
  EventMap,
  EventNames,
  EventNamesWithAck,
} from "@everwire/protocol";
import type { Session } from "@everwire/transport";
import type { Renewal } from "../authentication/credentials.ts";
import { BroadcastOperator } from "../broadcast/broadcast.ts";
import { ClientFiles } from "../engine/client-files.ts";
import { Engine } from "../engine/engine.ts";
import type { EventHandler } from "../event/event-face.ts";
import { call, type Listener, ListenerMap } from "../event/listener-map.ts";
import type { Middleware } from "../event/middleware.ts";
import type { DefaultSocketData } from "../event/socket-data.ts";
import { ServerError } from "../failures.ts";
import type { RateCounters } from "../limits/rate-limits.ts";
import { eventKey, type ServerSideEvent } from "../namespace/listening-namespace.ts";
import { Namespace, type NamespaceServer } from "../namespace/namespace.ts";
import { type NamespaceFilter, NamespaceTable } from "../namespace/namespace-table.ts";
import type { ParentNamespace } from "../namespace/parent-namespace.ts";
import { createRuntime, type Runtime } from "../runtime/runtime.ts";
import {
  type HandlerFailure,
  type ResolvedServerOptions,
  resolveServerOptions,
  type ServerOptions,
} from "../runtime/server-options.ts";
import type { Socket } from "../socket/socket.ts";
import { ClientConnection, type FindNamespace } from "./client-connection.ts";
import { type DrainOptions, drainTime, spread } from "./drain.ts";
import { type AnyHttpServer, type OpenConnections, openConnections } from "./open-connections.ts";

// Milliseconds for the last answers to get out. Connections that are still open then are cut off: browsers keep spare ones
// on which nothing was ever asked, and Node does not count those as idle.
const CLOSE_LIMIT = 2000;

// Milliseconds that a connection is kept after its last answer while the server closes.
const IDLE_SWEEP = 50;

// A server of our own does not wait for slow or silent peers: 10 s for headers, 30 s for a request or as long as the body of
// one may take, looked at every second. Node's defaults are 60 s, 300 s and a look every 30 s. A poll that waits is complete.
const HEADERS_TIMEOUT = 10_000;
const REQUEST_TIMEOUT = 30_000;
const CHECK_INTERVAL = 1000;

const DEFAULT_PATH = "/socket.io";

/** A port may be a text, as it is in the environment. */
type Target = AnyHttpServer | number | string;

/**
 * A Socket.IO server: namespaces of sockets above one listener.
 *
 * The server stands for its main namespace "/": `use`, `on("connection")`, `emit`, `to` and the rest of the broadcast
 * vocabulary mean that one.
 */
export class Server<
  ListenEvents extends EventMap = DefaultEventMap,
  EmitEvents extends EventMap = ListenEvents,
  ServerSideEvents extends EventMap = DefaultEventMap,
  SocketData = DefaultSocketData,
> extends BroadcastOperator<EmitEvents, SocketData> {
  /** The main namespace. */
  readonly sockets: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;
  /** Takes HTTP requests and upgrades, and owns the sessions. */
  readonly engine: Engine;
  readonly #runtime: Runtime;
  readonly #listeners: ListenerMap;
  readonly #namespaces: NamespaceTable;
  #http: AnyHttpServer | undefined;
  #open: OpenConnections | undefined;
  #closing: Promise<void> | undefined;
  #draining: Promise<void> | undefined;

  /** With a server or a port it attaches or listens at once. Throws when an option is unknown or out of range. */
  constructor(target?: Target | Partial<ServerOptions>, options?: Partial<ServerOptions>) {
    const listeners = new ListenerMap();
    const runtime = createRuntime(resolveServerOptions(isTarget(target) ? options : (target ?? options)), listeners);
    const place = { server: (): NamespaceServer => this };
    const main = new Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>("/", runtime, place);
    super(main.audience, runtime);
    this.sockets = main;
    this.#listeners = listeners;
    this.#runtime = runtime;
    this.#namespaces = new NamespaceTable(untyped(main), runtime, place.server);
    const find: FindNamespace = (name, auth, done) => this.#namespaces.find(name, auth, done);
    this.engine = new Engine(
      (session) => new ClientConnection(session, runtime, find),
      runtime.options.listener,
      (error) => runtime.report(error, "/"),
      clientFiles(runtime.options),
    );
    if (isTarget(target)) this.attach(target);
  }

  /** Serves the clients of an HTTP, HTTPS or HTTP/2 server, or of a new one that listens on a port. `close` closes it too. */
  attach(target: Target, options: Readonly<Record<string, never>> = {}): this {
    if (this.#closing !== undefined) throw new ServerError("server_closed");
    if (Object.keys(options).length > 0) throw new ServerError("invalid_option", "options are the constructor's");
    this.#http = typeof target === "object" ? target : this.#createHttp().listen(portOf(target));
    this.#open = openConnections(this.#http);
    this.engine.attach(this.#http);
    return this;
  }

  /** The same as `attach`. */
  listen(target: Target, options?: Readonly<Record<string, never>>): this {
    return this.attach(target, options);
  }

  /** The HTTP server that was attached last. */
  get httpServer(): AnyHttpServer | undefined {
    return this.#http;
  }

  /** Every namespace by its name, those that parents made among them: for monitoring tools, which know it by this name. */
  get _nsps(): ReadonlyMap<string, Namespace> {
    return this.#namespaces.names;
  }

  /** The path under which clients find the server, without its last slash. */
  path(): string {
    return (this.#runtime.options.listener.path ?? DEFAULT_PATH).replace(/\/$/, "");
  }

  /** How often the option `rateLimits` has refused something; undefined without it. */
  get rateCounters(): Readonly<RateCounters> | undefined {
    return this.#runtime.limiter?.counters;
  }

  /** Whether the client's files are served. */
  serveClient(): boolean {
    return this.#runtime.options.serveClient !== false;
  }

  /** Milliseconds that a session may be without a namespace. */
  connectTimeout(): number {
    return this.#runtime.options.connectTimeout;
  }

  /**
   * The namespace of this name; it exists from the first call on, and clients can connect to it from then on. With an
   * expression or a function it is the parent of the namespaces whose names that takes: each is made when the first client
   * asks for it. `listener` is one for `connection`. Throws `invalid_namespace`.
   */
  of<
    Listen extends EventMap = ListenEvents,
    Emit extends EventMap = EmitEvents,
    ServerSide extends EventMap = ServerSideEvents,
    Data = SocketData,
  >(
    matcher: RegExp | NamespaceFilter,
    listener?: (socket: Socket<Listen, Emit, ServerSide, Data>) => unknown,
  ): ParentNamespace<Listen, Emit, ServerSide, Data>;
  of<
    Listen extends EventMap = ListenEvents,
    Emit extends EventMap = EmitEvents,
    ServerSide extends EventMap = ServerSideEvents,
    Data = SocketData,
  >(
    name: string,
    listener?: (socket: Socket<Listen, Emit, ServerSide, Data>) => unknown,
  ): Namespace<Listen, Emit, ServerSide, Data>;
  of(name: string | RegExp | NamespaceFilter, listener?: (socket: Socket) => unknown): unknown {
    const namespace = typeof name === "string" ? this.#namespaces.of(name) : this.#namespaces.parentOf(name);
    // Event maps exist only at compile time; the caller says which ones this namespace speaks.
    if (listener !== undefined) namespace.on("connection", listener);
    return namespace;
  }

  /** Says how the main namespace's sockets renew their credentials; see `Namespace.renewal`. */
  renewal(judge: Renewal<Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>): this {
    this.sockets.renewal(judge);
    return this;
  }

  /** Adds a connect middleware to the main namespace. */
  use(middleware: Middleware<Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>): this {
    this.sockets.use(middleware);
    return this;
  }

  /**
   * `connection`: a socket connected to the main namespace. `new_namespace`: another namespace was made. `handler_error`:
   * application code threw or rejected, in any namespace; the socket it served stays connected. Any other event is what
   * another server of the cluster told with `serverSideEmit`.
   */
  on(event: "handler_error", listener: (failure: HandlerFailure) => unknown): this;
  on(event: "new_namespace", listener: (namespace: Namespace) => unknown): this;
  on<Name extends EventNames<ServerSideEvents>>(
    event: Name extends "handler_error" ? never : ServerSideEvent<Name>,
    listener: EventHandler<ServerSideEvents, Name>,
  ): this;
  on(
    event: "connection" | "connect",
    listener: (socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>) => unknown,
  ): this;
  on(event: string, listener: Listener): this {
    this.#events(event).on(eventKey(event), listener);
    return this;
  }

  once(event: "handler_error", listener: (failure: HandlerFailure) => unknown): this;
  once(event: "new_namespace", listener: (namespace: Namespace) => unknown): this;
  once<Name extends EventNames<ServerSideEvents>>(
    event: Name extends "handler_error" ? never : ServerSideEvent<Name>,
    listener: EventHandler<ServerSideEvents, Name>,
  ): this;
  once(
    event: "connection" | "connect",
    listener: (socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>) => unknown,
  ): this;
  once(event: string, listener: Listener): this {
    this.#events(event).once(eventKey(event), listener);
    return this;
  }

  off(event: string, listener?: Listener): this {
    this.#events(event).off(eventKey(event), listener);
    return this;
  }

  /** The same as `off` with a listener, under the name that users of Node's emitters know. */
  removeListener(event: string, listener: Listener): this {
    return this.off(event, listener);
  }

  listeners(event: string): Listener[] {
    return this.#events(event).listeners(eventKey(event));
  }

  listenerCount(event: string): number {
    return this.listeners(event).length;
  }

  /**
   * Emits an event to the other servers of the cluster, where the listeners of `on` get it. A callback as last argument
   * gets one answer of each. A server that stands alone is answered at once with an empty list. Throws `reserved_event`.
   */
  serverSideEmit<Name extends EventNames<ServerSideEvents>>(
    event: Name,
    ...args: EventArguments<BroadcastEventMap<ServerSideEvents>, Name>
  ): true {
    return this.sockets.serverSideEmit(event, ...args);
  }

  /** The same, with a promise of the answers. */
  serverSideEmitWithAck<Name extends EventNamesWithAck<ServerSideEvents>>(
    event: Name,
    ...args: EventArgumentsWithoutAck<ServerSideEvents, Name>
  ): Promise<AckValue<ServerSideEvents, Name>[]> {
    return this.sockets.serverSideEmitWithAck(event, ...args);
  }

  /**
   * Empties the server before it is replaced: from now on nobody new is admitted (503 with `Retry-After`), and those who are
   * here are sent away one after another, so that they do not all come back to the other servers at once. Resolves when
   * everybody has gone; a second call waits for the first. The server still has to be closed. Throws `invalid_option`.
   */
  drain(options: DrainOptions = {}): Promise<void> {
    const over = drainTime(options);
    this.#draining ??= this.#drain(over, options.reason);
    return this.#draining;
  }

  /**
   * Disconnects every socket with "server shutting down", ends the sessions and closes the attached HTTP server.
   * Resolves when all of that is done; a second call waits for the first. `done` is for applications that were written
   * for callbacks, and is called then.
   */
  async close(done?: () => unknown): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
    if (done !== undefined) call(done, [], (error) => this.#runtime.report(error, "/"));
  }

  #createHttp(): HttpServer {
    const { bodyTimeout = 0 } = this.#runtime.options.listener;
    const requestTimeout = Math.max(REQUEST_TIMEOUT, bodyTimeout + CHECK_INTERVAL);
    const times = { headersTimeout: HEADERS_TIMEOUT, requestTimeout, connectionsCheckingInterval: CHECK_INTERVAL };
    return createServer(times, answerNotFound);
  }

  #events(event: string): ListenerMap {
    return event === "handler_error" ? this.#listeners : this.sockets.events;
  }

  async #drain(over: number, reason: string | undefined): Promise<void> {
    this.engine.refuseNew();
    const told = reason === undefined ? new Map<string, Socket[]>() : this.#socketsBySession();
    const leave = (session: Session): void => {
      // A store that fails to keep the event is no reason to stay.
      for (const socket of told.get(session.id) ?? []) {
        call(
          () => socket.emit("server:drain", { reason }),
          [],
          (error) => this.#runtime.report(error, "/", socket.id),
        );
      }
      session.close("server shutting down");
    };
    const clock = { setDeadline: this.#runtime.setDeadline, now: () => performance.now() };
    await spread(this.engine.openSessions(), over, leave, clock);
    await this.engine.emptied();
  }

  #socketsBySession(): Map<string, Socket[]> {
    const found = new Map<string, Socket[]>();
    for (const namespace of this.#namespaces.names.values()) {
      for (const socket of namespace.sockets.values()) {
        const sockets = found.get(socket.conn.id);
        if (sockets === undefined) found.set(socket.conn.id, [socket]);
        else sockets.push(socket);
      }
    }
    return found;
  }

  async #close(): Promise<void> {
    await this.engine.close("server shutting down");
    const http = this.#http;
    const open = this.#open;
    if (http?.listening !== true || open === undefined) return;
    const cutOff = this.#runtime.setDeadline(CLOSE_LIMIT, () => open.closeAll());
    // Node closes the connections that are idle when it stops listening, and waits for those that become so later.
    const sweep = setInterval(() => open.closeIdle(), IDLE_SWEEP);
    await new Promise<void>((resolve) => http.close(() => resolve()));
    clearInterval(sweep);
    cutOff.cancel();
  }
}

function portOf(port: number | string): number {
  if (typeof port === "number" || /^\d{1,5}$/.test(port)) return Number(port);
  throw new ServerError("invalid_option", `${JSON.stringify(port)} is no port`);
}

function clientFiles({ serveClient, listener }: ResolvedServerOptions): ClientFiles | undefined {
  if (serveClient === false) return undefined;
  const path = (listener.path ?? DEFAULT_PATH).replace(/\/?$/, "/");
  return new ClientFiles(path, serveClient === true ? undefined : serveClient);
}

function isTarget(target: Target | Partial<ServerOptions> | undefined): target is Target {
  return typeof target === "number" || typeof target === "string" || (typeof target === "object" && "listen" in target);
}

// A server of our own has no pages: whatever the listener does not take is not here.
function answerNotFound(_request: unknown, response: { writeHead(status: number): { end(): void } }): void {
  response.writeHead(404).end();
}

// Event maps exist only at compile time: at run time this is a namespace like any other.
function untyped<L extends EventMap, E extends EventMap, S extends EventMap, D>(
  namespace: Namespace<L, E, S, D>,
): Namespace {
  return namespace as unknown as Namespace;
}
