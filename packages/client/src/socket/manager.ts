import type { ClientDisconnectReason, SocketPacket } from "@everwire/protocol";
import { ListenerMap } from "../channel/listener-map.ts";
import {
  ClientError,
  type ClientFailureCode,
  clientFailure,
  type DisconnectDetails,
  disconnectDetails,
} from "../failures.ts";
import type { Outgoing } from "../packet/send-queue.ts";
import { backoffDelay } from "../session/backoff.ts";
import { PacketConnection } from "../session/packet-connection.ts";
import { openingOrder, type TransportReason } from "../session/transport-choice.ts";
import type { Cancel } from "../transport/clock.ts";
import type { TransportFactory, TransportName } from "../transport/engine-transport.ts";
import type { Platform } from "../transport/platform.ts";
import { type AuthSource, type ClientOptions, type ResolvedOptions, resolveOptions } from "./client-options.ts";
import type { Endpoint } from "./endpoint.ts";
import { transportFactory } from "./transport-factory.ts";
import { parseAddress, type ServerAddress } from "./url.ts";

/** Events of a Manager and their arguments. */
export interface ManagerEvents {
  open: [];
  /** The session runs over this transport from now on, and why: after the opening, and after each move to another. */
  transport: [name: TransportName, reason: TransportReason];
  /**
   * The session is open and nothing carries it at the moment: messages wait, and none is lost. `resumed` follows, or
   * `close` when the session itself is gone. With an Everwire server only.
   */
  interrupted: [];
  resumed: [];
  /** A connection could not be made. */
  error: [error: ClientError];
  close: [reason: ClientDisconnectReason, details: DisconnectDetails];
  /** A heartbeat of the server. */
  ping: [];
  /** The next attempt, of this number, follows after so many milliseconds, unless the page or the network goes away. */
  reconnect_wait: [delay: number, attempt: number];
  reconnect_attempt: [attempt: number];
  reconnect: [attempt: number];
  reconnect_error: [error: ClientError];
  reconnect_failed: [];
}

export interface ManagerSetup<S extends Endpoint> {
  readonly platform: Platform;
  readonly createSocket: (manager: Manager<S>, namespace: string, auth: AuthSource | undefined) => S;
  /** Share of 1, for the jitter. */
  readonly random: () => number;
  /** Default: the transports of the platform. */
  readonly transports?: TransportFactory;
}

type ManagerState =
  | { readonly name: "closed" }
  | { readonly name: "opening"; readonly connection: PacketConnection; readonly cancel: Cancel }
  | { readonly name: "open"; readonly connection: PacketConnection }
  /** For the end of a delay, for the network, or for the page to be shown again. */
  | { readonly name: "waiting"; readonly cancel: Cancel };

const CLOSED: ManagerState = { name: "closed" };

/** One connection to one server, shared by the sockets of its namespaces, and made again when it is lost. */
export class Manager<S extends Endpoint> {
  readonly options: ResolvedOptions;
  readonly #setup: ManagerSetup<S>;
  readonly #address: ServerAddress;
  readonly #factory: TransportFactory;
  /** By namespace. A socket stays here when it is not active, so that the next call for its namespace finds it. */
  readonly #sockets: Map<string, S> = new Map();
  readonly #listeners: ListenerMap = new ListenerMap();
  #state: ManagerState = CLOSED;
  #transports: readonly TransportName[];
  /** The application has named them. */
  #fixed: boolean;
  #reason: TransportReason | undefined;
  /** Of the series of attempts under way; 0 when the connection was last opened on purpose. */
  #attempts = 0;
  #hidden = false;
  #unwatch: (() => void) | undefined;

