import type { CloseReason, DefaultEventMap, EventMap, EventPayload, SocketPacket } from "@everwire/protocol";
import type { OutgoingPacket, SendOptions } from "@everwire/transport";
import type { PendingAck } from "./acknowledgements.ts";
import type { Audience, Receiver } from "./audience.ts";
import type { BroadcastOperator } from "./broadcast.ts";
import { ServerError } from "./failures.ts";
import { createHandshake, type Handshake } from "./handshake.ts";
import { type Listener, ListenerMap } from "./listener-map.ts";
import { ListeningSocket } from "./listening-socket.ts";
import { type Middleware, type MiddlewareResult, runMiddleware } from "./middleware.ts";
import { encodeOutgoing } from "./outgoing.ts";
import type { RoomAdapter } from "./room-adapter.ts";
import type { Runtime } from "./runtime.ts";
import type { SessionView } from "./session-view.ts";
import type { ClientView, SocketLink } from "./socket-link.ts";
import type { SocketOutbox } from "./socket-outbox.ts";

const MAX_ROOM_NAME = 256;

/** The name of an event and its arguments, as a packet middleware sees them. */
export type EventPacket = EventPayload;

/** What a socket sees of its namespace: the broadcasts, and its fellows. */
export interface SocketNamespace<ListenEvents extends EventMap, EmitEvents extends EventMap, SocketData>
  extends BroadcastOperator<EmitEvents, SocketData> {
  readonly name: string;
  readonly sockets: ReadonlyMap<string, Socket<ListenEvents, EmitEvents, SocketData>>;
  readonly adapter: RoomAdapter;
}

type State = "connecting" | "connected" | "disconnecting" | "disconnected";

/** The untyped side of a socket's events, for code that serves sockets of any event map. */
export type IncomingEvent = Extract<SocketPacket, { type: "event" }>;

/**
 * One client in one namespace.
 *
 * Its id is drawn for the namespace and has nothing to do with the session's id, which is a secret of the client. Events of
 * one socket are handed to the listeners in the order in which the client emitted them, unless a packet middleware takes
 * longer for one than for the next. A listener that throws or rejects
 * is reported to the server's `handler_error`; the socket stays.
 */
