import {
  type AckValue,
  type DefaultEventMap,
  type EventArguments,
  type EventArgumentsWithoutAck,
  type EventMap,
  type EventNames,
  type EventNamesWithAck,
  type EventPacket,
  ProtocolFailure,
  type SocketPacket,
  type TimeoutEventMap,
} from "@everwire/protocol";
import type { Channel, ChannelOptions } from "../channel/channel.ts";
import type { ChannelHost } from "../channel/channel-link.ts";
import type { ChannelRegistry } from "../channel/channel-registry.ts";
import { channelRegistry } from "../channel/channel-support.ts";
import { callListener } from "../channel/listener-map.ts";
import { ClientError, type ClientFailureCode, clientFailure, disconnectDetails } from "../failures.ts";
import { backoffDelay } from "../session/backoff.ts";
import type { Clock } from "../transport/clock.ts";
import type { Auth, AuthSource } from "./client-options.ts";
import { type EmitFlags, EmitOperator } from "./emit-operator.ts";
import type { Endpoint } from "./endpoint.ts";
import { EventSender, refuseReserved } from "./event-sender.ts";
import type { Manager } from "./manager.ts";
import { RetryQueue } from "./retry-queue.ts";
import type { SocketEventName, SocketListener } from "./socket-events.ts";
import { Watching } from "./watching.ts";

/** Events that may come before the answer that lets the socket in. */
const MAX_EARLY = 65_536;
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
export class Socket<L extends EventMap = DefaultEventMap, E extends EventMap = L> extends Watching implements Endpoint {
  readonly io: Manager<Socket>;
  readonly namespace: string;
  /** What the next attempt to connect sends. */
  auth: AuthSource | undefined;
  readonly #setup: SocketSetup;
  readonly #sender: EventSender;
  /** With `retries` alone. */
  readonly #retries: RetryQueue | undefined;
  #channels: ChannelRegistry | undefined;
  #state: "idle" | "connecting" | "connected" = "idle";
  /** Whether the server has been asked to join the namespace over the present connection. */
  #joining = false;
  #id: string | undefined;
  /** Servers of Socket.IO send what a recovered connection missed before they answer. */
  #early: EventPacket[] = [];
  #recovered = false;
  #recovery: string | undefined;
  /** The server's private name for this client, where it keeps what a lost connection misses. */
  #pid: string | undefined;
  /** Of the last event that it would keep. */
  #offset: string | undefined;

