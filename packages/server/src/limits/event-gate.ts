import { TokenBucket } from "../call/token-bucket.ts";
import type { RateCounters, ResolvedRateLimits } from "./rate-limits.ts";

/** One connection's way through the limits. */
export class EventGate {
  readonly #limits: ResolvedRateLimits;
  readonly #counters: RateCounters;
  readonly #now: () => number;
  readonly #connection: TokenBucket | undefined;
  readonly #address: TokenBucket | undefined;
  readonly #left: () => void;
  /** By namespace and event; made for the first event that has a limit. */
  #events: Map<string, TokenBucket> | undefined;
  #refusedInARow = 0;

  constructor(
    limits: ResolvedRateLimits,
    counters: RateCounters,
    now: () => number,
    address: TokenBucket | undefined,
    left: () => void,
  ) {
    this.#limits = limits;
    this.#counters = counters;
    this.#now = now;
    this.#address = address;
    this.#left = left;
    const { connection } = limits;
    this.#connection = connection && new TokenBucket(connection.rate, connection.burst, now());
  }

  /** Whether so much was refused in a row that the session is to be ended. */
  get exhausted(): boolean {
    return this.#refusedInARow >= this.#limits.disconnectAfter;
  }

  /** Undefined: go on. Otherwise it is refused, and the number is of milliseconds until it would not be. */
  event(namespace: string, name: string | number): number | undefined {
    const bucket = this.#bucketOf(namespace, String(name));
    return this.#take(bucket, "event") ?? this.attempt();
  }

  /** The same for an attempt to connect to a namespace. */
  attempt(): number | undefined {
    return this.#take(this.#connection, "connection") ?? this.#take(this.#address, "address") ?? this.#passed();
  }

  /** The session is ended for it. */
  giveUp(): void {
    this.#counters.disconnected += 1;
  }

  /** The connection has gone. */
  close(): void {
    this.#left();
  }

  #passed(): undefined {
    this.#refusedInARow = 0;
    return undefined;
  }

  #take(bucket: TokenBucket | undefined, limit: "connection" | "address" | "event"): number | undefined {
    const now = this.#now();
    if (bucket === undefined || bucket.take(now)) return undefined;
    this.#counters[limit] += 1;
    this.#refusedInARow += 1;
    return Math.max(1, Math.ceil(bucket.wait(now)));
  }

  #bucketOf(namespace: string, name: string): TokenBucket | undefined {
    const rate = this.#limits.events.get(name);
    if (rate === undefined) return undefined;
    // No name of a namespace has a comma.
    const key = `${namespace},${name}`;
    this.#events ??= new Map();
    let bucket = this.#events.get(key);
    if (bucket === undefined) {
      bucket = new TokenBucket(rate.rate, rate.burst, this.#now());
      this.#events.set(key, bucket);
    }
    return bucket;
  }
}
