import type { CloseReason, DefaultEventMap, EventMap, EventNames } from "@everwire/protocol";
import { SocketEmitter } from "../broadcast/socket-emitter.ts";
import { PLAIN, type SocketOutbox } from "../broadcast/socket-outbox.ts";
import type { RefusedEvent } from "../contract/event-inlet.ts";
import type { EventHandler } from "../event/event-face.ts";
import type { Listener, ListenerMap } from "../event/listener-map.ts";
import type { DefaultSocketData } from "../event/socket-data.ts";

/** The events every socket has, whatever the application's own map. */
export interface SocketLifecycle {
  /** The socket is about to go; its rooms are still set. */
  disconnecting: (reason: CloseReason, description?: string) => unknown;
  /** The socket is gone. */
  disconnect: (reason: CloseReason, description?: string) => unknown;
  /** A packet middleware refused a packet. */
  error: (error: Error) => unknown;
  /** The client sent an event that is not as the namespace's contract has it; no listener of the event has seen it. */
  event_refused: (refusal: RefusedEvent) => unknown;
}

/** A catch-all listener: the name, then the arguments, the acknowledgement's callback last when there is one. */
export type AnyListener = (name: string, ...args: never[]) => unknown;

/**
 * The listeners of a socket: for one event, and for all of them in either direction.
 *
 * Listeners are called in the order in which they were added, catch-all ones first. Removing one while an event is being
 * delivered does not keep it from that event.
 */
export class ListeningSocket<
  ListenEvents extends EventMap = DefaultEventMap,
  EmitEvents extends EventMap = ListenEvents,
  SocketData = DefaultSocketData,
> extends SocketEmitter<EmitEvents, EmitEvents, SocketData> {
  readonly #listeners: ListenerMap;
  readonly #outgoing: ListenerMap;

  constructor(outbox: SocketOutbox, listeners: ListenerMap) {
    super(outbox, PLAIN);
    this.#listeners = listeners;
    this.#outgoing = outbox.outgoing;
  }

  on<Name extends keyof SocketLifecycle>(name: Name, listener: SocketLifecycle[Name]): this;
  on<Name extends EventNames<ListenEvents>>(name: Name, listener: EventHandler<ListenEvents, Name>): this;
  on(name: string, listener: Listener): this {
    this.#listeners.on(name, listener);
    return this;
  }

  once<Name extends keyof SocketLifecycle>(name: Name, listener: SocketLifecycle[Name]): this;
  once<Name extends EventNames<ListenEvents>>(name: Name, listener: EventHandler<ListenEvents, Name>): this;
  once(name: string, listener: Listener): this {
    this.#listeners.once(name, listener);
    return this;
  }

  /** Adds a listener that is called before those that are there. */
  prependListener<Name extends keyof SocketLifecycle>(name: Name, listener: SocketLifecycle[Name]): this;
  prependListener<Name extends EventNames<ListenEvents>>(name: Name, listener: EventHandler<ListenEvents, Name>): this;
  prependListener(name: string, listener: Listener): this {
    this.#listeners.prepend(name, listener);
    return this;
  }

  /** Removes one listener, every listener of a name, or all of them. */
  off(name?: EventNames<ListenEvents> | keyof SocketLifecycle, listener?: Listener): this {
    this.#listeners.off(name, listener);
    return this;
  }

  /** Removes one listener: `off` under the name that users of Node's emitters know. */
  removeListener(name: EventNames<ListenEvents> | keyof SocketLifecycle, listener: Listener): this {
    return this.off(name, listener);
  }

  /** Removes every listener of a name, or all of them; the catch-all listeners stay. */
  removeAllListeners(name?: EventNames<ListenEvents> | keyof SocketLifecycle): this {
    return this.off(name);
  }

  /** The listeners of a name in the order in which they are called. */
  listeners(name: EventNames<ListenEvents> | keyof SocketLifecycle): Listener[] {
    return this.#listeners.listeners(name);
  }

  listenerCount(name: EventNames<ListenEvents> | keyof SocketLifecycle): number {
    return this.#listeners.listeners(name).length;
  }

  /** The names that have listeners. */
  eventNames(): string[] {
    return this.#listeners.names();
  }

  /** Called with the name and the arguments of every event that arrives, before its own listeners. */
  onAny(listener: AnyListener): this {
    this.#listeners.onAny(listener);
    return this;
  }

  /** Like `onAny`, before the catch-all listeners that are there. */
  prependAny(listener: AnyListener): this {
    this.#listeners.prependAny(listener);
    return this;
  }

  /** Removes one catch-all listener, or all of them. */
  offAny(listener?: Listener): this {
    this.#listeners.offAny(listener);
    return this;
  }

  listenersAny(): Listener[] {
    return this.#listeners.listenersAny();
  }

  /**
   * Called with the name and the arguments of every event that is sent to this socket, broadcasts included, before it is;
   * a callback for the acknowledgement is not among the arguments.
   */
  onAnyOutgoing(listener: AnyListener): this {
    this.#outgoing.onAny(listener);
    return this;
  }

  /** Like `onAnyOutgoing`, before the listeners that are there. */
  prependAnyOutgoing(listener: AnyListener): this {
    this.#outgoing.prependAny(listener);
    return this;
  }

  /** Removes one of the listeners for what is sent, or all of them. */
  offAnyOutgoing(listener?: Listener): this {
    this.#outgoing.offAny(listener);
    return this;
  }

  listenersAnyOutgoing(): Listener[] {
    return this.#outgoing.listenersAny();
  }
}
