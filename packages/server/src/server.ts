import { createServer, type Server as HttpServer } from "node:http";
import type { DefaultEventMap, EventMap } from "@everwire/protocol";
import { BroadcastOperator } from "./broadcast.ts";
import { ClientConnection } from "./client-connection.ts";
import { Engine } from "./engine.ts";
import { ServerError } from "./failures.ts";
import { call, type Listener, ListenerMap } from "./listener-map.ts";
import { eventKey, type NamespaceEvent } from "./listening-namespace.ts";
import type { Middleware } from "./middleware.ts";
import { Namespace, type NamespaceServer } from "./namespace.ts";
import { type NamespaceFilter, NamespaceTable } from "./namespace-table.ts";
import { type AnyHttpServer, type OpenConnections, openConnections } from "./open-connections.ts";
import type { ParentNamespace } from "./parent-namespace.ts";
import { createRuntime, type Runtime } from "./runtime.ts";
import { type HandlerFailure, resolveServerOptions, type ServerOptions } from "./server-options.ts";
import type { Socket } from "./socket.ts";

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

type Target = AnyHttpServer | number;
type ServerEvent = NamespaceEvent | "handler_error";

/**
 * A Socket.IO server: namespaces of sockets above one listener.
 *
 * The server stands for its main namespace "/": `use`, `on("connection")`, `emit`, `to` and the rest of the broadcast
 * vocabulary mean that one.
 */
export class Server<
  ListenEvents extends EventMap = DefaultEventMap,
  EmitEvents extends EventMap = ListenEvents,
  // Events between servers; nothing sends them yet, and the parameter keeps the order that users of Socket.IO know.
  _ServerSideEvents extends EventMap = DefaultEventMap,
  SocketData = Record<string, unknown>,
> extends BroadcastOperator<EmitEvents, SocketData> {
  /** The main namespace. */
  readonly sockets: Namespace<ListenEvents, EmitEvents, SocketData>;
  /** Takes HTTP requests and upgrades, and owns the sessions. */
  readonly engine: Engine;
  readonly #runtime: Runtime;
  readonly #listeners: ListenerMap;
  readonly #namespaces: NamespaceTable;
  #http: AnyHttpServer | undefined;
  #open: OpenConnections | undefined;
  #closing: Promise<void> | undefined;

  /** With a server or a port it attaches or listens at once. Throws when an option is unknown or out of range. */
  constructor(target?: Target | Partial<ServerOptions>, options?: Partial<ServerOptions>) {
    const listeners = new ListenerMap();
    const runtime = createRuntime(resolveServerOptions(isTarget(target) ? options : (target ?? options)), listeners);
    const place = { server: (): NamespaceServer => this };
    const main = new Namespace<ListenEvents, EmitEvents, SocketData>("/", runtime, place);
    super(main.audience, runtime);
    this.sockets = main;
    this.#listeners = listeners;
    this.#runtime = runtime;
    this.#namespaces = new NamespaceTable(untyped(main), runtime, place.server);
    this.engine = new Engine(
      (session) =>
        new ClientConnection(session, runtime, (name, auth, done) => this.#namespaces.find(name, auth, done)),
      runtime.options.listener,
      (error) => runtime.report(error, "/"),
    );
    if (isTarget(target)) this.attach(target);
  }

  /** Serves the clients of an HTTP, HTTPS or HTTP/2 server, or of a new one that listens on a port. `close` closes it too. */
  attach(target: Target): this {
    if (this.#closing !== undefined) throw new ServerError("server_closed");
    this.#http = typeof target === "number" ? this.#createHttp().listen(target) : target;
    this.#open = openConnections(this.#http);
    this.engine.attach(this.#http);
    return this;
  }

  /** The same as `attach`. */
  listen(target: Target): this {
    return this.attach(target);
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

  /** Milliseconds that a session may be without a namespace. */
  connectTimeout(): number {
    return this.#runtime.options.connectTimeout;
  }

  /**
   * The namespace of this name; it exists from the first call on, and clients can connect to it from then on. With an
   * expression or a function it is the parent of the namespaces whose names that takes: each is made when the first client
   * asks for it. `listener` is one for `connection`. Throws `invalid_namespace`.
   */
  of<Listen extends EventMap = ListenEvents, Emit extends EventMap = EmitEvents, Data = SocketData>(
    matcher: RegExp | NamespaceFilter,
    listener?: (socket: Socket<Listen, Emit, Data>) => unknown,
  ): ParentNamespace<Listen, Emit, Data>;
  of<Listen extends EventMap = ListenEvents, Emit extends EventMap = EmitEvents, Data = SocketData>(
    name: string,
    listener?: (socket: Socket<Listen, Emit, Data>) => unknown,
  ): Namespace<Listen, Emit, Data>;
  of(name: string | RegExp | NamespaceFilter, listener?: (socket: Socket) => unknown): unknown {
    const namespace = typeof name === "string" ? this.#namespaces.of(name) : this.#namespaces.parentOf(name);
    // Event maps exist only at compile time; the caller says which ones this namespace speaks.
    if (listener !== undefined) namespace.on("connection", listener);
    return namespace;
  }

  /** Adds a connect middleware to the main namespace. */
  use(middleware: Middleware<Socket<ListenEvents, EmitEvents, SocketData>>): this {
    this.sockets.use(middleware);
    return this;
  }

  /**
   * `connection`: a socket connected to the main namespace. `new_namespace`: another namespace was made. `handler_error`:
   * application code threw or rejected, in any namespace; the socket it served stays connected.
   */
  on(event: "handler_error", listener: (failure: HandlerFailure) => unknown): this;
  on(event: "new_namespace", listener: (namespace: Namespace) => unknown): this;
  on(
    event: "connection" | "connect",
    listener: (socket: Socket<ListenEvents, EmitEvents, SocketData>) => unknown,
  ): this;
  on(event: ServerEvent, listener: Listener): this {
    this.#events(event).on(key(event), listener);
    return this;
  }

  once(event: "handler_error", listener: (failure: HandlerFailure) => unknown): this;
  once(event: "new_namespace", listener: (namespace: Namespace) => unknown): this;
  once(
    event: "connection" | "connect",
    listener: (socket: Socket<ListenEvents, EmitEvents, SocketData>) => unknown,
  ): this;
  once(event: ServerEvent, listener: Listener): this {
    this.#events(event).once(key(event), listener);
    return this;
  }

  off(event: ServerEvent, listener?: Listener): this {
    this.#events(event).off(key(event), listener);
    return this;
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

  #events(event: ServerEvent): ListenerMap {
    return event === "handler_error" ? this.#listeners : this.sockets.events;
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

function key(event: ServerEvent): ServerEvent {
  return event === "handler_error" ? event : eventKey(event);
}

function isTarget(target: Target | Partial<ServerOptions> | undefined): target is Target {
  return typeof target === "number" || (typeof target === "object" && "listen" in target);
}

// A server of our own has no pages: whatever the listener does not take is not here.
function answerNotFound(_request: unknown, response: { writeHead(status: number): { end(): void } }): void {
  response.writeHead(404).end();
}

// Event maps exist only at compile time: at run time this is a namespace like any other.
function untyped<L extends EventMap, E extends EventMap, D>(namespace: Namespace<L, E, D>): Namespace {
  return namespace as unknown as Namespace;
}
