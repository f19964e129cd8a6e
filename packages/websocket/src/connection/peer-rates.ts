import { TokenBucket } from "../frame/token-bucket.ts";

/** Pings a second that are answered over time, and how many may come at once. */
const PING_RATE = 100;
const PING_BURST = 1000;

/** What a peer may still send in this moment. Each is reckoned from the first of its kind on. */
export class PeerRates {
  #pings: TokenBucket | undefined;
  #messages: TokenBucket | undefined;

  /** One more ping has come. Returns whether it may. */
  ping(now: number): boolean {
    this.#pings ??= new TokenBucket(PING_RATE, PING_BURST, now);
    return this.#pings.take(now);
  }

  /** The same for a message, of which so many a second may come over time. */
  message(rate: number, now: number): boolean {
    this.#messages ??= new TokenBucket(rate, rate * 2, now);
    return this.#messages.take(now);
  }
}
