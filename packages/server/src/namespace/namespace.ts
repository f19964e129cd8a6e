import type {
  AckValue,
  BroadcastEventMap,
  DefaultEventMap,
  EventArguments,
  EventArgumentsWithoutAck,
  EventMap,
  EventNames,
  EventNamesWithAck,
  SocketPacket,
} from "@everwire/protocol";
import type { Contract, ContractEvents, ContractHandlers } from "@everwire/protocol/contract";
import type { OutgoingPacket } from "@everwire/transport";
import type { Renewal } from "../authentication/credentials.ts";
import { Audience } from "../broadcast/audience.ts";
import { RoomAdapter } from "../broadcast/room-adapter.ts";
import { SocketOutbox } from "../broadcast/socket-outbox.ts";
import { bindContract, type ContractOptions } from "../contract/contract-binding.ts";
import type { Engine } from "../engine/engine.ts";
import type { SocketLink } from "../engine/socket-link.ts";
import { call } from "../event/listener-map.ts";
import { type Middleware, type MiddlewareResult, runMiddleware } from "../event/middleware.ts";
import type { DefaultSocketData } from "../event/socket-data.ts";
import { ServerError } from "../failures.ts";
import { encodeOutgoing, readEmitCall } from "../packet/outgoing.ts";
import { Recorder } from "../recovery/recorder.ts";
import { type RecoveryClaim, type RecoveryRefusal, SocketRecovery } from "../recovery/socket-recovery.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { Socket } from "../socket/socket.ts";
import { socketIdFor } from "../socket/socket-id.ts";
import { ListeningNamespace } from "./listening-namespace.ts";

/** Events of a namespace that no other server can cause. */
const SERVER_SIDE_RESERVED: ReadonlySet<string> = new Set(["connect", "connection", "new_namespace"]);

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
  ServerSideEvents extends EventMap = DefaultEventMap,
  SocketData = DefaultSocketData,
