/** A number of bytes that many connections share. Whoever reserves releases, exactly once. */
export class ByteBudget {
  readonly limit: number;
  #reserved = 0;

  constructor(limit: number) {
    if (!Number.isSafeInteger(limit) || limit < 1) throw new RangeError("a budget is a positive number of bytes");
    this.limit = limit;
  }

  get reserved(): number {
    return this.#reserved;
  }

  /** Takes `bytes` out of the budget; `false` and nothing taken when they are not there. */
  reserve(bytes: number): boolean {
    if (this.#reserved + bytes > this.limit) return false;
    this.#reserved += bytes;
    return true;
  }

  release(bytes: number): void {
    this.#reserved -= bytes;
  }
}

/** What all incomplete messages of the process may hold together, unless a connection is given a budget of its own. */
export const incompleteMessages: ByteBudget = new ByteBudget(64 * 1024 * 1024);

/** What all connections of the process together may have waiting for slow peers, above 1 MiB of each: see there. */
export const outgoingMessages: ByteBudget = new ByteBudget(32 * 1024 * 1024);
