import type { ProtocolFailure, SocketPacket } from "@everwire/protocol";
import { ClientError, type ClientFailureCode, clientFailure, disconnectDetails } from "../failures.ts";
import type { Outgoing } from "../packet/send-queue.ts";
import { backoffDelay } from "../session/backoff.ts";
import type { EverwireLoader } from "../session/everwire-loader.ts";
import { openingOrder, usableTransports } from "../session/opening-order.ts";
import { jsonCodec, type PacketCodec } from "../session/packet-codec.ts";
import { PacketConnection } from "../session/packet-connection.ts";
import { parserCodec } from "../session/parser-codec.ts";
import type { TransportReason } from "../session/transport-choice.ts";
import type { TransportFactory, TransportName } from "../transport/engine-transport.ts";
import type { Platform } from "../transport/platform.ts";
import { Adjustable } from "./adjustable.ts";
import { type AuthSource, type ClientOptions, resolveOptions } from "./client-options.ts";
import type { Endpoint } from "./endpoint.ts";
import { EngineView } from "./engine-view.ts";
import type { ManagerEvents } from "./manager-events.ts";
import { CLOSED, type ManagerState } from "./manager-state.ts";
import { transportFactory } from "./transport-factory.ts";
import { parseAddress, type ServerAddress } from "./url.ts";

export interface ManagerSetup<S extends Endpoint> {
  readonly platform: Platform;
  readonly everwire: EverwireLoader;
  readonly createSocket: (manager: Manager<S>, namespace: string, auth: AuthSource | undefined) => S;
  /** Share of 1, for the jitter. */
  readonly random: () => number;
  /** Default: the transports of the platform. */
  readonly transports?: TransportFactory;
}

/** One connection to one server, shared by the sockets of its namespaces, and made again when it is lost. */
export class Manager<S extends Endpoint> extends Adjustable {
  /** As they were given. */
  readonly opts: ClientOptions;
  readonly #setup: ManagerSetup<S>;
  readonly #address: ServerAddress;
  readonly #factory: TransportFactory;
  /** By namespace. A socket stays here when it is not active, so that the next call for its namespace finds it. */
  readonly #sockets: Map<string, S> = new Map();
  readonly #codec: PacketCodec;
  #state: ManagerState = CLOSED;
  #engine: EngineView = new EngineView(() => undefined);
  #transports: readonly TransportName[];
  /** The application has named them. */
  #fixed: boolean;
  #reason: TransportReason | undefined;
  /** Of the series of attempts under way; 0 when the connection was last opened on purpose. */
  #attempts = 0;
  #hidden = false;
  #unwatch: (() => void) | undefined;

