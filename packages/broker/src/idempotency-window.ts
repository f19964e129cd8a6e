import type { IdempotencyBounds } from "./log.ts";

/** What the first append with a key came to. */
export interface FirstResult {
  readonly offset: number;
  readonly epoch: string;
  readonly time: number;
  readonly id: string;
}

interface Entry extends FirstResult {
  /** Counts up by one per key, so that a store can delete "everything up to". */
  readonly sequence: number;
  readonly at: number;
}

/** The idempotency keys that a log still recognises. Bounded by age and by count; the oldest key is forgotten first. */
export class IdempotencyWindow {
  readonly #bounds: IdempotencyBounds;
  // Insertion order is order of age: `at` never goes back, because the clock is monotonic.
  readonly #entries = new Map<string, Entry>();
  #sequence = 0;

  constructor(bounds: IdempotencyBounds) {
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#entries.size;
  }

  find(topic: string, key: string, now: number): FirstResult | undefined {
    const entry = this.#entries.get(name(topic, key));
    return entry !== undefined && now - entry.at < this.#bounds.age ? entry : undefined;
  }

  /** Remembers a key and returns its sequence number. A store that loads its keys passes the number it stored. */
  add(topic: string, key: string, result: FirstResult, at: number, sequence: number = this.#sequence + 1): number {
    const { offset, epoch, time, id } = result;
    this.#sequence = sequence;
    // Deleting first moves a key that had run out to the young end.
    this.#entries.delete(name(topic, key));
    this.#entries.set(name(topic, key), { offset, epoch, time, id, sequence, at });
    return sequence;
  }

  /** Takes back a key whose append failed. */
  remove(topic: string, key: string): void {
    this.#entries.delete(name(topic, key));
  }

  /** Forgets what is too old or too much; returns the highest sequence number forgotten, 0 when none was. */
  expire(now: number): number {
    let highest = 0;
    for (const [key, entry] of this.#entries) {
      if (this.#entries.size <= this.#bounds.keys && now - entry.at < this.#bounds.age) break;
      this.#entries.delete(key);
      highest = entry.sequence;
    }
    return highest;
  }
}

// Topics contain no control characters, so no two pairs share a name.
function name(topic: string, key: string): string {
  return `${topic}\0${key}`;
}
