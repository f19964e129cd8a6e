import type { SetDeadline } from "./acknowledgements.ts";

/** A deadline, and what takes it back. There are as many as sessions, so it is one object and no closures. */
class Entry {
  readonly due: number;
  readonly callback: () => void;
  readonly #lists: DeadlineLists;
  readonly #length: number;

  constructor(lists: DeadlineLists, length: number, due: number, callback: () => void) {
    this.#lists = lists;
    this.#length = length;
    this.due = due;
    this.callback = callback;
  }

  cancel(): void {
    this.#lists.remove(this.#length, this);
  }
}

// Callbacks may be this many milliseconds late, so that a stream of deadlines does not wake the process for each one.
const GRAIN = 20;

/**
 * All deadlines of a process on one timer.
 *
 * Deadlines of the same length expire in the order in which they were set, so each length has a list of its own and only
 * the heads of the lists are ever looked at: setting, cancelling and expiring cost the same with ten and a million pending.
 * The timer does not keep the process alive.
 */
export class DeadlineLists {
  readonly #lists = new Map<number, Set<Entry>>();
  #timer: NodeJS.Timeout | undefined;
  #wakeAt = Number.POSITIVE_INFINITY;
  /** What made the timer. In a test it may have been replaced since, and the old timers be those of another time. */
  #maker: typeof setTimeout | undefined;

  /** Number of deadlines that are pending. */
  get size(): number {
    let size = 0;
    for (const list of this.#lists.values()) size += list.size;
    return size;
  }

  readonly set: SetDeadline = (ms, callback) => {
    const length = Math.max(1, Math.ceil(ms));
    const entry = new Entry(this, length, Math.ceil(performance.now()) + length, callback);
    const list = this.#lists.get(length);
    if (list === undefined) this.#lists.set(length, new Set([entry]));
    else list.add(entry);
    this.#wake(entry.due);
    return entry;
  };

  /** For the entries. */
  remove(length: number, entry: Entry): void {
    const list = this.#lists.get(length);
    if (list?.delete(entry) === true && list.size === 0) this.#lists.delete(length);
  }

  #wake(due: number): void {
    if (due >= this.#wakeAt && this.#maker === setTimeout) return;
    clearTimeout(this.#timer);
    this.#wakeAt = due;
    this.#maker = setTimeout;
    this.#timer = setTimeout(() => this.#expire(), Math.max(GRAIN, Math.ceil(due - performance.now())));
    this.#timer.unref();
  }

  #expire(): void {
    this.#wakeAt = Number.POSITIVE_INFINITY;
    const now = performance.now();
    try {
      for (const [length, list] of this.#lists) this.#expireList(length, list, now);
    } finally {
      // Also after a callback that threw: its fault must not stop every other deadline of the process.
      for (const [{ due } = { due: Number.POSITIVE_INFINITY }] of this.#lists.values()) this.#wake(due);
    }
  }

  #expireList(length: number, list: ReadonlySet<Entry>, now: number): void {
    for (const entry of list) {
      if (entry.due > now) return;
      this.remove(length, entry);
      entry.callback();
    }
  }
}

/** The lists that every server of this process shares. */
export const deadlines: DeadlineLists = new DeadlineLists();
