import type { Cancel, Clock } from "./clock.ts";

/** Timers by name, of which each runs once at a time. One call stops them all, so that none is left behind. */
export class Timers<Name extends string> {
  readonly #clock: Clock;
  readonly #cancels: Map<Name, Cancel> = new Map();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  has(name: Name): boolean {
    return this.#cancels.has(name);
  }

  /** Replaces the timer of this name. */
  set(name: Name, delay: number, callback: () => void): void {
    this.clear(name);
    const cancel = this.#clock.after(delay, () => {
      this.#cancels.delete(name);
      callback();
    });
    this.#cancels.set(name, cancel);
  }

  clear(...names: readonly Name[]): void {
    for (const name of names) {
      this.#cancels.get(name)?.();
      this.#cancels.delete(name);
    }
  }

  stop(): void {
    this.clear(...this.#cancels.keys());
  }
}
