import { BrokerError } from "./failures.ts";

interface Held<Value> {
  value: Value;
  token: string;
  until: number;
}

const DAY = 86_400_000;

/** Throws `invalid_lease` unless the id is 1 to 256 characters and the time to live 1 ms to 1 day. */
export function assertLease(id: string, ttl: number): void {
  const valid = id.length >= 1 && id.length <= 256 && ttl >= 1 && ttl <= DAY;
  if (!valid) throw new BrokerError("invalid_lease");
}

/** Values held by leases, in the order of their first entering. Pure: `now` comes in, nothing fires. */
export class LeaseTable<Value> {
  readonly #held = new Map<string, Held<Value>>();

  get size(): number {
    return this.#held.size;
  }

  has(id: string): boolean {
    return this.#held.has(id);
  }

  /** Enters or takes over. The token, never used before, makes every earlier one of this id stale. */
  enter(id: string, value: Value, ttl: number, now: number, token = ""): void {
    this.#held.set(id, { value, token, until: now + ttl });
  }

  /** Without a token, whoever knows the id may renew. */
  renew(id: string, token: string | undefined, ttl: number, now: number): boolean {
    const held = this.#find(id, token);
    if (held === undefined) return false;
    held.until = now + ttl;
    return true;
  }

  /** Removes and returns the value, or undefined when the lease is stale. */
  leave(id: string, token: string | undefined): Value | undefined {
    const held = this.#find(id, token);
    if (held !== undefined) this.#held.delete(id);
    return held?.value;
  }

  /** Removes and returns what has run out. */
  expire(now: number): Value[] {
    const expired: Value[] = [];
    for (const [id, held] of this.#held) {
      if (held.until > now) continue;
      this.#held.delete(id);
      expired.push(held.value);
    }
    return expired;
  }

  values(): Value[] {
    return Array.from(this.#held.values(), (held) => held.value);
  }

  #find(id: string, token: string | undefined): Held<Value> | undefined {
    const held = this.#held.get(id);
    return held !== undefined && (token === undefined || token === held.token) ? held : undefined;
  }
}
