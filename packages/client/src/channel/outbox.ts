import type { Published } from "@everwire/protocol";
import type { Cancel } from "../transport/clock.ts";
import { ChannelError } from "./channel-error.ts";
import type { Answer, ChannelLink } from "./channel-link.ts";

/** Publishes on their way at the same time; the server stores those of one socket in the order of their arrival. */
const WINDOW = 16;
/** Publishes that may wait; beyond it `publish` rejects with "outbox_full". */
const LIMIT = 1_000;

interface Entry {
  readonly id: string;
  readonly data: unknown;
  readonly settle: (answer: Published | ChannelError) => void;
  sent: boolean;
  /** Times it came back without having been settled. */
  returns: number;
}

/**
 * Publishes of one channel, sent in the order of the calls.
 *
 * An entry stays until the server has answered for its id: after a lost connection, a late answer or a refusal that says
 * "retry" it is sent again with the same id, and the server stores it once. So a resolved publish is stored, and a rejected
 * one was refused for good or given up here.
 *
 * Order: what is sent after a refused entry may be stored before it, so as long as an entry has come back there is only
 * one under way, the oldest.
 */
export class Outbox {
  readonly #link: ChannelLink;
  readonly #send: (id: string, data: unknown) => Promise<Answer<Published>>;
  #entries: Entry[] = [];
  #inFlight = 0;
  #live = false;
  /** Set while the server is left in peace. */
  #cancelRest: Cancel | undefined;

  constructor(link: ChannelLink, send: (id: string, data: unknown) => Promise<Answer<Published>>) {
    this.#link = link;
    this.#send = send;
  }

  /** Whether entries may be sent now. */
  set live(live: boolean) {
    this.#live = live;
    this.#endRest();
    this.#pump();
  }

  publish(id: string, data: unknown, signal: AbortSignal | undefined): Promise<Published> {
    if (this.#entries.length >= LIMIT) return Promise.reject(ChannelError.of("outbox_full"));
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason);
      const onAbort = (): void => {
        this.#remove(entry);
        reject(signal?.reason);
        this.#pump();
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
        returns: 0,
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
    this.#endRest();
    for (const entry of entries) entry.settle(error);
  }

  #pump(): void {
    if (!this.#live || this.#cancelRest !== undefined) return;
    const window = this.#entries.some(({ returns }) => returns > 0) ? 1 : WINDOW;
    for (const entry of [...this.#entries]) {
      if (this.#inFlight >= window) return;
      if (!entry.sent) void this.#attempt(entry);
    }
  }

  async #attempt(entry: Entry): Promise<void> {
    entry.sent = true;
    this.#inFlight += 1;
    const answer = await this.#send(entry.id, entry.data);
    this.#inFlight -= 1;
    if (answer === undefined || (!answer.ok && answer.error.retry)) this.#takeBack(entry);
    else if (this.#remove(entry)) {
      entry.settle(answer.ok ? answer : new ChannelError(answer.error.code, answer.error.message, false));
    }
    this.#pump();
  }

  /** On a connection that still stands the server needs time; on a new one the channel becomes live again. */
  #takeBack(entry: Entry): void {
    entry.sent = false;
    if (!this.#live || !this.#entries.includes(entry)) return;
    const delay = this.#link.retryDelay(entry.returns);
    entry.returns += 1;
    this.#cancelRest ??= this.#link.clock.after(delay, () => {
      this.#cancelRest = undefined;
      this.#pump();
    });
  }

  #endRest(): void {
    this.#cancelRest?.();
    this.#cancelRest = undefined;
  }

  #remove(entry: Entry): boolean {
    const index = this.#entries.indexOf(entry);
    if (index >= 0) this.#entries.splice(index, 1);
    return index >= 0;
  }
}