> extends ListeningNamespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Namespace> {
  /** For the server, whose own broadcasts are those of its main namespace. */
  readonly audience: Audience<Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>;
  readonly #runtime: Runtime;
  readonly #server: () => NamespaceServer;
  readonly #parent: ListeningNamespace | undefined;
  /** The connected sockets by the secret of their client, where clients may come back. */
  readonly #pids = new Map<string, Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>();
  #adapter: RoomAdapter | undefined;

  constructor(name: string, runtime: Runtime, { server, parent, vacated }: NamespacePlace) {
    const recorder = runtime.recovery && new Recorder(name, runtime.recovery.store, runtime.codec);
    const audience = new Audience<Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>(
      name,
      vacated,
      recorder,
    );
    super(name, audience, runtime);
    this.audience = audience;
    this.#runtime = runtime;
    this.#server = server;
    this.#parent = parent;
  }

  get server(): NamespaceServer {
    return this.#server();
  }

  /** The connected sockets by id: a live view. */
  get sockets(): ReadonlyMap<string, Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>> {
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

  /**
   * Emits an event to the listeners of this namespace on the other servers of the cluster; a callback as last argument gets
   * one answer of each. A server that stands alone has nobody to tell, and is answered at once with an empty list.
   * Throws `reserved_event`.
   */
  serverSideEmit<Name extends EventNames<ServerSideEvents>>(
    event: Name,
    ...args: EventArguments<BroadcastEventMap<ServerSideEvents>, Name>
  ): true {
    return this.#tellServers(event, args);
  }

  /** The same, with a promise of the answers. */
  serverSideEmitWithAck<Name extends EventNamesWithAck<ServerSideEvents>>(
    event: Name,
    ...args: EventArgumentsWithoutAck<ServerSideEvents, Name>
  ): Promise<AckValue<ServerSideEvents, Name>[]> {
    return new Promise((resolve) => {
      // What servers answer is what the event map promises for them; nothing is checked here.
      const answered = (_error: unknown, answers: AckValue<ServerSideEvents, Name>[]): void => resolve(answers);
      this.#tellServers(event, [...args, answered]);
    });
  }

  /**
   * Holds the namespace to a contract: whatever a client sends is validated before anything sees it, and handlers answer by
   * what they return. Counts for sockets that connect from now on. Throws `contract_bound` when there is another one.
   */
  contract<C extends Contract>(
    contract: C,
    options?: ContractOptions,
  ): Namespace<ContractHandlers<C>, ContractEvents<C>, ServerSideEvents, SocketData> {
    this.audience.contract = bindContract(this.audience.contract, contract, options);
    // Event maps exist only at compile time, and these are what the contract makes true.
    return this as unknown as Namespace<ContractHandlers<C>, ContractEvents<C>, ServerSideEvents, SocketData>;
  }

  /** For services of this package: encodes a packet as every packet of this server is. Throws `unencodable`. */
  encode(packet: SocketPacket): OutgoingPacket {
    return encodeOutgoing(packet, this.#runtime.codec);
  }

  /** Reports a failure of application code, as that of a handler is. */
  report(error: unknown, socketId?: string): void {
    this.#runtime.report(error, this.name, socketId);
  }

  /**
   * For the connection: finds the socket that a client says was its own. `done` is called once; a store may take its time,
   * and the caller keeps the deadline.
   */
  claim(
    auth: Readonly<Record<string, unknown>>,
    done: (claim: RecoveryClaim | RecoveryRefusal | undefined) => void,
  ): void {
    const { recovery } = this.#runtime;
    const { recorder } = this.audience;
    if (recovery === undefined || recorder === undefined) {
      done(undefined);
      return;
    }
    // A client that comes back has lost the connection, also when this server has not noticed yet.
    if (typeof auth.pid === "string") this.#pids.get(auth.pid)?.conn.close("transport close");
    // The socket that is claimed is kept no longer, and the namespace must not be forgotten before it is here.
    this.audience.expect();
    const judged = (claim: RecoveryClaim | RecoveryRefusal | undefined): void => {
      done(claim);
      this.audience.release();
    };
    recovery.claim(this.name, recorder, auth, judged, (error) => this.report(error));
  }

  /**
   * For the connection: runs the middlewares for a client that wants in, and calls `done` once with how they ended.
   * The caller keeps the deadline, and calls either `admit` or the socket's `finish`. `claim` is what `claim` found.
   */
  receive(
    link: SocketLink,
    auth: Readonly<Record<string, unknown>>,
    claim: RecoveryClaim | RecoveryRefusal | undefined,
    done: (candidate: Candidate, result: MiddlewareResult) => void,
  ): Candidate {
    this.audience.expect();
    const found = typeof claim === "string" ? undefined : claim;
    const socket = this.#create(link, auth, found);
    const admit = (): void => this.#admit(socket, typeof claim === "string" ? claim : undefined);
    // Event maps exist only at compile time: at run time this is a socket like any other.
    const candidate: Candidate = { socket: socket as unknown as Socket, admit };
    const late = (error: unknown): void => this.report(error, socket.id);
    const skip = found !== undefined && this.#runtime.recovery?.skipMiddlewares === true;
    const chain = this.#parent === undefined ? this.middlewares : [...this.#parent.middlewares, ...this.middlewares];
    // What was added to this namespace or to its parent was written for sockets like this one.
    const links = chain as unknown as readonly Middleware<typeof socket>[];
    runMiddleware(skip ? [] : links, socket, (result) => done(candidate, result), late);
    return candidate;
  }

  #tellServers(event: string, args: readonly unknown[]): true {
    if (SERVER_SIDE_RESERVED.has(event)) throw new ServerError("reserved_event", event);
    const { callback } = readEmitCall(event, args);
    if (callback !== undefined) queueMicrotask(() => call(callback, [null, []], (error) => this.report(error)));
    return true;
  }

  #create(
    link: SocketLink,
    auth: Readonly<Record<string, unknown>>,
    claim: RecoveryClaim | undefined,
  ): Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
    const runtime = this.#runtime;
    const { audience } = this;
    const parked = claim?.parked;
    const outbox = new SocketOutbox(parked?.id ?? socketIdFor(link.session, this.name), audience, link.view, runtime);
    const recovery =
      runtime.recovery !== undefined && audience.recorder !== undefined && link.session.revision === 4
        ? new SocketRecovery(audience.recorder, runtime.recovery.grace, claim)
        : undefined;
    const parts = { link, audience, runtime, outbox, recovery, rooms: parked?.rooms ?? [] };
    // The application's type of `data` describes what its middlewares will have filled in, now or before it was parked.
    const data = (parked?.data ?? {}) as SocketData;
    const socket = new Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>(parts, this, auth, data);
    // As with the middlewares: the judge was written for sockets like this one.
    const judge = (this.judge ?? this.#parent?.judge) as Renewal<typeof socket> | undefined;
    if (judge !== undefined) socket.serveRenewal((renewed) => judge(socket, renewed));
    if (parked?.expires !== undefined) socket.expiresAt(parked.expires);
    return socket;
  }

  #admit(
    socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
    refusal: RecoveryRefusal | undefined,
  ): void {
    socket.begin(refusal);
    // The reply may be more than the session can take, which ends it.
    if (socket.disconnected) return;
    this.#remember(socket);
    const failed = (error: unknown): void => this.report(error, socket.id);
    this.#parent?.events.emit("connection", [socket], failed);
    this.events.emit("connection", [socket], failed);
  }

  #remember(socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>): void {
    const { pid } = socket;
    if (pid === undefined) return;
    this.#pids.set(pid, socket);
    socket.serve("disconnect", () => {
      if (this.#pids.get(pid) === socket) this.#pids.delete(pid);
    });
  }
}
