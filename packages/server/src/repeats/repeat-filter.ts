import type { EventPayload } from "@everwire/protocol";

/** Answers an event of a client; gives the bytes of the answer. Throws what cannot be encoded. */
export type Answer = (...answer: unknown[]) => number;

/** An event that a client sends again until it is acknowledged. */
export interface Marked {
  /** Without the mark. */
  readonly args: EventPayload;
  readonly acknowledge: Answer;
}

interface Entry {
  readonly number: number;
  /** The way to the client, which is that of the last attempt. Not kept behind the answer: it holds a whole socket. */
  reply: Answer | undefined;
  answer: readonly unknown[] | undefined;
  bytes: number;
}

/**
 * docs/client.md, "Retries": four random numbers of 32 bits, and which event of the client it is. A key of less than 30
 * characters is left to the application as an argument like any other: one is drawn once in 10^13 times, and texts of that
 * form that people write are shorter.
 */
const MARK = /^((?=[\d-]{30,43}:)\d{1,10}(?:-\d{1,10}){3}):([1-9]\d{0,14})$/;

/** Bytes of an entry beside its answer, rounded up. */
const ENTRY_BYTES = 500;

/**
 * Tells events that a client sends again from new ones. A client has one on its way at a time, so its last one is all that
 * is remembered of it, with the acknowledgement.
 *
 * Bounded by number and bytes, the client that has been silent for longest first: what is forgotten is served again when it
 * is repeated, as without this. A socket has one key, so that a client which draws a new one for each event takes no more
 * room than any other.
 */
export class RepeatFilter {
  readonly #maxClients: number;
  readonly #maxBytes: number;
  /** By namespace and key, in the order of their last events. */
  readonly #entries = new Map<string, Entry>();
  /** The key that each socket used last. */
  readonly #owned = new WeakMap<object, string>();
  #bytes = 0;

  constructor(maxClients: number = 10_000, maxBytes: number = 16 * 1024 * 1024) {
    this.#maxClients = maxClients;
    this.#maxBytes = maxBytes;
  }

  /** Clients that are remembered. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * `socket` is the one that the event came in on. Undefined for an event without a mark. `repeated`: it has been served, and
   * is answered as it was or will be.
   */
  take(socket: object, namespace: string, args: EventPayload, reply: Answer): Marked | "repeated" | undefined {
    const [name, ...values] = args;
    const mark = values.at(-1);
    const [, client, digits] = typeof mark === "string" ? (MARK.exec(mark) ?? []) : [];
    if (client === undefined) return undefined;
    const key = `${namespace}\n${client}`;
    const number = Number(digits);
    this.#own(socket, key);
    const last = this.#entries.get(key);
    if (last === undefined || last.number < number) {
      return { args: [name, ...values.slice(0, -1)], acknowledge: this.#open(key, number, reply) };
    }
    // Most recently used last.
    this.#entries.delete(key);
    this.#entries.set(key, last);
    if (last.number === number) {
      if (last.answer === undefined) last.reply = reply;
      else reply(...last.answer);
    }
    return "repeated";
  }

  #own(socket: object, key: string): void {
    const former = this.#owned.get(socket);
    if (former === key) return;
    if (former !== undefined) this.#forget(former);
    this.#owned.set(socket, key);
  }

  #open(key: string, number: number, reply: Answer): Answer {
    const entry: Entry = { number, reply, answer: undefined, bytes: ENTRY_BYTES };
    this.#forget(key);
    this.#entries.set(key, entry);
    this.#bytes += entry.bytes;
    this.#trim();
    return (...answer) => {
      if (entry.reply === undefined) return 0;
      const bytes = entry.reply(...answer);
      entry.answer = answer;
      entry.reply = undefined;
      if (this.#entries.get(key) !== entry) return bytes;
      entry.bytes += bytes;
      this.#bytes += bytes;
      this.#trim();
      return bytes;
    };
  }

  #trim(): void {
    for (const key of this.#entries.keys()) {
      if (this.#entries.size <= this.#maxClients && this.#bytes <= this.#maxBytes) return;
      this.#forget(key);
    }
  }

  #forget(key: string): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0;
    this.#entries.delete(key);
  }
}
