import type { DefaultEventMap, EventMap, EventNames } from "@everwire/protocol";
import type { Renewal } from "../authentication/credentials.ts";
import type { Crowd } from "../broadcast/audience.ts";
import { BroadcastOperator } from "../broadcast/broadcast.ts";
import type { EventHandler } from "../event/event-face.ts";
import { type Listener, ListenerMap } from "../event/listener-map.ts";
import type { Middleware } from "../event/middleware.ts";
import type { DefaultSocketData } from "../event/socket-data.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Socket } from "../socket/socket.ts";

/** An event that another server of the cluster may cause: any but those of the namespace itself. */
export type ServerSideEvent<Name extends string> = Name extends "connection" | "connect" | "new_namespace"
  ? never
  : Name;

/**
 * What a namespace and a parent of namespaces have in common: connect middlewares, listeners and broadcasts.
 *
 * `Child` is what `new_namespace` hands out: the namespaces themselves.
 */
export class ListeningNamespace<
  ListenEvents extends EventMap = DefaultEventMap,
  EmitEvents extends EventMap = ListenEvents,
  ServerSideEvents extends EventMap = DefaultEventMap,
  SocketData = DefaultSocketData,
  Child = unknown,
> extends BroadcastOperator<EmitEvents, SocketData> {
  readonly name: string;
  /** For the server and its namespaces, which call the listeners. */
  readonly events: ListenerMap = new ListenerMap();
  #renewal: Renewal<never> | undefined;
  #middlewares: readonly Middleware<never>[] = [];

  constructor(name: string, crowd: Crowd, runtime: Runtime) {
    super(crowd, runtime);
    this.name = name;
  }

  /**
   * Adds a function that every connecting socket must pass, in the order of registration. `next(error)` refuses it: the
   * client gets the error's `message`, and its `data` when it has some. What is thrown is reported and not shown.
   */
  use(middleware: Middleware<Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>): this {
    this.#middlewares = [...this.#middlewares, middleware];
    return this;
  }

  /**
   * `connection`: a socket connected. `new_namespace`: the main namespace alone tells of each other one when it is made.
   * Any other event is what another server told with `serverSideEmit`.
   */
  on(event: "new_namespace", listener: (namespace: Child) => unknown): this;
  on<Name extends EventNames<ServerSideEvents>>(
    event: ServerSideEvent<Name>,
    listener: EventHandler<ServerSideEvents, Name>,
  ): this;
  on(
    event: "connection" | "connect",
    listener: (socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>) => unknown,
  ): this;
  on(event: string, listener: Listener): this {
    this.events.on(eventKey(event), listener);
    return this;
  }

  once(event: "new_namespace", listener: (namespace: Child) => unknown): this;
  once<Name extends EventNames<ServerSideEvents>>(
    event: ServerSideEvent<Name>,
    listener: EventHandler<ServerSideEvents, Name>,
  ): this;
  once(
    event: "connection" | "connect",
    listener: (socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>) => unknown,
  ): this;
  once(event: string, listener: Listener): this {
    this.events.once(eventKey(event), listener);
    return this;
  }

  /** Adds a listener that is called before those that are there. */
  prependListener(event: "new_namespace", listener: (namespace: Child) => unknown): this;
  prependListener<Name extends EventNames<ServerSideEvents>>(
    event: ServerSideEvent<Name>,
    listener: EventHandler<ServerSideEvents, Name>,
  ): this;
  prependListener(
    event: "connection" | "connect",
    listener: (socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>) => unknown,
  ): this;
  prependListener(event: string, listener: Listener): this {
    this.events.prepend(eventKey(event), listener);
    return this;
  }

  /** Removes one listener, every listener of an event, or all of them. */
  off(event?: string, listener?: Listener): this {
    this.events.off(event === undefined ? undefined : eventKey(event), listener);
    return this;
  }

  /** The same as `off` with a listener, under the name that users of Node's emitters know. */
  removeListener(event: string, listener: Listener): this {
    return this.off(event, listener);
  }

  /** Removes every listener of an event, or all of them. */
  removeAllListeners(event?: string): this {
    return this.off(event);
  }

  listeners(event: string): Listener[] {
    return this.events.listeners(eventKey(event));
  }

  listenerCount(event: string): number {
    return this.events.listeners(eventKey(event)).length;
  }

  /** The events that have listeners. */
  eventNames(): string[] {
    return this.events.names();
  }

  /**
   * Says how the credentials of a connected socket are renewed; there is one judge. A client whose credentials end soon
   * (`socket.expiresAt`) is asked for new ones with the event `auth:renew`, and sends them with the same.
   */
  renewal(judge: Renewal<Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>): this {
    this.#renewal = judge;
    return this;
  }

  /** The judge of new credentials, if there is one; for what socket it was written, only `renewal` knows. */
  get judge(): Renewal<never> | undefined {
    return this.#renewal;
  }

  /** The connect middlewares in the order in which they run; for what sockets they were written, only `use` knows. */
  get middlewares(): readonly Middleware<never>[] {
    return this.#middlewares;
  }
}

/** `connect` is another word for `connection`. */
export function eventKey(event: string): string {
  return event === "connect" ? "connection" : event;
}
