import type { Published, Refusal } from "@everwire/protocol";
import type { Answer, ChannelLink } from "./channel-link.ts";
import { ChannelError } from "./failures.ts";

/** Publishes on their way at the same time; the server stores those of one socket in the order of their arrival. */
const WINDOW = 16;
/** Publishes that may wait; beyond it `publish` rejects with "outbox_full". */
const LIMIT = 1_000;

interface Entry {
  readonly id: string;
  readonly data: unknown;
  readonly settle: (answer: Published | ChannelError) => void;
  sent: boolean;
  attempts: number;
}

/**
 * Publishes of one channel, sent in the order of the calls.
 *
 * An entry stays until the server has answered for its id: after a lost connection it is sent again with the same id, and
 * the server stores it once. So a resolved publish is stored, and a rejected one was refused or given up here.
 */
export class Outbox {
  readonly #link: ChannelLink;
  readonly #send: (id: string, data: unknown) => Promise<Answer<Published>>;
  #entries: Entry[] = [];
  #inFlight = 0;
  #live = false;

  constructor(link: ChannelLink, send: (id: string, data: unknown) => Promise<Answer<Published>>) {
    this.#link = link;
    this.#send = send;
  }

  /** Whether entries may be sent now. */
  set live(live: boolean) {
    this.#live = live;
    this.#pump();
  }

  publish(id: string, data: unknown, signal: AbortSignal | undefined): Promise<Published> {
    if (this.#entries.length >= LIMIT) return Promise.reject(ChannelError.of("outbox_full"));
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason);
      const onAbort = (): void => {
        this.#remove(entry);
        reject(signal?.reason);
      };
      const entry: Entry = {
        id,
        data,
        settle: (answer) => {
          signal?.removeEventListener("abort", onAbort);
          if (answer instanceof ChannelError) reject(answer);
          else resolve(answer);
        },
        sent: false,
        attempts: 0,
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#entries.push(entry);
      this.#pump();
    });
  }

  /** Rejects all that waits. */
  clear(error: ChannelError): void {
    const entries = this.#entries;
    this.#entries = [];
    for (const entry of entries) entry.settle(error);
  }

  #pump(): void {
    if (!this.#live) return;
    for (const entry of [...this.#entries]) {
      if (this.#inFlight >= WINDOW) return;
      if (!entry.sent) void this.#attempt(entry);
    }
  }

  async #attempt(entry: Entry): Promise<void> {
    entry.sent = true;
    entry.attempts += 1;
    this.#inFlight += 1;
    const answer = await this.#send(entry.id, entry.data);
    this.#inFlight -= 1;
    if (answer !== undefined) {
      this.#finish(entry, answer);
      return this.#pump();
    }
    entry.sent = false;
    // On a connection that still stands the answer is only late; on a new one the channel becomes live again.
    if (this.#live) this.#link.clock.after(this.#link.retryDelay(entry.attempts), () => this.#pump());
  }

  #finish(entry: Entry, answer: Published | Refusal): void {
    if (!this.#remove(entry)) return;
    entry.settle(answer.ok ? answer : new ChannelError(answer.error.code, answer.error.message, answer.error.retry));
  }

  #remove(entry: Entry): boolean {
    const index = this.#entries.indexOf(entry);
    if (index >= 0) this.#entries.splice(index, 1);
    return index >= 0;
  }
}
