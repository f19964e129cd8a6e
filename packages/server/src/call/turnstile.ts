import type { SetDeadline } from "../event/acknowledgements.ts";
import { TokenBucket } from "./token-bucket.ts";

/** How fast calls are let in, and what happens to those that come faster. */
export interface TurnstileRules {
  /** Calls a second on average. */
  readonly rate: number;
  /** Calls at once. */
  readonly burst: number;
  /** Calls that may wait for their turn; one more is turned away. With 0 nothing waits. */
  readonly maxWaiting: number;
}

// Seconds a call may have to wait at most: whoever called must hear of it before they take it for lost.
const MAX_WAIT = 10;

/**
 * Lets calls in at a bounded rate, in the order in which they came: one that finds no token waits behind those that wait
 * already. Bounded: what would wait too long, or as one too many, is turned away.
 */
export class Turnstile {
  readonly #bucket: TokenBucket;
  readonly #maxWaiting: number;
  readonly #now: () => number;
  readonly #setDeadline: SetDeadline;
  #waiting: ((entered: boolean) => void)[] = [];
  #deadline: { cancel(): void } | undefined;

  constructor({ rate, burst, maxWaiting }: TurnstileRules, now: () => number, setDeadline: SetDeadline) {
    this.#bucket = new TokenBucket(rate, burst, now());
    this.#maxWaiting = Math.min(maxWaiting, rate * MAX_WAIT);
    this.#now = now;
    this.#setDeadline = setDeadline;
  }

  /** True: go on. False: turned away. A promise: wait for it. */
  enter(): boolean | Promise<boolean> {
    if (this.#waiting.length === 0 && this.#bucket.take(this.#now())) return true;
    if (this.#waiting.length >= this.#maxWaiting) return false;
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#watch();
    });
  }

  /** Turns away all who wait. */
  close(): void {
    this.#deadline?.cancel();
    this.#deadline = undefined;
    for (const resolve of this.#waiting.splice(0)) resolve(false);
  }

  #watch(): void {
    this.#deadline ??= this.#setDeadline(this.#bucket.wait(this.#now()), () => {
      this.#deadline = undefined;
      this.#admit();
    });
  }

  #admit(): void {
    while (this.#waiting.length > 0 && this.#bucket.take(this.#now())) this.#waiting.shift()?.(true);
    if (this.#waiting.length > 0) this.#watch();
  }
}
