/** What every event says, as in the DOM. */
export interface SocketEvent<Target = unknown> {
  readonly type: string;
  readonly target: Target;
}

export interface SocketMessageEvent<Target = unknown> extends SocketEvent<Target> {
  /** Text as string; binary data in the form of `binaryType`. */
  readonly data: string | Buffer | ArrayBuffer | Buffer[];
}

export interface SocketCloseEvent<Target = unknown> extends SocketEvent<Target> {
  readonly code: number;
  readonly reason: string;
  /** Whether the peer sent a close frame. */
  readonly wasClean: boolean;
}

export interface SocketErrorEvent<Target = unknown> extends SocketEvent<Target> {
  readonly error: unknown;
  readonly message: string;
}

export interface SocketEventMap<Target = unknown> {
  open: SocketEvent<Target>;
  message: SocketMessageEvent<Target>;
  close: SocketCloseEvent<Target>;
  error: SocketErrorEvent<Target>;
}

export type SocketEventType = keyof SocketEventMap;

/** A function, or an object that has one, as `addEventListener` takes it. */
export type SocketListener<Event> = ((event: Event) => void) | { handleEvent(event: Event): void };

interface Entry<Event> {
  /** `undefined`: the `on…` attribute, whose function may change and keeps its place. */
  readonly listener: SocketListener<Event> | undefined;
  readonly once: boolean;
}

/** The DOM's listeners for one type of event. The list is replaced, never changed: a dispatch goes through its own. */
export class ListenerList<Event extends SocketEvent> {
  #entries: readonly Entry<Event>[] = [];
  #attribute: ((event: Event) => void) | undefined;

  get empty(): boolean {
    return this.#entries.length === 0;
  }

  /** The same listener twice is the same listener. */
  add(listener: SocketListener<Event>, once: boolean): void {
    if (this.#entries.some((entry) => entry.listener === listener)) return;
    this.#entries = [...this.#entries, { listener, once }];
  }

  remove(listener: SocketListener<Event> | undefined): void {
    this.#entries = this.#entries.filter((entry) => entry.listener !== listener);
  }

  get attribute(): ((event: Event) => void) | null {
    return this.#attribute ?? null;
  }

  /** Anything but a function takes the attribute away. */
  set attribute(listener: ((event: Event) => void) | null | undefined) {
    if (typeof listener !== "function") {
      this.#attribute = undefined;
      this.remove(undefined);
      return;
    }
    if (this.#attribute === undefined) this.#entries = [...this.#entries, { listener: undefined, once: false }];
    this.#attribute = listener;
  }

  dispatch(event: Event): void {
    for (const { listener, once } of this.#entries) {
      if (once) this.remove(listener);
      const called = listener ?? this.#attribute;
      if (typeof called === "function") called.call(event.target, event);
      else called?.handleEvent(event);
    }
  }
}

/** The DOM's listeners of one socket. */
export class EventListeners<Target> {
  readonly lists: { readonly [Type in SocketEventType]: ListenerList<SocketEventMap<Target>[Type]> } = {
    open: new ListenerList(),
    message: new ListenerList(),
    close: new ListenerList(),
    error: new ListenerList(),
  };
}
