import { type Listener, ListenerMap } from "../channel/listener-map.ts";
import { Listening } from "./listening.ts";
import type { AnyListener } from "./socket-events.ts";

/** The listeners of a socket that see all events, in either direction. */
export abstract class Watching extends Listening {
  /** Both under "any". */
  protected readonly watchers: ListenerMap = new ListenerMap();
  protected readonly outgoingWatchers: ListenerMap = new ListenerMap();

  /** Sees every event of the server, before its own listeners. */
  onAny(listener: AnyListener): this {
    this.watchers.add("any", listener);
    return this;
  }

  /** Before those that are there. */
  prependAny(listener: AnyListener): this {
    this.watchers.prepend("any", listener);
    return this;
  }

  /** Without a listener: all. */
  offAny(listener?: AnyListener): this {
    this.watchers.remove("any", listener);
    return this;
  }

  listenersAny(): Listener[] {
    return this.watchers.list("any");
  }

  /** Sees every event that is emitted, when it is emitted; with `retries`, whenever it is sent. */
  onAnyOutgoing(listener: AnyListener): this {
    this.outgoingWatchers.add("any", listener);
    return this;
  }

  prependAnyOutgoing(listener: AnyListener): this {
    this.outgoingWatchers.prepend("any", listener);
    return this;
  }

  offAnyOutgoing(listener?: AnyListener): this {
    this.outgoingWatchers.remove("any", listener);
    return this;
  }

  listenersAnyOutgoing(): Listener[] {
    return this.outgoingWatchers.list("any");
  }
}
