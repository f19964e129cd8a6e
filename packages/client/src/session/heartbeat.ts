import type { Cancel, Clock } from "../transport/clock.ts";

/** A ping may take so long, ms, before it is called late. */
const GRACE = 5_000;

export interface HeartbeatWatcher {
  /** The ping should have come by now: the connection may be dead, and there is time left to make another. */
  late(): void;
  lost(): void;
}

/**
 * Watches that the server's pings keep coming.
 *
 * The server sends one every `interval` ms and allows `timeout` ms for the answer; whoever hears nothing for the sum of
 * both has lost the other. Timers of hidden pages and sleeping laptops come late, so `expired` can also be asked.
 */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #silence: number;
  /** Milliseconds of silence after which a ping is late. */
  readonly #late: number;
  readonly #watcher: HeartbeatWatcher;
  #deadline: number;
  #cancel: Cancel;

  constructor(clock: Clock, interval: number, timeout: number, watcher: HeartbeatWatcher) {
    this.#clock = clock;
    this.#silence = interval + timeout;
    this.#late = interval + Math.min(timeout / 2, GRACE);
    this.#watcher = watcher;
    this.#deadline = clock.now() + this.#silence;
    this.#cancel = clock.after(this.#late, () => this.#checkLate());
  }

  get expired(): boolean {
    return this.#clock.now() >= this.#deadline;
  }

  /** A ping has arrived. One timer serves many pings: it looks at the deadline and is set again. */
  beat(): void {
    this.#deadline = this.#clock.now() + this.#silence;
  }

  stop(): void {
    this.#cancel();
  }

  #checkLate(): void {
    const late = this.#deadline - this.#silence + this.#late;
    const left = late - this.#clock.now();
    if (left > 0) {
      this.#cancel = this.#clock.after(left, () => this.#checkLate());
      return;
    }
    this.#cancel = this.#clock.after(this.#deadline - this.#clock.now(), () => this.#checkLost());
    this.#watcher.late();
  }

  #checkLost(): void {
    if (this.expired) this.#watcher.lost();
    else this.#checkLate();
  }
}
