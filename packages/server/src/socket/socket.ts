import type { IncomingMessage } from "node:http";
import type {
  BroadcastEventMap,
  CloseReason,
  DefaultEventMap,
  EventArguments,
  EventMap,
  EventNames,
  EventPayload,
  SocketPacket,
} from "@everwire/protocol";
import type { OutgoingPacket, SendOptions, Session } from "@everwire/transport";
import type { Audience, Receiver } from "../broadcast/audience.ts";
import type { BroadcastOperator } from "../broadcast/broadcast.ts";
import type { RoomAdapter } from "../broadcast/room-adapter.ts";
import type { SocketOutbox } from "../broadcast/socket-outbox.ts";
import type { ContractBinding } from "../contract/contract-binding.ts";
import { EventInlet } from "../contract/event-inlet.ts";
import type { EventReply } from "../contract/event-reply.ts";
import { createHandshake } from "../engine/handshake.ts";
import type { SessionView } from "../engine/session-view.ts";
import type { ClientView, SocketLink } from "../engine/socket-link.ts";
import type { PendingAck } from "../event/acknowledgements.ts";
import { type Listener, ListenerMap } from "../event/listener-map.ts";
import { type Middleware, type MiddlewareResult, runMiddleware } from "../event/middleware.ts";
import type { DefaultSocketData } from "../event/socket-data.ts";
import { ServerError } from "../failures.ts";
import { encodeOutgoing } from "../packet/outgoing.ts";
import type { SocketRecovery } from "../recovery/socket-recovery.ts";
import type { Answer, RepeatFilter } from "../repeats/repeat-filter.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { ExpiringSocket } from "./expiring-socket.ts";

const MAX_ROOM_NAME = 256;

/** The name of an event and its arguments, as a packet middleware sees them. */
export type EventPacket = EventPayload;

/** What a socket sees of its namespace: the broadcasts, and its fellows. */
export interface SocketNamespace<
  ListenEvents extends EventMap,
  EmitEvents extends EventMap,
  ServerSideEvents extends EventMap,
  SocketData,
> extends BroadcastOperator<EmitEvents, SocketData> {
  readonly name: string;
  readonly sockets: ReadonlyMap<string, Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>;
  readonly adapter: RoomAdapter;
  /** Emits an event to the listeners of the namespace on the other servers of the cluster. */
  serverSideEmit<Name extends EventNames<ServerSideEvents>>(
    event: Name,
    ...args: EventArguments<BroadcastEventMap<ServerSideEvents>, Name>
  ): true;
}

type State = "connecting" | "connected" | "disconnecting" | "disconnected";

