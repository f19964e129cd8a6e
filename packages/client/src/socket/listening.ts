import { type Listener, ListenerMap } from "../channel/listener-map.ts";

/** What a Socket and a Manager have in common: listeners, by the names that emitters have. */
export abstract class Listening {
  protected readonly listenerMap: ListenerMap = new ListenerMap();

  listeners(event: string | number): Listener[] {
    return this.listenerMap.list(event);
  }

  hasListeners(event: string | number): boolean {
    return this.listenerMap.has(event);
  }

  addEventListener(event: string | number, listener: Listener): this {
    this.listenerMap.add(event, listener);
    return this;
  }

  /** Without a listener: all of the event. */
  removeListener(event: string | number, listener?: Listener): this {
    this.listenerMap.remove(event, listener);
    return this;
  }

  removeEventListener(event: string | number, listener?: Listener): this {
    return this.removeListener(event, listener);
  }

  /** Without an event: all. */
  removeAllListeners(event?: string | number): this {
    this.listenerMap.remove(event);
    return this;
  }
}
