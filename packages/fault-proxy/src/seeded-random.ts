/**
 * Numbers that look random and are the same for the same key.
 *
 * Every connection and every purpose has a generator of its own (`seed/connection/purpose`), so that what one connection
 * draws does not depend on when another one draws.
 */
export class SeededRandom {
  #state: number;

  constructor(key: string) {
    // FNV-1a, 32 bits: close keys ("7/1/delay", "7/2/delay") must start far apart.
    let hash = 0x811c9dc5;
    for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
    this.#state = hash;
  }

  /** From 0 inclusive to 1 exclusive. */
  next(): number {
    // Mulberry32: one addition and a mix; its whole state is one word.
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer from 0 to `end - 1`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  /** True `probability` of the time. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }
}