  constructor(setup: ManagerSetup<S>, url?: string | URL, options: ClientOptions = {}) {
    const address = parseAddress(url, setup.platform.base);
    super(resolveOptions({ query: address.query, ...options }));
    const { looseClock } = setup.platform;
    const platform =
      options.autoUnref === true && looseClock !== undefined
        ? { ...setup.platform, clock: looseClock }
        : setup.platform;
    this.#setup = { ...setup, platform };
    this.#address = address;
    this.opts = options;
    const { parser } = this.options;
    this.#codec = parser === undefined ? jsonCodec : parserCodec(parser);
    this.#transports = usableTransports(this.options.transports, platform.transports);
    this.#fixed = this.options.fixed;
    this.#factory =
      setup.transports ??
      transportFactory(this.#address.origin, this.options, platform, setup.everwire, () => options.query);
  }

  /** The connection, or the last one, for monitoring. */
  get engine(): EngineView {
    return this.#engine;
  }

  /** The transport in use; undefined while there is no open connection. */
  get transport(): TransportName | undefined {
    return this.#state.name === "open" ? this.#state.connection.engine.transport : undefined;
  }

  /** Why it is in use; undefined while there is no open connection. */
  get transportReason(): TransportReason | undefined {
    return this.transport === undefined ? undefined : this.#reason;
  }

  /** True from `interrupted` to `resumed`, or to `close`. */
  get interrupted(): boolean {
    return this.#state.name === "open" && this.#state.connection.engine.interrupted;
  }

  /** True while the manager is between two connections and will try again by itself. */
  get reconnecting(): boolean {
    return this.#state.name === "waiting" || (this.#state.name === "opening" && this.#attempts > 0);
  }

  /** Whether a message sent now would leave at once. */
  get writable(): boolean {
    return this.#state.name === "open" && this.#state.connection.engine.writable;
  }

  /** The socket of a namespace; the same one for the same namespace. It connects, unless `autoConnect` is false. */
  socket(namespace: string, options: { auth?: AuthSource; autoConnect?: boolean } = {}): S {
    const known = this.#sockets.get(namespace);
    const socket = known ?? this.#setup.createSocket(this, namespace, options.auth ?? this.options.auth);
    this.#sockets.set(namespace, socket);
    if (options.autoConnect ?? this.options.autoConnect) socket.connect();
    return socket;
  }

  /** Whether a socket of this namespace was asked for. */
  has(namespace: string): boolean {
    return this.#sockets.has(namespace);
  }

  /** Connects, unless that is already under way. A socket that is used does this by itself. */
  open(done?: (error?: ClientError) => void): this {
    if (done !== undefined && this.#state.name !== "open") this.#tell(done);
    if (this.#isClosed()) this.#start();
    return this;
  }

  connect(done?: (error?: ClientError) => void): this {
    return this.open(done);
  }

  #tell(done: (error?: ClientError) => void): void {
    const over = (error?: ClientError): void => {
      this.off("open", opened).off("error", over);
      done(error);
    };
    const opened = (): void => over();
    this.on("open", opened).on("error", over);
  }

  /** Called by a socket that connects: joins at once when the connection is there, else opens it. */
  attach(socket: Endpoint): void {
    if (this.#state.name === "open") socket.opened();
    else this.open();
  }

  /** Called by a socket that is no longer active; without active sockets the connection is closed. */
  release(): void {
    if (!this.#wanted() && this.#shut()) this.#tellClose("manager_closed", undefined);
  }

  /** Called by sockets. */
  encode(packet: SocketPacket): Outgoing | ProtocolFailure {
    return this.#codec.encode(packet);
  }

  /** Called by sockets. A refused message was not sent. */
  send(message: Outgoing): ClientFailureCode | undefined {
    return this.#state.name === "open" ? this.#state.connection.send(message) : "not_connected";
  }

  /** Disconnects all sockets, with the reason "forced close", and does not come back by itself. */
  close(): void {
    const wasOpen = this.#shut();
    for (const socket of [...this.#sockets.values()]) socket.closed("manager_closed", undefined);
    if (wasOpen) this.#tellClose("manager_closed", undefined);
  }

  disconnect(): void {
    this.close();
  }

  /**
   * Uses these transports from now on, the first preferred. With an Everwire server the session moves to the best of them
   * that opens, and the sockets notice nothing. With another server the connection is opened again at once: what was sent
   * before is flushed, and the sockets report the reason "transport switch" and connect again.
   */
  switchTransport(transports: readonly string[]): void {
    this.#transports = usableTransports(transports, this.#setup.platform.transports);
    this.#fixed = true;
    if (this.#isClosed()) return;
    if (this.#state.name === "open" && this.#state.connection.engine.switchTransport(this.#transports)) return;
    const wasOpen = this.#leave();
    if (wasOpen) this.#report(true, "transport_switch", undefined);
    // A listener may have closed or opened the connection meanwhile.
    if (this.#isClosed() && this.#wanted()) this.#start();
  }

  on<E extends keyof ManagerEvents>(event: E, listener: (...args: ManagerEvents[E]) => void): this {
    this.listenerMap.add(event, listener);
    return this;
  }

  once<E extends keyof ManagerEvents>(event: E, listener: (...args: ManagerEvents[E]) => void): this {
    this.listenerMap.add(event, listener, true);
    return this;
  }

  /** Without a listener: all of the event. Without an event: all. */
  off<E extends keyof ManagerEvents>(event?: E, listener?: (...args: ManagerEvents[E]) => void): this {
    this.listenerMap.remove(event, listener);
    return this;
  }

  #emit<E extends keyof ManagerEvents>(event: E, ...args: ManagerEvents[E]): void {
    this.listenerMap.emit(event, args);
  }

  #start(): void {
    const { platform } = this.#setup;
    this.#unwatch ??= platform.watch({
      online: () => (this.#state.name === "open" ? this.#state.connection.engine.networkChanged() : this.#retryNow()),
      offline: () => this.#offline() && !this.#survives() && this.#interrupt("offline"),
      visible: () => this.#state.name === "open" && this.#state.connection.engine.climb(),
      hidden: () => this.#hide(),
      ...(this.options.closeOnBeforeunload ? { leaving: () => this.#interrupt("page_hidden") } : {}),
      shown: () => {
        this.#hidden = false;
        this.#retryNow();
      },
    });
    const { clock } = platform;
    const remembered = this.#fixed || !this.options.rememberUpgrade ? undefined : this.#remembered();
    const transports = this.#transports;
    const engine = new EngineView(() => connection.engine);
    this.#engine = engine;
    const connection = new PacketConnection(
      {
        ...this.options,
        clock,
        platform,
        codec: this.#codec,
        everwire: this.#setup.everwire,
        random: this.#setup.random,
        transports,
        opening: openingOrder(transports, this.#fixed, remembered),
        remembered: remembered !== undefined,
        create: this.#factory,
      },
      {
        open: (reason) => this.#opened(connection, reason),
        packet: (packet) => this.#route(packet),
        passes: (way, data) => engine.hasListeners(way) && engine.tell(way, { type: "message", data }),
        ping: () => this.#emit("ping"),
        moved: (reason) => {
          engine.tell("upgrade", engine.transport);
          this.#announceTransport(connection, reason);
        },
        interrupted: (yes) => this.#emit(yes ? "interrupted" : "resumed"),
        close: (failure, detail) => this.#lost(failure, detail),
      },
    );
    const cancel = platform.clock.after(this.options.timeout, () => connection.abort("open_timeout"));
    this.#state = { name: "opening", connection, cancel };
    // Whoever has made the socket in this moment has not listened to it yet.
    if (this.#offline()) queueMicrotask(() => connection.abort("offline"));
    else connection.engine.open();
  }

  /** The sockets join before any listener runs, so that what listeners emit comes after the joining. */
  #opened(connection: PacketConnection, reason: TransportReason): void {
    if (this.#state.name === "opening") this.#state.cancel();
    this.#state = { name: "open", connection };
    const attempts = this.#attempts;
    this.#attempts = 0;
    for (const socket of this.#activeSockets()) socket.opened();
    // A socket's credentials may be such that it gives up, and the connection with it.
    if (this.#isClosed()) return;
    this.#emit("open");
    this.#announceTransport(connection, reason);
    if (attempts > 0) this.#emit("reconnect", attempts);
  }

  #announceTransport({ engine: { transport } }: PacketConnection, reason: TransportReason): void {
    if (transport === undefined) return;
    this.#reason = reason;
    if (!this.#fixed) this.#setup.platform.memory.set(this.#memoryKey, transport);
    this.#emit("transport", transport, reason);
  }

  get #memoryKey(): string {
    return `${this.#address.origin}${this.options.path}`;
  }

  #remembered(): TransportName | undefined {
    const name = this.#setup.platform.memory.get(this.#memoryKey);
    return this.#transports.find((other) => other === name);
  }

  /** Packets of namespaces that nobody asked for are passed over. */
  #route(packet: SocketPacket): ClientFailureCode | undefined {
    return this.#sockets.get(packet.namespace)?.packet(packet);
  }

  #lost(failure: ClientFailureCode, detail: string | undefined): void {
    const wasOpen = this.#leave();
    this.#report(wasOpen, failure, detail);
    // A listener may have opened the connection meanwhile.
    if (this.#isClosed()) this.#reconnect();
  }

  /** Sockets that were connected hear of a loss, those that were waiting of a failed attempt. */
  #report(wasOpen: boolean, failure: ClientFailureCode, detail: string | undefined): void {
    if (wasOpen) {
      for (const socket of [...this.#sockets.values()]) socket.closed(failure, detail);
      this.#tellClose(failure, detail);
      return;
    }
    const error = new ClientError(failure, { message: disconnectDetails(failure, detail).description });
    const attempts = this.#attempts;
    for (const socket of this.#activeSockets()) socket.failed(error);
    this.#emit("error", error);
    if (attempts > 0) this.#emit("reconnect_error", error);
  }

  #tellClose(failure: ClientFailureCode, detail: string | undefined): void {
    const { reason } = clientFailure(failure);
    const details = disconnectDetails(failure, detail);
    this.#engine.tell("close", reason, details);
    this.#emit("close", reason, details);
  }

  /** Decides what follows a lost connection or a failed attempt. */
  #reconnect(): void {
    const { options } = this;
    if (!options.reconnection || !this.#wanted()) {
      this.#shut();
    } else if (this.#attempts >= options.reconnectionAttempts) {
      this.#shut();
      this.#emit("reconnect_failed");
    } else if (this.#hidden || this.#offline()) {
      this.#state = { name: "waiting", cancel: () => undefined };
    } else {
      const { reconnectionDelay: base, reconnectionDelayMax: max, randomizationFactor: randomization } = options;
      const delay = backoffDelay({ base, max, randomization }, this.#attempts, this.#setup.random);
      this.#state = { name: "waiting", cancel: this.#setup.platform.clock.after(delay, () => this.#retryNow()) };
      this.#emit("reconnect_wait", delay, this.#attempts + 1);
    }
  }

  /** Called when the delay is over, when the network is back, and when the page is shown again. */
  #retryNow(): void {
    if (this.#state.name !== "waiting" || this.#hidden) return;
    const waiting = this.#state;
    waiting.cancel();
    this.#attempts += 1;
    this.#emit("reconnect_attempt", this.#attempts);
    // A listener may have closed the manager.
    if (this.#state === waiting) this.#start();
  }

  /** An Everwire session waits for the network to come back; what it would send is kept. */
  #survives(): boolean {
    return this.#state.name === "open" && this.#state.connection.engine.lossless;
  }

  /** The server's machine cannot be reached. What runs on this very machine always can. */
  #offline(): boolean {
    return !this.#address.loopback && !this.#setup.platform.online();
  }

  /** A page in the back-forward cache must not hold a connection, so it is closed politely and made again later. */
  #hide(): void {
    this.#hidden = true;
    this.#interrupt("page_hidden");
  }

  #interrupt(failure: ClientFailureCode): void {
    if (this.#state.name === "opening" || this.#state.name === "open") this.#lost(failure, undefined);
  }

  /** Gives the connection up and says whether it was open. */
  #leave(): boolean {
    const state = this.#state;
    this.#state = CLOSED;
    if (state.name === "waiting" || state.name === "opening") state.cancel();
    if (state.name === "opening" || state.name === "open") state.connection.close();
    return state.name === "open";
  }

  #shut(): boolean {
    const wasOpen = this.#leave();
    this.#attempts = 0;
    // Nobody tells any more that the page is shown again.
    this.#hidden = false;
    this.#unwatch?.();
    this.#unwatch = undefined;
    return wasOpen;
  }

  #isClosed(): boolean {
    return this.#state.name === "closed";
  }

  #activeSockets(): S[] {
    return [...this.#sockets.values()].filter((socket) => socket.active);
  }

  #wanted(): boolean {
    return this.#activeSockets().length > 0;
  }
}