/** What a socket is made of. */
export interface SocketParts {
  readonly link: SocketLink;
  readonly audience: Audience;
  readonly runtime: Runtime;
  readonly outbox: SocketOutbox;
  readonly recovery: SocketRecovery | undefined;
  /** The rooms it is in from the beginning, beside its own. */
  readonly rooms: readonly string[];
}

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
    ServerSideEvents extends EventMap = DefaultEventMap,
    SocketData = DefaultSocketData,
  >
  extends ExpiringSocket<ListenEvents, EmitEvents, SocketData>
  implements Receiver
{
  readonly id: string;
  readonly nsp: SocketNamespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;
  /** Anything the application wants to keep with the socket. */
  data: SocketData;
  readonly #link: SocketLink;
  readonly #audience: Audience;
  readonly #runtime: Runtime;
  readonly #outbox: SocketOutbox;
  readonly #recovery: SocketRecovery | undefined;
  readonly #listeners: ListenerMap;
  // Apart from the application's own, so that its `off()` cannot take a service away.
  readonly #services = new ListenerMap();
  /** Where the client marks the events that it sends again. */
  readonly #repeats: RepeatFilter | undefined;
  /** Where the namespace has a contract. */
  readonly #inlet: EventInlet | undefined;
  #middleware: readonly Middleware<EventPacket>[] = [];
  #state: State = "connecting";

  constructor(
    parts: SocketParts,
    nsp: SocketNamespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
    auth: Readonly<Record<string, unknown>>,
    data: SocketData,
  ) {
    const listeners = new ListenerMap();
    super(parts.outbox, listeners, createHandshake(parts.link.session.handshake, auth));
    this.#listeners = listeners;
    this.id = parts.outbox.id;
    this.nsp = nsp;
    this.data = data;
    this.#link = parts.link;
    this.#audience = parts.audience;
    this.#runtime = parts.runtime;
    this.#outbox = parts.outbox;
    this.#recovery = parts.recovery;
    this.#repeats = marksRepeats(parts.link.session) ? parts.runtime.repeats : undefined;
    this.#inlet = this.#audience.contract && this.#openInlet(this.#audience.contract);
    for (const room of parts.rooms) this.#audience.rooms.join(this.id, room);
  }

  get connected(): boolean {
    return this.#state === "connected" || this.#state === "disconnecting";
  }

  get disconnected(): boolean {
    return !this.connected;
  }

  /** Whether the client lost its connection and came back in time: the id, the rooms and the data are those of before. */
  get recovered(): boolean {
    return this.#recovery?.recovered === true;
  }

  /** The secret by which the client comes back, where `connectionStateRecovery` is on. */
  get pid(): string | undefined {
    return this.#recovery?.pid;
  }

  /** The session below, which other namespaces of the same client share. */
  get conn(): SessionView {
    return this.#link.view;
  }

  /** The client in all of its namespaces: the same object for each of its sockets. */
  get client(): ClientView {
    return this.#link.client;
  }

  /** The request that opened the session, with what middlewares of the engine attached to it: see `keepRequest`. */
  get request(): IncomingMessage {
    return this.conn.request;
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
    if (this.#audience.rooms.leave(this.id, room)) this.#recovery?.note(room, false);
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

  /**
   * For the namespace: the middlewares let the socket in. The reply is the first packet the client gets, and then what it
   * missed. `refusal` says why it is not who it claimed to be.
   */
  begin(refusal?: string): void {
    this.#state = "connected";
    this.#audience.add(this);
    this.#audience.rooms.join(this.id, this.id);
    this.#outbox.open();
    const { name: namespace } = this.nsp;
    const opened = this.#recovery?.open(performance.now(), this.#outbox.failed);
    const recovery = opened && {
      pid: this.pid,
      ...(opened.position !== undefined && { offset: opened.position }),
      ...(refusal !== undefined && { recovery: refusal }),
    };
    // docs/protocol/revision-3.md, "Ids": a client of revision 3 knows its own.
    const data =
      this.conn.protocol === 3
        ? undefined
        : { sid: this.id, ...recovery, ...(this.#repeats !== undefined && { retries: true }) };
    const reply = { type: "connect", namespace, ...(data !== undefined && { data }) } as const;
    this.#outbox.send(encodeOutgoing(reply, this.#runtime.codec));
    for (const packet of opened?.missed ?? []) this.#outbox.send(packet);
    this.beginTerm();
  }

  /** For the connection: the socket is gone, or never came to be. Idempotent, and safe to be called from a listener. */
  finish(reason: CloseReason, description?: string): void {
    if (this.#state === "disconnecting" || this.#state === "disconnected") return;
    const wasConnected = this.#state === "connected";
    this.#state = "disconnecting";
    const args = description === undefined ? [reason] : [reason, description];
    if (wasConnected) this.#listeners.emit("disconnecting", args, this.#outbox.failed);
    this.#state = "disconnected";
    const parked = wasConnected && this.#park(reason);
    this.endTerm();
    this.#audience.remove(this.id);
    this.#outbox.close(parked);
    if (wasConnected) {
      this.#services.emit("disconnect", args, this.#outbox.failed);
      this.#listeners.emit("disconnect", args, this.#outbox.failed);
    }
  }

  /** For the connection: an event arrived. */
  receive(packet: IncomingEvent): void {
    const answer = packet.id === undefined ? undefined : this.#acknowledge(packet.id);
    const marked = answer && this.#repeats?.take(this, this.nsp.name, packet.args, answer);
    if (marked === "repeated") return;
    const { args, acknowledge } = marked ?? { args: packet.args, acknowledge: answer };
    if (this.#inlet !== undefined && !this.#services.has(args[0])) this.#inlet.take(args, acknowledge);
    else this.#pass(acknowledge === undefined ? args : [...args, acknowledge]);
  }

  /** For the connection: an acknowledgement arrived. */
  receiveAck(id: number, args: readonly unknown[]): void {
    this.#outbox.acks.answer(id, args);
  }

  /** For services of this package: listens to an event that is in nobody's event map. */
  serve(name: string, listener: (...args: unknown[]) => unknown): void {
    this.#services.on(name, listener as Listener);
  }

  /** Keeps the socket for its client, if that may come back. */
  #park(reason: CloseReason): boolean {
    const { id, data, nsp } = this;
    const state = { id, namespace: nsp.name, rooms: [...this.rooms], data, expires: this.expires };
    const parked = this.#recovery?.park(reason, state, performance.now());
    if (parked === undefined) return false;
    this.#audience.expect();
    try {
      this.#runtime.recovery?.store.park(parked, () => this.#audience.release());
      return true;
    } catch (error) {
      this.#audience.release();
      this.#outbox.failed(error);
      return false;
    }
  }

  #openInlet(contract: ContractBinding): EventInlet {
    const { failed } = this.#outbox;
    return new EventInlet(contract, {
      connected: () => this.#state === "connected",
      pass: (args, reply) => this.#pass(args, reply),
      refused: (refusal) => this.#listeners.emit("event_refused", [refusal], failed),
      failed,
    });
  }

  #pass(args: EventPacket, reply?: EventReply): void {
    this.#listeners.emitAny(args, this.#outbox.failed);
    if (this.#middleware.length === 0) this.#dispatch(args, reply);
    else this.#judge(args, reply);
  }

  #judge(args: EventPacket, reply: EventReply | undefined): void {
    const { failed } = this.#outbox;
    const judged = (result: MiddlewareResult): void => {
      if (result.outcome === "passed") {
        this.#dispatch(args, reply);
        return;
      }
      reply?.reject();
      if (result.outcome === "broken") failed(result.error);
      else if (!this.#listeners.emit("error", [result.error], failed)) failed(result.error);
    };
    runMiddleware(this.#middleware, args, judged, failed);
  }

  #dispatch([name, ...args]: EventPacket, reply: EventReply | undefined): void {
    if (this.#state !== "connected") return;
    const { failed } = this.#outbox;
    this.#services.emit(name, args, failed);
    if (reply === undefined) this.#listeners.emit(name, args, failed);
    else reply.serve(this.#listeners.ask(name, args, failed));
  }

  // The function a listener acknowledges with: the first call sends, later ones do nothing. When the answer cannot be
  // encoded the listener gets the error and may still send another one.
  #acknowledge(id: number): Answer {
    let sent = false;
    return (...answer) => {
      if (sent) return 0;
      const packet = encodeOutgoing({ type: "ack", namespace: this.nsp.name, id, args: answer }, this.#runtime.codec);
      sent = true;
      this.#outbox.send(packet);
      return packet.byteLength;
    };
  }

  #join(room: string): void {
    if (typeof room !== "string" || room.length === 0 || room.length > MAX_ROOM_NAME) {
      throw new ServerError("room_invalid");
    }
    const { rooms } = this.#audience;
    const mine = rooms.roomsOf(this.id);
    if (mine.size >= this.#runtime.options.maxRooms && !mine.has(room)) throw new ServerError("too_many_rooms");
    if (rooms.join(this.id, room)) this.#recovery?.note(room, true);
  }
}

/** Clients of Everwire do, and are told that it is understood; others would not know what it means. */
function marksRepeats({ handshake }: Session): boolean {
  return handshake.query.get("everwire") === "1";
}
