import type { Appended, AppendRequest } from "@everwire/broker";
import type { AppendCall, BatchEntry, BatchResult } from "./store-message.ts";

interface Waiter {
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: unknown) => void;
}

const INITIAL_BYTES = 4096;

/** Appends that will be committed together. Data is copied in end to end, so a batch crosses to the store's thread as one buffer. */
export class AppendBatch {
  readonly #entries: BatchEntry[] = [];
  readonly #waiters: Waiter[] = [];
  #data = new Uint8Array(INITIAL_BYTES);
  #used = 0;
  #size = 0;

  get count(): number {
    return this.#entries.length;
  }

  /** Sum of the records' sizes. */
  get size(): number {
    return this.#size;
  }

  /** Takes one append. Everything of the request is copied before this returns. */
  add(request: AppendRequest, size: number, time: number): Promise<Appended> {
    const { topic, idempotencyKey, id, contentType, headers, data } = request;
    const length = data.byteLength;
    this.#reserve(length);
    this.#data.set(data, this.#used);
    this.#used += length;
    this.#size += size;
    this.#entries.push([topic, idempotencyKey ?? null, id, contentType, JSON.stringify(headers), time, size, length]);
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  /** The message for the store. The batch takes nothing more, because its buffer moves away. */
  message(now: number, time: number): AppendCall {
    return { kind: "append", now, time, entries: this.#entries, data: this.#data.subarray(0, this.#used) };
  }

  /** Settles the appends in the order in which they were made; returns how many were duplicates. */
  resolve(results: readonly BatchResult[]): number {
    let duplicates = 0;
    for (const [index, [offset, epoch, first]] of results.entries()) {
      const entry = this.#entries[index];
      if (entry === undefined) continue;
      const [time, id] = first ?? [entry[5], entry[2]];
      if (first !== undefined) duplicates += 1;
      const position = { epoch, offset };
      this.#waiters[index]?.resolve({ position, time, duplicate: first !== undefined, id });
    }
    return duplicates;
  }

  reject(error: unknown): void {
    for (const waiter of this.#waiters) waiter.reject(error);
  }

  // Doubling: each byte is moved at most once more on average.
  #reserve(length: number): void {
    const needed = this.#used + length;
    if (needed <= this.#data.byteLength) return;
    const grown = new Uint8Array(Math.max(needed, this.#data.byteLength * 2));
    grown.set(this.#data.subarray(0, this.#used));
    this.#data = grown;
  }
}