  constructor(manager: Manager<Socket>, namespace: string, setup: SocketSetup) {
    super();
    this.io = manager;
    this.namespace = namespace;
    this.auth = setup.auth;
    this.#setup = setup;
    const { ackTimeout, maxBufferedBytes, retries } = manager.options;
    this.#sender = new EventSender({
      namespace,
      carrier: manager,
      clock: setup.clock,
      maxBufferedBytes,
      ackTimeout,
      watchers: this.outgoingWatchers,
    });
    if (retries > 0) {
      const send: EventSender["emit"] = (flags, event, args) => this.#sender.emit(flags, event, args);
      this.#retries = new RetryQueue({ retries, send });
    }
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

  /**
   * The server has taken this connection for the last one again, which was lost: it keeps its id, its rooms and its data
   * there, and what was missed follows. Of use in `connect` listeners.
   */
  get recovered(): boolean {
    return this.#recovered;
  }

  /** Why an Everwire server has not: `unknown`, `position` or `trimmed`. Undefined when it was not asked, or has. */
  get recovery(): string | undefined {
    return this.#recovery;
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
    this.#emit({}, event, args);
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
    this.#emit({}, "message", args);
    return this;
  }

  /** Without effect: what compresses is agreed for the whole connection. */
  compress(_compress: boolean): this {
    return this;
  }

  /** For the acknowledgement: its callback takes an error first, which is set when the time has passed. */
  timeout(milliseconds: number): EmitOperator<E, TimeoutEventMap<E>> {
    return this.#operator({}).timeout(milliseconds);
  }

  /** Also `connect`, `connect_error` and `disconnect`. A listener that throws does not harm the others. */
  on<K extends SocketEventName<L>>(event: K, listener: SocketListener<L, K>): this {
    this.listenerMap.add(event, listener);
    return this;
  }

  once<K extends SocketEventName<L>>(event: K, listener: SocketListener<L, K>): this {
    this.listenerMap.add(event, listener, true);
    return this;
  }

  /** Without a listener: all of the event. Without an event: all. */
  off<K extends SocketEventName<L>>(event?: K, listener?: SocketListener<L, K>): this {
    this.listenerMap.remove(event, listener);
    return this;
  }

  /**
   * The channel of this name, followed until it is closed. The options are those of the first call. In web pages this
   * throws a ClientError "channels_missing" unless `@everwire/client/channels` is imported.
   */
  channel(name: string, options: ChannelOptions = {}): Channel {
    this.#channels ??= channelRegistry(this.#host());
    return this.#channels.channel(name, options);
  }

  /** Milliseconds to the server's channel service and back. Rejects when not connected or when there is no answer. */
  async roundTrip(): Promise<number> {
    const { clock } = this.#setup;
    const start = clock.now();
    await new Promise<void>((resolve, reject) => {
      const settle = (error: Error | null): void => (error === null ? resolve() : reject(error));
      this.#sender.emit({ timeout: ROUND_TRIP_TIMEOUT, unbuffered: true }, "channel:ping", [settle]);
    });
    return clock.now() - start;
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
      const data = this.#pid === undefined ? auth : { pid: this.#pid, offset: this.#offset, ...auth };
      this.#sendPacket({ type: "connect", namespace: this.namespace, ...(data === undefined ? {} : { data }) });
    };
    if (typeof this.auth === "function") callListener(this.auth, [join]);
    else join(this.auth);
  }

  /** Called by the manager. */
  packet(packet: SocketPacket): ClientFailureCode | undefined {
    if (packet.type === "connect") return this.#joined(packet.data ?? {});
    if (packet.type === "connect_error") {
      this.#refused(new ClientError("connect_refused", packet.data));
    } else if (this.#state === "connected") {
      if (packet.type === "disconnect") this.#leave("disconnected_by_server");
      else if (packet.type === "ack") this.#sender.settle(packet.id, packet.args);
      else this.#dispatch(packet);
    } else if (this.#joining && packet.type === "event" && this.#early.push(packet) > MAX_EARLY) {
      return "unexpected_packet";
    }
    // What was sent to a socket that has just been disconnected here is passed over.
    return undefined;
  }

  /** Called by the manager. */
  failed(error: ClientError): void {
    this.#joining = false;
    // A server of another time will be one at the next attempt as well.
    if (!clientFailure(error.code).retry) this.#state = "idle";
    this.listenerMap.emit("connect_error", [error]);
  }

  /** Called by the manager. */
  closed(failure: ClientFailureCode, detail: string | undefined): void {
    const wasConnected = this.#state === "connected";
    if (this.#state !== "idle") this.#state = clientFailure(failure).retry ? "connecting" : "idle";
    this.#reset(wasConnected, failure, detail);
  }

  #operator(flags: { readonly volatile?: boolean }): EmitOperator<E> {
    return new EmitOperator((all, event, args) => this.#emit(all, event, args), flags);
  }

  #emit(flags: EmitFlags, event: string | number, args: readonly unknown[]): void {
    refuseReserved(event);
    if (this.#retries === undefined || flags.volatile === true) this.#sender.emit(flags, event, args);
    else this.#retries.push(flags, event, args);
  }

  #joined({ sid, pid, offset, recovery, retries }: Readonly<Record<string, unknown>>): ClientFailureCode | undefined {
    // The answer to a `connect` that was taken back: the server has been told.
    if (this.#state !== "connecting") return undefined;
    if (typeof sid !== "string" || sid === "") {
      this.#refused(new ClientError("old_server"));
      return undefined;
    }
    this.#state = "connected";
    this.#id = sid;
    this.#recovered = pid !== undefined && pid === this.#pid;
    if (!this.#recovered) this.#offset = undefined;
    this.#pid = typeof pid === "string" ? pid : undefined;
    if (typeof offset === "string") this.#offset = offset;
    this.#recovery = typeof recovery === "string" ? recovery : undefined;
    // What was emitted before goes first, then the subscriptions, then whatever the listeners emit.
    this.#sender.connected();
    this.#retries?.connected(retries === true);
    this.#channels?.connected();
    for (const packet of this.#early.splice(0)) this.#dispatch(packet);
    this.listenerMap.emit("connect", []);
    return undefined;
  }

  #refused(error: ClientError): void {
    if (this.#state !== "connecting") return;
    this.#state = "idle";
    this.#joining = false;
    this.listenerMap.emit("connect_error", [error]);
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
    this.#early = [];
    this.#id = undefined;
    if (!wasConnected) return;
    this.#retries?.disconnected();
    this.#sender.disconnected();
    this.#channels?.disconnected();
    this.listenerMap.emit("disconnect", [clientFailure(failure).reason, disconnectDetails(failure, detail)]);
  }

  #dispatch({ id, args: [event, ...args] }: EventPacket): void {
    let answered = false;
    const acknowledge = (...answer: readonly unknown[]): void => {
      if (answered || id === undefined) return;
      answered = true;
      this.#sender.acknowledge(id, answer);
    };
    const values = id === undefined ? args : [...args, acknowledge];
    this.watchers.emit("any", [event, ...values]);
    if (this.#channels?.receive(event, args[0]) !== true) this.listenerMap.emit(event, values);
    // Where the server keeps events, it puts the offset of each behind its arguments.
    const last = args.at(-1);
    if (this.#pid !== undefined && id === undefined && typeof last === "string") this.#offset = last;
  }

  #sendPacket(packet: SocketPacket): void {
    const encoded = this.io.encode(packet);
    if (encoded instanceof ProtocolFailure) {
      this.#refused(new ClientError("unencodable", { message: encoded.meaning }));
    } else {
      this.io.send(encoded);
    }
  }

  #host(): ChannelHost {
    const { clock, random } = this.#setup;
    const connected = (): boolean => this.connected;
    const { reconnectionDelay: base, reconnectionDelayMax: max } = this.io.options;
    return {
      clock,
      get connected() {
        return connected();
      },
      emit: (flags, event, args) => this.#sender.emit(flags, event, args),
      retryDelay: (attempt) => backoffDelay({ base, max, randomization: undefined }, attempt, random),
    };
  }
}
