import {
  type AckValue,
  type DefaultEventMap,
  type EventArguments,
  type EventArgumentsWithoutAck,
  type EventMap,
  type EventNames,
  type EventNamesWithAck,
  type EventPacket,
  encodeSocketPacket,
  ProtocolFailure,
  type SocketPacket,
  type TimeoutEventMap,
} from "@everwire/protocol";
import type { Channel, ChannelOptions } from "../channel/channel.ts";
import { type ChannelLink, refused } from "../channel/channel-link.ts";
import { ChannelRegistry } from "../channel/channel-registry.ts";
import { callListener, ListenerMap } from "../channel/listener-map.ts";
import { ClientError, type ClientFailureCode, clientFailure, disconnectDetails } from "../failures.ts";
import { outgoing } from "../packet/send-queue.ts";
import { backoffDelay } from "../session/backoff.ts";
import type { Clock } from "../transport/clock.ts";
import type { Auth, AuthSource } from "./client-options.ts";
import { EmitOperator } from "./emit-operator.ts";
import type { Endpoint } from "./endpoint.ts";
import { EventSender } from "./event-sender.ts";
import type { Manager } from "./manager.ts";
import type { AnyListener, SocketEventName, SocketListener } from "./socket-events.ts";

/** The round trip of a healthy connection is far below this, ms. */
const ROUND_TRIP_TIMEOUT = 10_000;

export interface SocketSetup {
  readonly auth: AuthSource | undefined;
  readonly clock: Clock;
  readonly random: () => number;
}

/**
 * One namespace of one server: `L` are the events it listens to, `E` those it emits.
 *
 * Events reach the server in the order of the calls and at most once; those emitted while not connected wait. For more
 * than that there are channels.
 */
export class Socket<L extends EventMap = DefaultEventMap, E extends EventMap = L> implements Endpoint {
  readonly io: Manager<Socket>;
  readonly namespace: string;
  /** What the next attempt to connect sends. */
  auth: AuthSource | undefined;
  /** Sessions are not resumed; channels are. */
  readonly recovered: boolean = false;
  readonly #clock: Clock;
  readonly #sender: EventSender;
  readonly #channels: ChannelRegistry;
  readonly #listeners: ListenerMap = new ListenerMap();
  readonly #watchers: ListenerMap = new ListenerMap();
  readonly #outgoingWatchers: ListenerMap = new ListenerMap();
  #state: "idle" | "connecting" | "connected" = "idle";
  /** Whether the server has been asked to join the namespace over the present connection. */
  #joining = false;
  #id: string | undefined;

