import type { EventArguments, EventMap, EventNames } from "@everwire/protocol";
import type { Answer } from "@everwire/protocol/contract";
import { type Listener, ListenerMap } from "./listener-map.ts";

/** What a handler returns: the answer where a contract wants one, else whatever it likes. */
type HandlerResult<M extends EventMap, Name extends EventNames<M>> = M[Name] extends (
  ...args: never[]
) => Answer<infer Value>
  ? Value | PromiseLike<Value>
  : unknown;

/** A listener for an event of a map. It may return a promise: a rejection is reported like a throw. */
export type EventHandler<M extends EventMap, Name extends EventNames<M>> = (
  ...args: EventArguments<M, Name>
) => HandlerResult<M, Name>;

/** What reports events of its own, by the names that users of Node's emitters know; `notify` is for its owner. */
export class EventFace<Events extends EventMap> {
  readonly #listeners = new ListenerMap();
  readonly #failed: (error: unknown) => void;

  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  on<Name extends EventNames<Events>>(event: Name, listener: EventHandler<Events, Name>): this {
    this.#listeners.on(event, listener);
    return this;
  }

  once<Name extends EventNames<Events>>(event: Name, listener: EventHandler<Events, Name>): this {
    this.#listeners.once(event, listener);
    return this;
  }

  /** Removes one listener, or all of the event. */
  off(event: EventNames<Events>, listener?: Listener): this {
    this.#listeners.off(event, listener);
    return this;
  }

  /** The same as `off` with a listener, under the name that users of Node's emitters know. */
  removeListener(event: EventNames<Events>, listener: Listener): this {
    return this.off(event, listener);
  }

  listeners(event: EventNames<Events>): Listener[] {
    return this.#listeners.listeners(event);
  }

  listenerCount(event: EventNames<Events>): number {
    return this.#listeners.listeners(event).length;
  }

  /** For the owner: calls the listeners. What they throw is reported to the server. */
  notify<Name extends EventNames<Events>>(event: Name, ...args: EventArguments<Events, Name>): void {
    this.#listeners.emit(event, args, this.#failed);
  }
}
