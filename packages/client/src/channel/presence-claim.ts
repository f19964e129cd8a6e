import { type Done, decodeDoneResponse } from "@everwire/protocol";
import type { Cancel } from "../transport/clock.ts";
import { ChannelError } from "./channel-error.ts";
import { type Answer, ask, type ChannelLink } from "./channel-link.ts";

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: ChannelError) => void;
  /** What the caller of `enter` was given. */
  readonly entered: Promise<void>;
}

/**
 * What this client says of itself in a channel. The server forgets it with the connection, so it is said again; also when
 * the server did not answer or refused for now, with growing delays.
 */
export class PresenceClaim {
  readonly #link: ChannelLink;
  readonly #channel: string;
  #wanted: { readonly data: unknown } | undefined;
  #waiters: Waiter[] = [];
  #live = false;
  #retries = 0;
  #cancelRetry: Cancel | undefined;

  constructor(link: ChannelLink, channel: string) {
    this.#link = link;
    this.#channel = channel;
  }

  /** The channel is subscribed over a connection that stands. */
  set live(live: boolean) {
    this.#live = live;
    this.#retries = 0;
    this.#claim();
  }

  /** Resolves when the server knows this or a later state. */
  enter(data: unknown): Promise<void> {
    this.#wanted = { data };
    const { promise, resolve, reject } = withResolvers();
    this.#waiters.push({ resolve, reject, entered: promise });
    this.#claim();
    return promise;
  }

  /** Rejects those who still wait for `enter`, then tells the server. */
  async leave(): Promise<void> {
    this.clear(ChannelError.of("left"));
    if (!this.#live) return;
    const answer = await ask(this.#link, "channel:leave", { channel: this.#channel }, decodeDoneResponse);
    // Without an answer the connection is gone, and the presence with it.
    if (answer?.ok === false) throw errorOf(answer.error);
  }

  /** Rejects those who still wait: the caller's own doing, so whoever does not look at the promise is not told. */
  clear(error: ChannelError): void {
    for (const { entered } of this.#waiters) entered.catch(() => undefined);
    this.#refuse(error);
  }

  #refuse(error: ChannelError): void {
    this.#wanted = undefined;
    this.#endRetry();
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
  }

  #claim(): void {
    this.#endRetry();
    const wanted = this.#wanted;
    if (!this.#live || wanted === undefined) return;
    const body = { channel: this.#channel, data: wanted.data };
    void ask(this.#link, "channel:enter", body, decodeDoneResponse).then((answer) => {
      // Something newer was said meanwhile: its answer counts for all who wait.
      if (this.#wanted === wanted) this.#answered(answer);
    });
  }

  #answered(answer: Answer<Done>): void {
    if (answer?.ok === true) {
      for (const waiter of this.#waiters.splice(0)) waiter.resolve();
    } else if (answer !== undefined && !answer.error.retry) {
      this.#refuse(errorOf(answer.error));
    } else if (this.#live) {
      this.#cancelRetry = this.#link.clock.after(this.#link.retryDelay(this.#retries), () => this.#claim());
      this.#retries += 1;
    }
  }

  #endRetry(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
  }
}

/** `Promise.withResolvers`, which Node has from 22 on. */
function withResolvers(): { promise: Promise<void>; resolve: () => void; reject: (error: ChannelError) => void } {
  let resolve = (): void => undefined;
  let reject = (_error: ChannelError): void => undefined;
  const promise = new Promise<void>((fulfil, fail) => {
    resolve = fulfil;
    reject = fail;
  });
  return { promise, resolve, reject };
}

function errorOf(error: { readonly code: string; readonly message: string; readonly retry: boolean }): ChannelError {
  return new ChannelError(error.code, error.message, error.retry);
}
