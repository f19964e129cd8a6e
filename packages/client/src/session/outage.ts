import { type BackoffOptions, backoffDelay } from "./backoff.ts";

/** Bounds of the time between two rounds through all transports, ms, while none opens: the first, and every one. */
const FIRST_ROUND = 500;
const LAST_ROUND = 2_000;
/** A server that keeps sessions for a short time only is asked so often in that time. */
const ROUNDS = 10;

/** The time that a session is without a carrier. Holds no timer. */
export class Outage {
  readonly #patience: number;
  readonly #rounds: BackoffOptions;
  #since: number | undefined;
  #round = 0;

  /** `patience`: milliseconds that the server keeps a session without a downlink; then there is nothing to come back to. */
  constructor(patience: number) {
    this.#patience = patience;
    const share = patience / ROUNDS;
    // Full jitter: a server that goes away sets all its clients going at the same time.
    this.#rounds = {
      base: Math.min(FIRST_ROUND, share),
      max: Math.min(LAST_ROUND, share),
      randomization: undefined,
    };
  }

  begin(now: number): void {
    this.#since ??= now;
  }

  /** There is a carrier: the next rounds may follow each other as quickly as the first ones. */
  end(): void {
    this.#since = undefined;
    this.#round = 0;
  }

  /** Milliseconds until the next round; undefined: the session is given up. */
  pause(now: number, random: () => number): number | undefined {
    if (now - (this.#since ?? now) >= this.#patience) return undefined;
    const delay = backoffDelay(this.#rounds, this.#round, random);
    this.#round += 1;
    return delay;
  }
}
