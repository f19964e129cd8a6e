import type { DefaultEventMap, EventMap } from "@everwire/protocol";
import type { Crowd } from "./audience.ts";
import { BroadcastOperator } from "./broadcast.ts";
import { type Listener, ListenerMap } from "./listener-map.ts";
import type { Middleware } from "./middleware.ts";
import type { Runtime } from "./runtime.ts";
import type { Socket } from "./socket.ts";

/** What a namespace tells of: a socket that connected, or, for the main one, another namespace that came to be. */
export type NamespaceEvent = "connection" | "connect" | "new_namespace";

/**
 * What a namespace and a parent of namespaces have in common: connect middlewares, listeners and broadcasts.
 *
 * `Child` is what `new_namespace` hands out: the namespaces themselves.
 */
export class ListeningNamespace<
  ListenEvents extends EventMap = DefaultEventMap,
  EmitEvents extends EventMap = ListenEvents,
  SocketData = Record<string, unknown>,
  Child = unknown,
> extends BroadcastOperator<EmitEvents, SocketData> {
  readonly name: string;
  /** For the server and its namespaces, which call the listeners. */
  readonly events: ListenerMap = new ListenerMap();
  #middlewares: readonly Middleware<Socket<ListenEvents, EmitEvents, SocketData>>[] = [];

  constructor(name: string, crowd: Crowd, runtime: Runtime) {
    super(crowd, runtime);
    this.name = name;
  }

  /**
   * Adds a function that every connecting socket must pass, in the order of registration. `next(error)` refuses it: the
   * client gets the error's `message`, and its `data` when it has some. What is thrown is reported and not shown.
   */
  use(middleware: Middleware<Socket<ListenEvents, EmitEvents, SocketData>>): this {
    this.#middlewares = [...this.#middlewares, middleware];
    return this;
  }

  /** `connection`: a socket connected. `new_namespace`: the main namespace alone tells of each other one when it is made. */
  on(event: "new_namespace", listener: (namespace: Child) => unknown): this;
  on(
    event: "connection" | "connect",
    listener: (socket: Socket<ListenEvents, EmitEvents, SocketData>) => unknown,
  ): this;
  on(event: NamespaceEvent, listener: Listener): this {
    this.events.on(eventKey(event), listener);
    return this;
  }

  once(event: "new_namespace", listener: (namespace: Child) => unknown): this;
  once(
    event: "connection" | "connect",
    listener: (socket: Socket<ListenEvents, EmitEvents, SocketData>) => unknown,
  ): this;
  once(event: NamespaceEvent, listener: Listener): this {
    this.events.once(eventKey(event), listener);
    return this;
  }

  /** Adds a listener that is called before those that are there. */
  prependListener(event: "new_namespace", listener: (namespace: Child) => unknown): this;
  prependListener(
    event: "connection" | "connect",
    listener: (socket: Socket<ListenEvents, EmitEvents, SocketData>) => unknown,
  ): this;
  prependListener(event: NamespaceEvent, listener: Listener): this {
    this.events.prepend(eventKey(event), listener);
    return this;
  }

  /** Removes one listener, every listener of an event, or all of them. */
  off(event?: NamespaceEvent, listener?: Listener): this {
    this.events.off(event === undefined ? undefined : eventKey(event), listener);
    return this;
  }

  /** The same as `off` with a listener, under the name that users of Node's emitters know. */
  removeListener(event: NamespaceEvent, listener: Listener): this {
    return this.off(event, listener);
  }

  listeners(event: NamespaceEvent): Listener[] {
    return this.events.listeners(eventKey(event));
  }

  listenerCount(event: NamespaceEvent): number {
    return this.events.listeners(eventKey(event)).length;
  }

  /** The connect middlewares in the order in which they run. */
  get middlewares(): readonly Middleware<Socket<ListenEvents, EmitEvents, SocketData>>[] {
    return this.#middlewares;
  }
}

/** `connect` is another word for `connection`. */
export function eventKey(event: NamespaceEvent): NamespaceEvent {
  return event === "connect" ? "connection" : event;
}
