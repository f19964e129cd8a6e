import type { Clock } from "../clock.ts";

interface Timer {
  readonly due: number;
  readonly callback: () => void;
}

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  // Far from 0, as `performance.now()` is in a process that has run for a while.
  #now = 1_000_000;
  #time = 1_700_000_000_000;
  #timers = new Set<Timer>();

  now(): number {
    return this.#now;
  }

  time(): number {
    return this.#time;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { due: this.#now + ms, callback };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /** Moves both times on; timers fire in the order in which they are due, each at its own time. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let timer = this.#next(end); timer !== undefined; timer = this.#next(end)) {
      this.#timers.delete(timer);
      this.#time += timer.due - this.#now;
      this.#now = timer.due;
      timer.callback();
    }
    this.#time += end - this.#now;
    this.#now = end;
  }

  /** Steps the wall clock alone, as an operator or a time server does. */
  stepTime(ms: number): void {
    this.#time += ms;
  }

  #next(end: number): Timer | undefined {
    const due = [...this.#timers].filter((timer) => timer.due <= end);
    return due.sort((a, b) => a.due - b.due)[0];
  }
}