  constructor(setup: ManagerSetup<S>, url?: string | URL, options: ClientOptions = {}) {
    this.#setup = setup;
    this.#address = parseAddress(url, setup.platform.base);
    this.options = resolveOptions({ query: this.#address.query, ...options });
    this.#transports = this.#usable(this.options.transports);
    this.#fixed = this.options.fixed;
    this.#factory = setup.transports ?? transportFactory(this.#address.origin, this.options, setup.platform);
  }

  /** The transport in use; undefined while there is no open connection. */
  get transport(): TransportName | undefined {
    return this.#state.name === "open" ? this.#state.connection.transport : undefined;
  }

  /** Why it is in use; undefined while there is no open connection. */
  get transportReason(): TransportReason | undefined {
    return this.transport === undefined ? undefined : this.#reason;
  }

  /** True from `interrupted` to `resumed`, or to `close`. */
  get interrupted(): boolean {
    return this.#state.name === "open" && this.#state.connection.interrupted;
  }

  /** True while the manager is between two connections and will try again by itself. */
  get reconnecting(): boolean {
    return this.#state.name === "waiting" || (this.#state.name === "opening" && this.#attempts > 0);
  }

  /** Whether a message sent now would leave at once. */
  get writable(): boolean {
    return this.#state.name === "open" && this.#state.connection.writable;
  }

  /** The socket of a namespace; the same one for the same namespace. */
  socket(namespace: string, options: { auth?: AuthSource } = {}): S {
    const known = this.#sockets.get(namespace);
    if (known !== undefined) return known;
    const socket = this.#setup.createSocket(this, namespace, options.auth ?? this.options.auth);
    this.#sockets.set(namespace, socket);
    return socket;
  }

  /** Whether a socket of this namespace was asked for. */
  has(namespace: string): boolean {
    return this.#sockets.has(namespace);
  }

  /** Connects, unless that is already under way. A socket that is used does this by itself. */
  open(): this {
    if (this.#isClosed()) this.#start();
    return this;
  }

  /** Called by a socket that connects: joins at once when the connection is there, else opens it. */
  attach(socket: Endpoint): void {
    if (this.#state.name === "open") socket.opened();
    else this.open();
  }

  /** Called by a socket that is no longer active; without active sockets the connection is closed. */
  release(): void {
    if (!this.#wanted()) this.#shut();
  }

  /** Called by sockets. A refused message was not sent. */
  send(message: Outgoing): ClientFailureCode | undefined {
    return this.#state.name === "open" ? this.#state.connection.send(message) : "not_connected";
  }

  /** Disconnects all sockets, with the reason "forced close", and does not come back by itself. */
  close(): void {
    const wasOpen = this.#shut();
    for (const socket of [...this.#sockets.values()]) socket.closed("manager_closed", undefined);
    if (wasOpen) this.#emit("close", "forced close", disconnectDetails("manager_closed", undefined));
  }

  /**
   * Uses these transports from now on, the first preferred. With an Everwire server the session moves to the best of them
   * that opens, and the sockets notice nothing. With another server the connection is opened again at once: what was sent
   * before is flushed, and the sockets report the reason "transport switch" and connect again.
   */
  switchTransport(transports: readonly TransportName[]): void {
    this.#transports = this.#usable(transports);
    this.#fixed = true;
    if (this.#isClosed()) return;
    if (this.#state.name === "open" && this.#state.connection.switchTransport(this.#transports)) return;
    const wasOpen = this.#leave();
    if (wasOpen) this.#report(true, "transport_switch", undefined);
    // A listener may have closed or opened the connection meanwhile.
    if (this.#isClosed() && this.#wanted()) this.#start();
  }

  on<E extends keyof ManagerEvents>(event: E, listener: (...args: ManagerEvents[E]) => void): this {
    this.#listeners.add(event, listener);
    return this;
  }

  once<E extends keyof ManagerEvents>(event: E, listener: (...args: ManagerEvents[E]) => void): this {
    this.#listeners.add(event, listener, true);
    return this;
  }

  /** Without a listener: all of the event. Without an event: all. */
  off<E extends keyof ManagerEvents>(event?: E, listener?: (...args: ManagerEvents[E]) => void): this {
    this.#listeners.remove(event, listener);
    return this;
  }

  #emit<E extends keyof ManagerEvents>(event: E, ...args: ManagerEvents[E]): void {
    this.#listeners.emit(event, args);
  }

  #start(): void {
    const { platform } = this.#setup;
    this.#unwatch ??= platform.watch({
      online: () => (this.#state.name === "open" ? this.#state.connection.networkChanged() : this.#retryNow()),
      offline: () => this.#offline() && !this.#survives() && this.#interrupt("offline"),
      visible: () => this.#state.name === "open" && this.#state.connection.climb(),
      hidden: () => this.#hide(),
      shown: () => {
        this.#hidden = false;
        this.#retryNow();
      },
    });
    const { clock } = platform;
    const remembered = this.#fixed ? undefined : this.#remembered();
    const transports = this.#transports;
    const connection = new PacketConnection(
      {
        ...this.options,
        clock,
        platform,
        random: this.#setup.random,
        transports,
        opening: openingOrder(transports, this.#fixed, remembered),
        remembered: remembered !== undefined,
        create: this.#factory,
      },
      {
        open: (reason) => this.#opened(connection, reason),
        packet: (packet) => this.#route(packet),
        ping: () => this.#emit("ping"),
        moved: (reason) => this.#announceTransport(connection, reason),
        interrupted: (yes) => this.#emit(yes ? "interrupted" : "resumed"),
        close: (failure, detail) => this.#lost(failure, detail),
      },
    );
    const cancel = platform.clock.after(this.options.timeout, () => connection.abort("open_timeout"));
    this.#state = { name: "opening", connection, cancel };
    if (this.#offline()) connection.abort("offline");
    else connection.open();
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

  #announceTransport({ transport }: PacketConnection, reason: TransportReason): void {
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

  /** Without those that the platform does not have. */
  #usable(names: readonly TransportName[]): readonly TransportName[] {
    const { downlinks } = this.#setup.platform;
    const usable = names.filter((name) => name === "websocket" || downlinks.has(name));
    if (usable.length === 0) throw new TypeError("transports must name at least one transport that can be used here");
    return usable;
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
      this.#emit("close", clientFailure(failure).reason, disconnectDetails(failure, detail));
      return;
    }
    const error = new ClientError(failure, { message: disconnectDetails(failure, detail).description });
    const attempts = this.#attempts;
    for (const socket of this.#activeSockets()) socket.failed(error);
    this.#emit("error", error);
    if (attempts > 0) this.#emit("reconnect_error", error);
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
    return this.#state.name === "open" && this.#state.connection.lossless;
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