export class Socket<
    ListenEvents extends EventMap = DefaultEventMap,
    EmitEvents extends EventMap = ListenEvents,
    SocketData = Record<string, unknown>,
  >
  extends ListeningSocket<ListenEvents, EmitEvents, SocketData>
  implements Receiver
{
  readonly id: string;
  readonly nsp: SocketNamespace<ListenEvents, EmitEvents, SocketData>;
  readonly handshake: Handshake;
  /** Anything the application wants to keep with the socket. */
  data: SocketData;
  /** Whether an earlier session was restored. */
  readonly recovered: boolean = false;
  readonly #link: SocketLink;
  readonly #audience: Audience;
  readonly #runtime: Runtime;
  readonly #outbox: SocketOutbox;
  readonly #listeners: ListenerMap;
  // Apart from the application's own, so that its `off()` cannot take a service away.
  readonly #services = new ListenerMap();
  #middleware: readonly Middleware<EventPacket>[] = [];
  #state: State = "connecting";

  constructor(
    parts: { link: SocketLink; audience: Audience; runtime: Runtime; outbox: SocketOutbox },
    nsp: SocketNamespace<ListenEvents, EmitEvents, SocketData>,
    auth: Readonly<Record<string, unknown>>,
    data: SocketData,
  ) {
    const listeners = new ListenerMap();
    super(parts.outbox, listeners);
    this.#listeners = listeners;
    this.id = parts.outbox.id;
    this.nsp = nsp;
    this.handshake = createHandshake(parts.link.session.handshake, auth);
    this.data = data;
    this.#link = parts.link;
    this.#audience = parts.audience;
    this.#runtime = parts.runtime;
    this.#outbox = parts.outbox;
  }

  get connected(): boolean {
    return this.#state === "connected" || this.#state === "disconnecting";
  }

  get disconnected(): boolean {
    return !this.connected;
  }

  /** The session below, which other namespaces of the same client share. */
  get conn(): SessionView {
    return this.#link.view;
  }

  /** The client in all of its namespaces: the same object for each of its sockets. */
  get client(): ClientView {
    return this.#link.client;
  }

  /** Bytes that wait for the client, in all of its namespaces, with the overhead of each packet. */
  get bufferedAmount(): number {
    return this.conn.bufferedBytes;
  }

  /** True from 256 KiB waiting until less than 64 KiB do: time to send less, or to wait for `drained()`. */
  get backpressure(): boolean {
    return this.conn.backpressure;
  }

  /**
   * Resolves when there is no backpressure, which may be at once; with false when the socket is disconnected.
   * `socket.conn.on("drain")` tells the same: on the socket itself that name is the application's.
   */
  async drained(): Promise<boolean> {
    await this.conn.drained();
    return this.connected;
  }

  /** The rooms the socket is in, its own id among them: a live view. */
  get rooms(): ReadonlySet<string> {
    return this.#audience.rooms.roomsOf(this.id);
  }

  /**
   * Adds a packet middleware: it sees each event before its listeners and may refuse it with `next(error)`, or drop it by
   * never calling `next`. Events do not wait for each other here, so one for which `next` is called later is overtaken by
   * those for which it is called at once.
   */
  use(middleware: Middleware<EventPacket>): this {
    this.#middleware = [...this.#middleware, middleware];
    return this;
  }

  /**
   * Joins a room or rooms; may be called in a connect middleware already. Room names are the application's: a name that a
   * client chose should get a prefix, because every socket's own id is a room too.
   * Throws `room_invalid` or `too_many_rooms`; after the disconnect it does nothing. It has happened when this returns;
   * `await` does no harm.
   */
  join(rooms: string | readonly string[]): void {
    if (this.#state === "disconnected") return;
    for (const room of typeof rooms === "string" ? [rooms] : rooms) this.#join(room);
  }

  leave(room: string): void {
    this.#audience.rooms.leave(this.id, room);
  }

  /** Disconnects from this namespace; with `close` the client's whole session, and so all of its namespaces. */
  disconnect(close: boolean = false): this {
    if (close) this.#link.closeAll();
    else if (this.#state === "connected") {
      this.#link.leave(this.nsp.name);
      this.finish("server namespace disconnect");
    }
    return this;
  }

  /** For broadcasts. */
  deliver(packet: OutgoingPacket, options: SendOptions, args?: readonly unknown[]): void {
    this.#outbox.send(packet, options, args);
  }

  /** For broadcasts with acknowledgements. */
  expect(id: number, pending: PendingAck, timeout: number): void {
    if (!this.connected) throw new ServerError("ack_disconnected");
    this.#outbox.acks.add(id, pending, timeout);
  }

  /** For the namespace: the middlewares let the socket in. The reply is the first packet the client gets. */
  begin(): void {
    this.#state = "connected";
    this.#audience.add(this);
    this.#audience.rooms.join(this.id, this.id);
    this.#outbox.open();
    const reply = { type: "connect", namespace: this.nsp.name } as const;
    // docs/protocol/revision-3.md, "Ids": a client of revision 3 knows its own.
    const packet = this.conn.protocol === 3 ? reply : { ...reply, data: { sid: this.id } };
    this.#outbox.send(encodeOutgoing(packet));
  }

  /** For the connection: the socket is gone, or never came to be. Idempotent, and safe to be called from a listener. */
  finish(reason: CloseReason, description?: string): void {
    if (this.#state === "disconnecting" || this.#state === "disconnected") return;
    const wasConnected = this.#state === "connected";
    this.#state = "disconnecting";
    const args = description === undefined ? [reason] : [reason, description];
    if (wasConnected) this.#listeners.emit("disconnecting", args, this.#outbox.failed);
    this.#state = "disconnected";
    this.#audience.remove(this.id);
    this.#outbox.close();
    if (wasConnected) {
      this.#services.emit("disconnect", args, this.#outbox.failed);
      this.#listeners.emit("disconnect", args, this.#outbox.failed);
    }
  }

  /** For the connection: an event arrived. */
  receive(packet: IncomingEvent): void {
    const { id } = packet;
    const args = id === undefined ? packet.args : ([...packet.args, this.#acknowledge(id)] as const);
    this.#listeners.emitAny(args, this.#outbox.failed);
    if (this.#middleware.length === 0) this.#dispatch(args);
    else this.#judge(args);
  }

  /** For the connection: an acknowledgement arrived. */
  receiveAck(id: number, args: readonly unknown[]): void {
    this.#outbox.acks.answer(id, args);
  }

  /** For services of this package: listens to an event that is in nobody's event map. */
  serve(name: string, listener: (...args: unknown[]) => unknown): void {
    this.#services.on(name, listener as Listener);
  }

  #judge(args: EventPacket): void {
    const { failed } = this.#outbox;
    const judged = (result: MiddlewareResult): void => {
      if (result.outcome === "passed") this.#dispatch(args);
      else if (result.outcome === "broken") failed(result.error);
      else if (!this.#listeners.emit("error", [result.error], failed)) failed(result.error);
    };
    runMiddleware(this.#middleware, args, judged, failed);
  }

  #dispatch([name, ...args]: EventPacket): void {
    if (this.#state !== "connected") return;
    this.#services.emit(name, args, this.#outbox.failed);
    this.#listeners.emit(name, args, this.#outbox.failed);
  }

  // The function a listener acknowledges with: the first call sends, later ones do nothing. When the answer cannot be
  // encoded the listener gets the error and may still send another one.
  #acknowledge(id: number): (...answer: unknown[]) => void {
    let sent = false;
    return (...answer) => {
      if (sent) return;
      const packet = encodeOutgoing({ type: "ack", namespace: this.nsp.name, id, args: answer });
      sent = true;
      this.#outbox.send(packet);
    };
  }

  #join(room: string): void {
    if (typeof room !== "string" || room.length === 0 || room.length > MAX_ROOM_NAME) {
      throw new ServerError("room_invalid");
    }
    const { rooms } = this.#audience;
    const mine = rooms.roomsOf(this.id);
    if (mine.size >= this.#runtime.options.maxRooms && !mine.has(room)) throw new ServerError("too_many_rooms");
    rooms.join(this.id, room);
  }
}
