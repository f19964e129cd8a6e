import { backoffDelay } from "./backoff.ts";

/** The server keeps a session without a downlink as long as this by default, ms; then there is nothing to come back to. */
const GIVE_UP = 20_000;
/** Where the network is there and everything is refused at once, it is the server that is away, and people should know. */
const GIVE_UP_REFUSED = 5_000;
/** Between rounds through all transports while none opens. */
const ROUND = { base: 500, max: 2_000, randomization: 0.5 };

/** The time that a session is without a carrier. Holds no timer. */
export class Outage {
  #since: number | undefined;
  #rounds = 0;
  /** Since then something neither opened nor was refused. */
  #silence = false;

  begin(now: number): void {
    this.#since ??= now;
  }

  silent(): void {
    this.#silence = true;
  }

  end(): void {
    this.#since = undefined;
    this.#silence = false;
  }

  /** The carrier had lasted: the next rounds may follow each other as quickly as the first ones. */
  reset(): void {
    this.#rounds = 0;
  }

  /** Milliseconds until the next round; undefined: the session is given up. */
  pause(now: number, online: boolean, random: () => number): number | undefined {
    const patience = this.#silence || !online ? GIVE_UP : GIVE_UP_REFUSED;
    if (now - (this.#since ?? now) >= patience) return undefined;
    const delay = backoffDelay(ROUND, this.#rounds, random);
    this.#rounds += 1;
    return delay;
  }
}
