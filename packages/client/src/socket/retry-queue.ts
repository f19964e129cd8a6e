import { callListener, type Listener } from "../channel/listener-map.ts";
import { ClientError } from "../failures.ts";
import type { EmitFlags, SendFlags } from "./emit-operator.ts";

/** Events that may wait; beyond it `emit` throws "buffer_full". */
const LIMIT = 10_000;

export interface RetryQueueSetup {
  /** Times an event is sent again. */
  readonly retries: number;
  /** Sends it now. The callback that is added to the arguments gets an error when there was no acknowledgement. */
  readonly send: (flags: SendFlags, event: string | number, args: readonly unknown[]) => void;
}

interface Entry {
  readonly flags: EmitFlags;
  readonly event: string | number;
  readonly args: readonly unknown[];
  readonly callback: Listener | undefined;
  readonly number: number;
  tries: number;
  pending: boolean;
}

/** The events of a socket with the option `retries`: in order, one at a time, each until it is acknowledged. */
export class RetryQueue {
  readonly #setup: RetryQueueSetup;
  readonly #entries: Entry[] = [];
  /** Unique, so that a server can tell the events of this socket from those of all others, over all its connections. */
  readonly #key: string = crypto.getRandomValues(new Uint32Array(4)).join("-");
  #count = 0;
  #live = false;
  #marks = false;

  constructor(setup: RetryQueueSetup) {
    this.#setup = setup;
  }

  push(flags: EmitFlags, event: string | number, args: readonly unknown[]): void {
    if (this.#entries.length >= LIMIT) throw new ClientError("buffer_full");
    const last = args.at(-1);
    const callback = isListener(last) ? last : undefined;
    const number = ++this.#count;
    const plain = callback === undefined ? args : args.slice(0, -1);
    this.#entries.push({ flags, event, args: plain, callback, number, tries: 0, pending: false });
    this.#next();
  }

  /** `marks`: the server asks for the number of each event, and drops those that it has already (docs/client.md). */
  connected(marks: boolean): void {
    this.#live = true;
    this.#marks = marks;
    const [first] = this.#entries;
    if (first !== undefined) first.pending = false;
    this.#next();
  }

  /** To be called before the acknowledgements are given up. */
  disconnected(): void {
    this.#live = false;
  }

  #next(): void {
    const [entry] = this.#entries;
    if (!this.#live || entry === undefined || entry.pending) return;
    entry.pending = true;
    entry.tries += 1;
    const answered = (error: Error | null, ...answer: readonly unknown[]): void => this.#settle(entry, error, answer);
    const mark = this.#marks ? [`${this.#key}:${entry.number}`] : [];
    const flags = { ...entry.flags, withError: true, unbuffered: true };
    try {
      this.#setup.send(flags, entry.event, [...entry.args, ...mark, answered]);
    } catch (error) {
      this.#refused(entry, error);
    }
  }

  #settle(entry: Entry, error: Error | null, answer: readonly unknown[]): void {
    // An earlier attempt may have been answered meanwhile.
    if (entry !== this.#entries[0]) return;
    entry.pending = false;
    if (error === null || entry.tries > this.#setup.retries) this.#finish(entry, [error, ...answer]);
    this.#next();
  }

  /** The loss of the connection may not have been told yet: then it is sent over the next one. */
  #refused(entry: Entry, error: unknown): void {
    entry.pending = false;
    if (error instanceof ClientError && error.code === "not_connected") {
      entry.tries -= 1;
      return;
    }
    this.#entries.shift();
    if (entry.callback === undefined) throw error;
    callListener(entry.callback, [error]);
    this.#next();
  }

  #finish(entry: Entry, result: readonly unknown[]): void {
    this.#entries.shift();
    if (entry.callback !== undefined) callListener(entry.callback, result);
  }
}

function isListener(value: unknown): value is Listener {
  return typeof value === "function";
}
