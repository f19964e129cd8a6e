import { createServer } from "node:http";
import { type DefaultEventMap, type EventMap, isNamespace } from "@everwire/protocol";
import { Listener as EngineListener } from "@everwire/transport";
import { BroadcastOperator } from "./broadcast.ts";
import { ClientConnection } from "./client-connection.ts";
import { ServerError } from "./failures.ts";
import { type Listener, ListenerMap } from "./listener-map.ts";
import type { Middleware } from "./middleware.ts";
import { Namespace } from "./namespace.ts";
import { type AnyHttpServer, type OpenConnections, openConnections } from "./open-connections.ts";
import { createRuntime, type Runtime } from "./runtime.ts";
import { type HandlerFailure, resolveServerOptions, type ServerOptions } from "./server-options.ts";
import type { Socket } from "./socket.ts";

// Milliseconds for the last answers to get out. Connections that are still open then are cut off: browsers keep spare ones
// on which nothing was ever asked, and Node does not count those as idle.
const CLOSE_LIMIT = 2000;

// Milliseconds that a connection is kept after its last answer while the server closes.
const IDLE_SWEEP = 50;

type Target = AnyHttpServer | number;

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
> extends BroadcastOperator<EmitEvents> {
  /** The main namespace. */
  readonly sockets: Namespace<ListenEvents, EmitEvents, SocketData>;
  /** Takes HTTP requests and upgrades, and owns the sessions. */
  readonly engine: EngineListener;
  readonly #runtime: Runtime;
  readonly #listeners: ListenerMap;
  readonly #namespaces = new Map<string, Namespace>();
  #http: AnyHttpServer | undefined;
  #open: OpenConnections | undefined;
  #closing: Promise<void> | undefined;

  /** With a server or a port it attaches or listens at once. Throws when an option is unknown or out of range. */
  constructor(target?: Target | Partial<ServerOptions>, options?: Partial<ServerOptions>) {
    const listeners = new ListenerMap();
    const runtime = createRuntime(resolveServerOptions(isTarget(target) ? options : (target ?? options)), listeners);
    const main = new Namespace<ListenEvents, EmitEvents, SocketData>("/", runtime);
    super(main.audience, runtime);
    this.sockets = main;
    this.#listeners = listeners;
    this.#runtime = runtime;
    this.#namespaces.set("/", untyped(main));
    this.engine = new EngineListener(
      (session) => new ClientConnection(session, runtime, (name) => this.#namespaces.get(name)),
      runtime.options.listener,
    );
    if (isTarget(target)) this.attach(target);
  }

  /** Serves the clients of an HTTP, HTTPS or HTTP/2 server, or of a new one that listens on a port. `close` closes it too. */
  attach(target: Target): this {
    if (this.#closing !== undefined) throw new ServerError("server_closed");
    this.#http = typeof target === "number" ? createServer(answerNotFound).listen(target) : target;
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

  /**
   * The namespace of this name; it exists from the first call on, and clients can connect to it from then on.
   * Throws `invalid_namespace`.
   */
  of<Listen extends EventMap = ListenEvents, Emit extends EventMap = EmitEvents, Data = SocketData>(
    name: string,
  ): Namespace<Listen, Emit, Data> {
    const path = name.startsWith("/") ? name : `/${name}`;
    if (!isNamespace(path)) throw new ServerError("invalid_namespace");
    const known = this.#namespaces.get(path) ?? new Namespace(path, this.#runtime);
    this.#namespaces.set(path, known);
    // Event maps exist only at compile time; the caller says which ones this namespace speaks.
    return known as unknown as Namespace<Listen, Emit, Data>;
  }

  /** Adds a connect middleware to the main namespace. */
  use(middleware: Middleware<Socket<ListenEvents, EmitEvents, SocketData>>): this {
    this.sockets.use(middleware);
    return this;
  }

  /**
   * `connection`: a socket connected to the main namespace. `handler_error`: application code threw or rejected, in any
   * namespace; the socket it served stays connected.
   */
  on(
    event: "connection" | "connect",
    listener: (socket: Socket<ListenEvents, EmitEvents, SocketData>) => unknown,
  ): this;
  on(event: "handler_error", listener: (failure: HandlerFailure) => unknown): this;
  on(event: "connection" | "connect" | "handler_error", listener: Listener): this {
    if (event === "handler_error") this.#listeners.on(event, listener);
    // The overloads let only a connection listener get here.
    else this.sockets.on(event, listener as (socket: Socket<ListenEvents, EmitEvents, SocketData>) => unknown);
    return this;
  }

  once(
    event: "connection" | "connect",
    listener: (socket: Socket<ListenEvents, EmitEvents, SocketData>) => unknown,
  ): this {
    this.sockets.once(event, listener);
    return this;
  }

  off(event: "connection" | "connect" | "handler_error", listener?: Listener): this {
    if (event === "handler_error") this.#listeners.off(event, listener);
    else this.sockets.off(event, listener);
    return this;
  }

  /**
   * Disconnects every socket with "server shutting down", ends the sessions and closes the attached HTTP server.
   * Resolves when all of that is done; a second call waits for the first.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
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
