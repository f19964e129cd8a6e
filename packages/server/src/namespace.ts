import type { DefaultEventMap, EventMap } from "@everwire/protocol";
import { Audience } from "./audience.ts";
import type { Engine } from "./engine.ts";
import { ListeningNamespace } from "./listening-namespace.ts";
import { type MiddlewareResult, runMiddleware } from "./middleware.ts";
import { RoomAdapter } from "./room-adapter.ts";
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

/** What a namespace knows of its server: `namespace.server`. */
export interface NamespaceServer {
  readonly engine: Engine;
  of(name: string): Namespace;
}

/** Where a namespace stands. */
export interface NamespacePlace {
  readonly server: () => NamespaceServer;
  readonly parent?: ListeningNamespace | undefined;
  /** Called whenever the last socket has gone. */
  readonly vacated?: () => void;
}

/**
 * A set of sockets with its own events, rooms and middlewares, under a name: "/" or any other the server was asked for.
 * Many namespaces share one session of a client.
 */
export class Namespace<
  ListenEvents extends EventMap = DefaultEventMap,
  EmitEvents extends EventMap = ListenEvents,
  SocketData = Record<string, unknown>,
> extends ListeningNamespace<ListenEvents, EmitEvents, SocketData, Namespace> {
  /** For the server, whose own broadcasts are those of its main namespace. */
  readonly audience: Audience<Socket<ListenEvents, EmitEvents, SocketData>>;
  readonly #runtime: Runtime;
  readonly #server: () => NamespaceServer;
  readonly #parent: ListeningNamespace<ListenEvents, EmitEvents, SocketData> | undefined;
  #adapter: RoomAdapter | undefined;

  constructor(name: string, runtime: Runtime, { server, parent, vacated }: NamespacePlace) {
    const audience = new Audience<Socket<ListenEvents, EmitEvents, SocketData>>(name, vacated);
    super(name, audience, runtime);
    this.audience = audience;
    this.#runtime = runtime;
    this.#server = server;
    // Event maps exist only at compile time: the parent speaks whatever its children speak.
    this.#parent = parent as unknown as ListeningNamespace<ListenEvents, EmitEvents, SocketData> | undefined;
  }

  get server(): NamespaceServer {
    return this.#server();
  }

  /** The connected sockets by id: a live view. */
  get sockets(): ReadonlyMap<string, Socket<ListenEvents, EmitEvents, SocketData>> {
    return this.audience.receivers;
  }

  /** The rooms for monitoring: maps, and events when one is created, joined, left or deleted. */
  get adapter(): RoomAdapter {
    this.#adapter ??= new RoomAdapter(this.audience.rooms, (error) => this.report(error));
    return this.#adapter;
  }

  /** Rooms and their sockets: `rooms.membersOf("a")`, `rooms.roomsOf(socket.id)`. */
  get rooms(): Pick<Audience["rooms"], "names" | "membersOf" | "roomsOf" | "size"> {
    return this.audience.rooms;
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
    this.audience.expect();
    const outbox = new SocketOutbox(socketIdFor(link.session, this.name), this.audience, link.view, this.#runtime);
    const parts = { link, audience: this.audience, runtime: this.#runtime, outbox };
    // The application's type of `data` describes what its middlewares will have filled in.
    const socket = new Socket<ListenEvents, EmitEvents, SocketData>(parts, this, auth, {} as SocketData);
    // Event maps exist only at compile time: at run time this is a socket like any other.
    const candidate: Candidate = { socket: socket as unknown as Socket, admit: () => this.#admit(socket) };
    const late = (error: unknown): void => this.report(error, socket.id);
    const chain = this.#parent === undefined ? this.middlewares : [...this.#parent.middlewares, ...this.middlewares];
    runMiddleware(chain, socket, (result) => done(candidate, result), late);
    return candidate;
  }

  #admit(socket: Socket<ListenEvents, EmitEvents, SocketData>): void {
    socket.begin();
    // The reply may be more than the session can take, which ends it.
    if (socket.disconnected) return;
    const failed = (error: unknown): void => this.report(error, socket.id);
    this.#parent?.events.emit("connection", [socket], failed);
    this.events.emit("connection", [socket], failed);
  }
}
