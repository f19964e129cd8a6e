import type { Cancel, Clock } from "./clock.ts";

/**
 * Watches that the server's pings keep coming.
 *
 * The server sends one every `interval` ms and allows `timeout` ms for the answer; whoever hears nothing for the sum of
 * both has lost the other. Timers of hidden pages and sleeping laptops come late, so `expired` can also be asked.
 */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #silence: number;
  readonly #lost: () => void;
  #deadline: number;
  #cancel: Cancel;

  constructor(clock: Clock, interval: number, timeout: number, lost: () => void) {
    this.#clock = clock;
    this.#silence = interval + timeout;
    this.#lost = lost;
    this.#deadline = clock.now() + this.#silence;
    this.#cancel = clock.after(this.#silence, () => this.#check());
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

  #check(): void {
    if (this.expired) this.#lost();
    else this.#cancel = this.#clock.after(this.#deadline - this.#clock.now(), () => this.#check());
  }
}
