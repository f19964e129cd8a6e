/** Turns left free for the carrier in use while another is attached: polls follow each other meanwhile. */
const AHEAD = 1_000_000;

/** Numbers the attaches of one session (docs/protocol/session.md, "Attach"): the greatest has the downlink. */
export class Turns {
  #last = 0;
  #ahead = 0;

  /** For a request that follows another of the same carrier. */
  next(): number {
    this.#last += 1;
    return this.#last;
  }

  /** For an attempt to attach another carrier. */
  ahead(): number {
    this.#ahead = Math.max(this.#last, this.#ahead) + AHEAD;
    return this.#ahead;
  }

  /** The attempt is over, well or badly; the server may have seen its turn either way. */
  settle(): void {
    this.#last = Math.max(this.#last, this.#ahead);
  }
}
