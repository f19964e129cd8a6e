import { ServerError } from "../failures.ts";

/** Runs `callback` once after `ms` milliseconds unless it is cancelled before. */
export type SetDeadline = (ms: number, callback: () => void) => { cancel(): void };

/** One acknowledgement that is waited for. Exactly one of the two is called, and at most once. */
export interface PendingAck {
  answer(args: readonly unknown[]): void;
  /** The time is over or the socket is gone; without it the wait ends in silence. */
  fail?(error: ServerError): void;
}

interface Entry {
  readonly pending: PendingAck;
  readonly deadline: { cancel(): void };
}

/**
 * The acknowledgements one socket owes.
 *
 * Bounded: a peer that never acknowledges costs at most `limit` entries, each for the length of its timeout; over the bound
 * `add` refuses and the caller hears of it. An answer to an id that is not here (late, repeated, invented, or belonging to
 * another socket) is ignored.
 */
export class PendingAcks {
  /** Made for the first: most sockets never owe one. */
  #entries: Map<number, Entry> | undefined;
  readonly #limit: number;
  readonly #setDeadline: SetDeadline;

  constructor(limit: number, setDeadline: SetDeadline) {
    this.#limit = limit;
    this.#setDeadline = setDeadline;
  }

  get size(): number {
    return this.#entries?.size ?? 0;
  }

  get full(): boolean {
    return this.size >= this.#limit;
  }

  /** Waits for the answer to `id`; throws `too_many_acks` when the socket owes too many already. */
  add(id: number, pending: PendingAck, timeout: number): void {
    if (this.full) throw new ServerError("too_many_acks");
    const deadline = this.#setDeadline(timeout, () => this.fail(id, new ServerError("ack_timed_out")));
    this.#entries ??= new Map();
    this.#entries.set(id, { pending, deadline });
  }

  /** Hands the peer's answer to whoever waits for `id`; false when nobody does. */
  answer(id: number, args: readonly unknown[]): boolean {
    const entry = this.#take(id);
    entry?.pending.answer(args);
    return entry !== undefined;
  }

  fail(id: number, error: ServerError): void {
    this.#take(id)?.pending.fail?.(error);
  }

  /** Empties the map when the socket is gone. */
  failAll(error: ServerError): void {
    for (const id of [...(this.#entries?.keys() ?? [])]) this.fail(id, error);
  }

  // The entry is gone before anybody is called, so a callback cannot be called a second time from inside itself.
  #take(id: number): Entry | undefined {
    const entry = this.#entries?.get(id);
    if (entry === undefined) return undefined;
    this.#entries?.delete(id);
    entry.deadline.cancel();
    return entry;
  }
}
