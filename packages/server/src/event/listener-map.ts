/** A listener as it is stored: arguments are whatever the peer sent, the result may be a promise. */
export type Listener = (...args: never[]) => unknown;

interface Entry {
  readonly listener: Listener;
  readonly once: boolean;
}

const NONE: readonly Entry[] = [];

/**
 * Listeners by event name.
 *
 * Not an EventEmitter: names come from peers, so they are keys of a Map ("__proto__" is a name like any other), "error"
 * without a listener is not special, and a listener that throws or rejects never reaches the caller of `emit`.
 * Lists are replaced, not changed, so a listener may add or remove listeners while an event is being delivered.
 */
export class ListenerMap {
  /** Made for the first listener: a socket has several maps, and most of them never get one. */
  #named: Map<string, readonly Entry[]> | undefined;
  #any: readonly Entry[] = NONE;

  on(name: string | number, listener: Listener): void {
    this.#set(name, grown(this.#get(name), { listener, once: false }));
  }

  once(name: string | number, listener: Listener): void {
    this.#set(name, grown(this.#get(name), { listener, once: true }));
  }

  /** Adds a listener that is called before those that are there. */
  prepend(name: string | number, listener: Listener, once: boolean = false): void {
    this.#set(name, [{ listener, once }, ...this.#get(name)]);
  }

  /** Removes one listener, every listener of a name, or everything with a name. */
  off(name?: string | number, listener?: Listener): void {
    if (name === undefined) this.#named = undefined;
    else if (listener === undefined) this.#named?.delete(String(name));
    else this.#set(name, without(this.#get(name), listener));
  }

  onAny(listener: Listener): void {
    this.#any = [...this.#any, { listener, once: false }];
  }

  prependAny(listener: Listener): void {
    this.#any = [{ listener, once: false }, ...this.#any];
  }

  offAny(listener?: Listener): void {
    this.#any = listener === undefined ? NONE : without(this.#any, listener);
  }

  /** The names that somebody listens to. */
  names(): string[] {
    return [...(this.#named?.keys() ?? [])];
  }

  listeners(name: string | number): Listener[] {
    return this.#get(name).map((entry) => entry.listener);
  }

  listenersAny(): Listener[] {
    return this.#any.map((entry) => entry.listener);
  }

  has(name: string | number): boolean {
    return this.#named?.has(String(name)) === true;
  }

  /** Calls the listeners of `name` in the order of their registration; false when there are none. */
  emit(name: string | number, args: readonly unknown[], failed: (error: unknown) => void): boolean {
    const entries = this.#get(name);
    for (const entry of entries) {
      // An event that a listener emits may have used it up.
      if (entry.once && !this.#use(name, entry)) continue;
      call(entry.listener, args, failed);
    }
    return entries.length > 0;
  }

  /** Like `emit`, for an event that is answered: by what the first listener returns, resolves with or throws. */
  ask(name: string | number, args: readonly unknown[], failed: (error: unknown) => void): Promise<unknown> | undefined {
    let answer: Promise<unknown> | undefined;
    for (const entry of this.#get(name)) {
      if (entry.once && !this.#use(name, entry)) continue;
      if (answer !== undefined) call(entry.listener, args, failed);
      else answer = new Promise((resolve) => resolve(Reflect.apply(entry.listener, undefined, args)));
    }
    return answer;
  }

  /** Calls the catch-all listeners with the name in front of the arguments. */
  emitAny(args: readonly unknown[], failed: (error: unknown) => void): void {
    for (const entry of this.#any) call(entry.listener, args, failed);
  }

  /** Removes this very entry, for the same function may have been added more than once; false when it has gone. */
  #use(name: string | number, entry: Entry): boolean {
    const entries = this.#get(name);
    if (!entries.includes(entry)) return false;
    this.#set(
      name,
      entries.filter((other) => other !== entry),
    );
    return true;
  }

  #get(name: string | number): readonly Entry[] {
    return this.#named?.get(String(name)) ?? NONE;
  }

  #set(name: string | number, entries: readonly Entry[]): void {
    if (entries.length === 0) {
      this.#named?.delete(String(name));
      return;
    }
    this.#named ??= new Map();
    this.#named.set(String(name), entries);
  }
}

/** By `concat`: a literal with a spread in it is given room for sixteen more, for each name of each socket. */
function grown(entries: readonly Entry[], entry: Entry): readonly Entry[] {
  return entries.concat(entry);
}

function without(entries: readonly Entry[], listener: Listener): readonly Entry[] {
  const at = entries.findIndex((entry) => entry.listener === listener);
  return at === -1 ? entries : entries.toSpliced(at, 1);
}

/** Runs application code: what it throws or rejects with goes to `failed`, and nowhere else. */
export function call(listener: Listener, args: readonly unknown[], failed: (error: unknown) => void): void {
  try {
    // The declared parameters are the application's promise about its peer; at run time they are what arrived.
    const result = Reflect.apply(listener, undefined, args);
    if (isThenable(result)) result.then(undefined, failed);
  } catch (error) {
    failed(error);
  }
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
