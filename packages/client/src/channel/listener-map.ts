// The arguments of a listener depend on its event; the typed methods of Socket and Manager are the boundary.
export type Listener = (...args: never) => void;

interface Entry {
  readonly listener: Listener;
  readonly once: boolean;
}

/**
 * Listeners by event name, in the order in which they were added.
 *
 * Event names are chosen by the peer, hence a Map. A listener that throws neither stops the others nor the connection:
 * its error is thrown again from a microtask, where the platform reports it as uncaught.
 */
export class ListenerMap {
  readonly #entries: Map<string | number, Entry[]> = new Map();

  add(event: string | number, listener: Listener, once = false): void {
    this.#entries.set(event, [...(this.#entries.get(event) ?? []), { listener, once }]);
  }

  /** Before the others. */
  prepend(event: string | number, listener: Listener): void {
    this.#entries.set(event, [{ listener, once: false }, ...(this.#entries.get(event) ?? [])]);
  }

  /** Without a listener: all of the event. Without an event: all. */
  remove(event?: string | number, listener?: Listener): void {
    if (event === undefined) {
      this.#entries.clear();
      return;
    }
    const entries = this.#entries.get(event);
    if (entries === undefined) return;
    const found = listener === undefined ? -1 : entries.findIndex((entry) => entry.listener === listener);
    if (listener !== undefined && found < 0) return;
    const left = listener === undefined ? [] : entries.filter((_, index) => index !== found);
    this.#replace(event, left);
  }

  has(event: string | number): boolean {
    return this.#entries.has(event);
  }

  list(event: string | number): Listener[] {
    return (this.#entries.get(event) ?? []).map((entry) => entry.listener);
  }

  /** Lists are replaced, never changed, so listeners may add and remove while this runs. */
  emit(event: string | number, args: readonly unknown[]): boolean {
    const entries = this.#entries.get(event);
    if (entries === undefined) return false;
    for (const entry of entries) {
      // An event that a listener emits may have used it up.
      if (entry.once && !this.#use(event, entry)) continue;
      callListener(entry.listener, args);
    }
    return true;
  }

  /** Removes this very entry, for the same function may have been added more than once; false when it has gone. */
  #use(event: string | number, entry: Entry): boolean {
    const entries = this.#entries.get(event) ?? [];
    if (!entries.includes(entry)) return false;
    this.#replace(
      event,
      entries.filter((other) => other !== entry),
    );
    return true;
  }

  #replace(event: string | number, entries: Entry[]): void {
    if (entries.length > 0) this.#entries.set(event, entries);
    else this.#entries.delete(event);
  }
}

export function callListener(listener: Listener, args: readonly unknown[]): void {
  try {
    // The types of the arguments were promised by the event map, which peers cannot be held to.
    (listener as (...args: readonly unknown[]) => unknown)(...args);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
