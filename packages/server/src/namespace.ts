import type { DefaultEventMap, EventMap } from "@everwire/protocol";
import { Audience } from "./audience.ts";
import { BroadcastOperator } from "./broadcast.ts";
import { type Listener, ListenerMap } from "./listener-map.ts";
import { type Middleware, type MiddlewareResult, runMiddleware } from "./middleware.ts";
import type { Runtime } from "./runtime.ts";
import { Socket } from "./socket.ts";
import { socketIdFor } from "./socket-id.ts";
import type { SocketLink } from "./socket-link.ts";
import { SocketOutbox } from "./socket-outbox.ts";

/** A client that is on its way into a namespace. */
export interface Candidate {
  readonly socket: Socket;
  /** Makes it a connected socket: replies, then tells the `connection` listeners. */
  admit(): void;
}

/**
 * A set of sockets with its own events, rooms and middlewares, under a name: "/" or any other the server was asked for.
 * Many namespaces share one session of a client.
 */
export class Namespace<
  ListenEvents extends EventMap = DefaultEventMap,
  EmitEvents extends EventMap = ListenEvents,
  SocketData = Record<string, unknown>,
> extends BroadcastOperator<EmitEvents> {
  readonly name: string;
  /** For the server, whose own broadcasts are those of its main namespace. */
  readonly audience: Audience<Socket<ListenEvents, EmitEvents, SocketData>>;
  readonly #runtime: Runtime;
  readonly #listeners = new ListenerMap();
  #middleware: readonly Middleware<Socket<ListenEvents, EmitEvents, SocketData>>[] = [];

  constructor(name: string, runtime: Runtime) {
    const audience = new Audience<Socket<ListenEvents, EmitEvents, SocketData>>(name);
    super(audience, runtime);
    this.name = name;
    this.audience = audience;
    this.#runtime = runtime;
  }

  /** The connected sockets by id: a live view. */
  get sockets(): ReadonlyMap<string, Socket<ListenEvents, EmitEvents, SocketData>> {
    return this.audience.receivers;
  }

  /** Rooms and their sockets: `rooms.membersOf("a")`, `rooms.roomsOf(socket.id)`. */
  get rooms(): Pick<Audience["rooms"], "names" | "membersOf" | "roomsOf" | "size"> {
    return this.audience.rooms;
  }

  /**
   * Adds a function that every connecting socket must pass, in the order of registration. `next(error)` refuses it: the
   * client gets the error's `message`, and its `data` when it has some. What is thrown is reported and not shown.
   */
  use(middleware: Middleware<Socket<ListenEvents, EmitEvents, SocketData>>): this {
    this.#middleware = [...this.#middleware, middleware];
    return this;
  }

  on(
    _event: "connection" | "connect",
    listener: (socket: Socket<ListenEvents, EmitEvents, SocketData>) => unknown,
  ): this {
    this.#listeners.on("connection", listener);
    return this;
  }

  once(
    _event: "connection" | "connect",
    listener: (socket: Socket<ListenEvents, EmitEvents, SocketData>) => unknown,
  ): this {
    this.#listeners.once("connection", listener);
    return this;
  }

  off(_event?: "connection" | "connect", listener?: Listener): this {
    this.#listeners.off("connection", listener);
    return this;
  }

  /** Reports a failure of application code, as that of a handler is. */
  report(error: unknown, socketId?: string): void {
    this.#runtime.report(error, this.name, socketId);
  }

  /**
   * For the connection: runs the middlewares for a client that wants in, and calls `done` once with how they ended.
   * The caller keeps the deadline, and calls either `admit` or the socket's `finish`.
   */
  receive(
    link: SocketLink,
    auth: Readonly<Record<string, unknown>>,
    done: (candidate: Candidate, result: MiddlewareResult) => void,
  ): Candidate {
    const outbox = new SocketOutbox(socketIdFor(link.session, this.name), this.audience, link.session, this.#runtime);
    const parts = { link, audience: this.audience, runtime: this.#runtime, outbox };
    // The application's type of `data` describes what its middlewares will have filled in.
    const socket = new Socket<ListenEvents, EmitEvents, SocketData>(parts, this, auth, {} as SocketData);
    // Event maps exist only at compile time: at run time this is a socket like any other.
    const candidate: Candidate = { socket: socket as unknown as Socket, admit: () => this.#admit(socket) };
    const late = (error: unknown): void => this.report(error, socket.id);
    runMiddleware(this.#middleware, socket, (result) => done(candidate, result), late);
    return candidate;
  }

  #admit(socket: Socket<ListenEvents, EmitEvents, SocketData>): void {
    socket.begin();
    // The reply may be more than the session can take, which ends it.
    if (socket.disconnected) return;
    this.#listeners.emit("connection", [socket], (error) => this.report(error, socket.id));
  }
}