  constructor(manager: Manager<Socket>, namespace: string, setup: SocketSetup) {
    this.io = manager;
    this.namespace = namespace;
    this.auth = setup.auth;
    this.#clock = setup.clock;
    this.#sender = new EventSender({
      namespace,
      carrier: manager,
      clock: setup.clock,
      maxBufferedBytes: manager.options.maxBufferedBytes,
      ackTimeout: manager.options.ackTimeout,
      watchers: this.#outgoingWatchers,
    });
    this.#channels = new ChannelRegistry(this.#link(setup));
  }

  /** Socket.IO's name for `namespace`. */
  get nsp(): string {
    return this.namespace;
  }

  /** The server's name for this connection of the namespace; undefined while not connected. */
  get id(): string | undefined {
    return this.#id;
  }

  /** The server has let the socket into the namespace, and the connection stands as far as is known. */
  get connected(): boolean {
    return this.#state === "connected";
  }

  get disconnected(): boolean {
    return !this.connected;
  }

  /** Connected, or going to be without a further call of `connect`. */
  get active(): boolean {
    return this.#state !== "idle";
  }

  /** For events that are worth nothing later: dropped unless they can leave at once. */
  get volatile(): EmitOperator<E> {
    return this.#operator({ volatile: true });
  }

  /** Needed after a refusal, a disconnect by the server or one's own; harmless otherwise. */
  connect(): this {
    if (this.#state === "connected") return this;
    if (this.#state === "connecting") {
      // The manager may have given up, after `reconnectionAttempts` or without `reconnection`.
      this.io.open();
      return this;
    }
    this.#state = "connecting";
    this.io.attach(this);
    return this;
  }

  open(): this {
    return this.connect();
  }

  /** Leaves the namespace; events emitted from now on wait for the next `connect`. */
  disconnect(): this {
    if (this.#state === "idle") return this;
    if (this.#joining || this.#state === "connected")
      this.#sendPacket({ type: "disconnect", namespace: this.namespace });
    this.#leave("closed_by_client");
    return this;
  }

  close(): this {
    return this.disconnect();
  }

  /**
   * A last argument that is a function is called with the server's acknowledgement. Throws a ClientError when the event
   * can never be sent ("reserved_event", "unencodable", "payload_too_large") or too much is waiting ("buffer_full").
   */
  emit<K extends EventNames<E>>(event: K, ...args: EventArguments<E, K>): this {
    this.#sender.emit({}, event, args);
    return this;
  }

  /** Resolves with the server's acknowledgement; rejects when the connection is lost before. */
  emitWithAck<K extends EventNamesWithAck<E>>(
    event: K,
    ...args: EventArgumentsWithoutAck<E, K>
  ): Promise<AckValue<E, K>> {
    return this.#operator({}).emitWithAck(event, ...args);
  }

  /** The event "message". */
  send(...args: readonly unknown[]): this {
    this.#sender.emit({}, "message", args);
    return this;
  }

  /** For the acknowledgement: its callback takes an error first, which is set when the time has passed. */
  timeout(milliseconds: number): EmitOperator<E, TimeoutEventMap<E>> {
    return this.#operator({}).timeout(milliseconds);
  }

  /** Also `connect`, `connect_error` and `disconnect`. A listener that throws does not harm the others. */
  on<K extends SocketEventName<L>>(event: K, listener: SocketListener<L, K>): this {
    this.#listeners.add(event, listener);
    return this;
  }

  once<K extends SocketEventName<L>>(event: K, listener: SocketListener<L, K>): this {
    this.#listeners.add(event, listener, true);
    return this;
  }

  /** Without a listener: all of the event. Without an event: all. */
  off<K extends SocketEventName<L>>(event?: K, listener?: SocketListener<L, K>): this {
    this.#listeners.remove(event, listener);
    return this;
  }

  /** Sees every event of the server, before its own listeners. */
  onAny(listener: AnyListener): this {
    this.#watchers.add("any", listener);
    return this;
  }

  offAny(listener?: AnyListener): this {
    this.#watchers.remove("any", listener);
    return this;
  }

  /** Sees every event that is emitted, when it is emitted. */
  onAnyOutgoing(listener: AnyListener): this {
    this.#outgoingWatchers.add("any", listener);
    return this;
  }

  offAnyOutgoing(listener?: AnyListener): this {
    this.#outgoingWatchers.remove("any", listener);
    return this;
  }

  /** The channel of this name, followed until it is closed. The options are those of the first call. */
  channel(name: string, options: ChannelOptions = {}): Channel {
    return this.#channels.channel(name, options);
  }

  /** Milliseconds to the server's channel service and back. Rejects when not connected or when there is no answer. */
  async roundTrip(): Promise<number> {
    const start = this.#clock.now();
    const reply = await this.#request("channel:ping", [], ROUND_TRIP_TIMEOUT);
    if (reply === undefined) throw new ClientError(this.connected ? "ack_timeout" : "not_connected");
    return this.#clock.now() - start;
  }

  /** Called by the manager. */
  opened(): void {
    if (this.#state !== "connecting") return;
    let called = false;
    const join = (auth?: Auth): void => {
      // The credentials may come when the connection they were asked for has gone, and they may come twice.
      if (called || this.#state !== "connecting" || this.io.transport === undefined) return;
      called = true;
      this.#joining = true;
      this.#sendPacket({ type: "connect", namespace: this.namespace, ...(auth === undefined ? {} : { data: auth }) });
    };
    if (typeof this.auth === "function") callListener(this.auth, [join]);
    else join(this.auth);
  }

  /** Called by the manager. */
  packet(packet: SocketPacket): ClientFailureCode | undefined {
    if (packet.type === "connect") return this.#joined(packet.data?.sid);
    if (packet.type === "connect_error") {
      this.#refused(new ClientError("connect_refused", packet.data));
    } else if (this.#state === "connected") {
      if (packet.type === "disconnect") this.#leave("disconnected_by_server");
      else if (packet.type === "ack") this.#sender.settle(packet.id, packet.args);
      else this.#dispatch(packet);
    }
    // What was sent to a socket that has just been disconnected here is passed over.
    return undefined;
  }

  /** Called by the manager. */
  failed(error: ClientError): void {
    this.#joining = false;
    this.#listeners.emit("connect_error", [error]);
  }

  /** Called by the manager. */
  closed(failure: ClientFailureCode, detail: string | undefined): void {
    const wasConnected = this.#state === "connected";
    if (this.#state !== "idle") this.#state = clientFailure(failure).retry ? "connecting" : "idle";
    this.#reset(wasConnected, failure, detail);
  }

  #operator(flags: { readonly volatile?: boolean }): EmitOperator<E> {
    return new EmitOperator((all, event, args) => this.#sender.emit(all, event, args), flags);
  }

  #joined(sid: unknown): ClientFailureCode | undefined {
    if (typeof sid !== "string" || sid === "") return "parse_error";
    // The answer to a `connect` that was taken back: the server has been told.
    if (this.#state !== "connecting") return undefined;
    this.#state = "connected";
    this.#id = sid;
    // What was emitted before goes first, then the subscriptions, then whatever the listeners emit.
    this.#sender.connected();
    this.#channels.connected();
    this.#listeners.emit("connect", []);
    return undefined;
  }

  #refused(error: ClientError): void {
    if (this.#state !== "connecting") return;
    this.#state = "idle";
    this.#joining = false;
    this.#listeners.emit("connect_error", [error]);
    this.io.release();
  }

  #leave(failure: ClientFailureCode): void {
    const wasConnected = this.#state === "connected";
    this.#state = "idle";
    this.io.release();
    this.#reset(wasConnected, failure, undefined);
  }

  #reset(wasConnected: boolean, failure: ClientFailureCode, detail: string | undefined): void {
    this.#joining = false;
    this.#id = undefined;
    if (!wasConnected) return;
    this.#sender.disconnected();
    this.#channels.disconnected();
    this.#listeners.emit("disconnect", [clientFailure(failure).reason, disconnectDetails(failure, detail)]);
  }

  #dispatch({ id, args: [event, ...args] }: EventPacket): void {
    let answered = false;
    const acknowledge = (...answer: readonly unknown[]): void => {
      if (answered || id === undefined) return;
      answered = true;
      this.#sender.acknowledge(id, answer);
    };
    const values = id === undefined ? args : [...args, acknowledge];
    this.#watchers.emit("any", [event, ...values]);
    if (!this.#channels.receive(event, args[0])) this.#listeners.emit(event, values);
  }

  #sendPacket(packet: SocketPacket): void {
    const encoded = encodeSocketPacket(packet);
    if (encoded instanceof ProtocolFailure) {
      this.#refused(new ClientError("unencodable", { message: encoded.meaning }));
    } else {
      this.io.send(outgoing(encoded.text, encoded.attachments));
    }
  }

  #link({ clock, random }: SocketSetup): ChannelLink {
    const connected = (): boolean => this.connected;
    const { reconnectionDelay: base, reconnectionDelayMax: max } = this.io.options;
    return {
      clock,
      get connected() {
        return connected();
      },
      request: (event, body, timeout, answered) =>
        this.#request(event, body === undefined ? [] : [body], timeout, answered),
      signal: (event, body) => this.#sender.emit({ volatile: true }, event, [body]),
      retryDelay: (attempt) => backoffDelay({ base, max, randomization: undefined }, attempt, random),
    };
  }

  /** The contract of ChannelLink.request. */
  #request(event: string, args: readonly unknown[], timeout: number, answered?: () => void): Promise<unknown> {
    if (!this.connected) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const settle = (error: Error | null, reply: unknown): void => {
        answered?.();
        resolve(error === null ? reply : undefined);
      };
      try {
        this.#sender.emit({ timeout, withError: true, unbuffered: true }, event, [...args, settle]);
      } catch (error) {
        const lost = !(error instanceof ClientError) || error.code === "not_connected";
        resolve(lost ? undefined : refused(error.code));
      }
    });
  }
}
