/** How long a name stays with its owner after the last connection has gone. */
export const NAME_LEASE = 30_000;

interface Lease {
  readonly owner: string;
  /** Open connections of the owner under this name. */
  connections: number;
  /** Until when the name stays with the owner while no connection is open. */
  expires: number;
}

/**
 * Which client holds which name. A name belongs to one owner while any of its connections is open and for a lease after
 * the last one closed, so that a reload or a change of transport does not lose it to somebody else.
 *
 * Pure: `now` is milliseconds of a monotonic clock. A map, so `__proto__` is a name like any other. Its size is bounded
 * by the open connections plus those of the last lease; expired rows are swept once per lease.
 */
export class NameRegistry {
  readonly #lease: number;
  readonly #names = new Map<string, Lease>();
  #sweepAt = 0;

  constructor(lease: number = NAME_LEASE) {
    this.#lease = lease;
  }

  get size(): number {
    return this.#names.size;
  }

  /** Reserves the name for one lease. False: another owner has it. */
  claim(key: string, owner: string, now: number): boolean {
    return this.#reserve(key, owner, now) !== undefined;
  }

  /** Holds the name until `release`, once per open connection. False: another owner has it. */
  hold(key: string, owner: string, now: number): boolean {
    const lease = this.#reserve(key, owner, now);
    if (lease === undefined) return false;
    lease.connections += 1;
    return true;
  }

  /** One connection of the owner closed; the last one starts the lease. */
  release(key: string, owner: string, now: number): void {
    const lease = this.#names.get(key);
    if (lease === undefined || lease.owner !== owner || lease.connections === 0) return;
    lease.connections -= 1;
    lease.expires = now + this.#lease;
  }

  #reserve(key: string, owner: string, now: number): Lease | undefined {
    this.#sweep(now);
    const held = this.#names.get(key);
    if (held !== undefined && held.owner === owner) {
      held.expires = now + this.#lease;
      return held;
    }
    if (held !== undefined && !isFree(held, now)) return undefined;
    const lease = { owner, connections: 0, expires: now + this.#lease };
    this.#names.set(key, lease);
    return lease;
  }

  #sweep(now: number): void {
    if (now < this.#sweepAt) return;
    this.#sweepAt = now + this.#lease;
    for (const [key, lease] of this.#names) {
      if (isFree(lease, now)) this.#names.delete(key);
    }
  }
}

function isFree(lease: Lease, now: number): boolean {
  return lease.connections === 0 && lease.expires <= now;
}
