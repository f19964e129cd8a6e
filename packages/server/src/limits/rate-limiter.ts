import { networkOf } from "@everwire/transport";
import { TokenBucket } from "../call/token-bucket.ts";
import type { SetDeadline } from "../event/acknowledgements.ts";
import { EventGate } from "./event-gate.ts";
import type { RateCounters, ResolvedRate, ResolvedRateLimits } from "./rate-limits.ts";

interface Shared {
  readonly bucket: TokenBucket;
  connections: number;
  /** The end of its being remembered, while it has no connection. */
  forgetting: { cancel(): void } | undefined;
}

/**
 * The limits of a server: what its connections share.
 *
 * An address is remembered while it has a connection, and after that until its bucket would be full again, so that coming
 * back does not help.
 */
export class RateLimiter {
  readonly counters: RateCounters = { connection: 0, address: 0, event: 0, disconnected: 0 };
  readonly #limits: ResolvedRateLimits;
  readonly #setDeadline: SetDeadline;
  readonly #now: () => number;
  readonly #addresses = new Map<string, Shared>();

  constructor(limits: ResolvedRateLimits, setDeadline: SetDeadline, now: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#setDeadline = setDeadline;
    this.#now = now;
  }

  /** Addresses that are remembered. */
  get size(): number {
    return this.#addresses.size;
  }

  /** The gate of a new connection, which is closed when the connection has gone. */
  open(address: string): EventGate {
    const { address: rate } = this.#limits;
    if (rate === undefined) return new EventGate(this.#limits, this.counters, this.#now, undefined, () => undefined);
    const network = networkOf(address);
    const shared = this.#shared(network, rate);
    shared.connections += 1;
    shared.forgetting?.cancel();
    shared.forgetting = undefined;
    const left = (): void => this.#left(network, shared, rate);
    return new EventGate(this.#limits, this.counters, this.#now, shared.bucket, left);
  }

  #shared(network: string, { rate, burst }: ResolvedRate): Shared {
    const known = this.#addresses.get(network);
    if (known !== undefined) return known;
    const shared = { bucket: new TokenBucket(rate, burst, this.#now()), connections: 0, forgetting: undefined };
    this.#addresses.set(network, shared);
    return shared;
  }

  #left(network: string, shared: Shared, { rate, burst }: ResolvedRate): void {
    shared.connections -= 1;
    if (shared.connections > 0) return;
    const full = Math.min((burst / rate) * 1000, 2 ** 31 - 1);
    shared.forgetting = this.#setDeadline(full, () => this.#addresses.delete(network));
  }
}
