/** A session that moved no message for so long is asked after rarely. */
const IDLE_MS = 30_000;
const BUSY_FACTOR = 0.25;
const IDLE_FACTOR = 4;

/** When a client of short polling should ask again: soon while messages flow, rarely when none has for a while. */
export class PollPace {
  readonly #interval: number;
  #moved: number;

  /** `interval` is the option `shortPollingInterval`; `now` a monotonic time in milliseconds, as in every call. */
  constructor(interval: number, now: number) {
    this.#interval = interval;
    this.#moved = now;
  }

  /** A message went one way or the other. */
  moved(now: number): void {
    this.#moved = now;
  }

  /** Milliseconds until the next question. */
  hint(now: number): number {
    const still = now - this.#moved;
    if (still >= IDLE_MS) return this.#interval * IDLE_FACTOR;
    return still < this.#interval * 2 ? Math.ceil(this.#interval * BUSY_FACTOR) : this.#interval;
  }
}
