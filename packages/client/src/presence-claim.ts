import { type Done, decodeDoneResponse } from "@everwire/protocol";
import { type Answer, ask, type ChannelLink } from "./channel-link.ts";
import { ChannelError } from "./failures.ts";

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: ChannelError) => void;
}

/** What this client says of itself in a channel. The server forgets it with the connection, so it is said again. */
export class PresenceClaim {
  readonly #link: ChannelLink;
  readonly #channel: string;
  #wanted: { readonly data: unknown } | undefined;
  #waiters: Waiter[] = [];
  #live = false;

  constructor(link: ChannelLink, channel: string) {
    this.#link = link;
    this.#channel = channel;
  }

  /** The channel is subscribed over a connection that stands. */
  set live(live: boolean) {
    this.#live = live;
    this.#claim();
  }

  /** Resolves when the server knows this or a later state. */
  enter(data: unknown): Promise<void> {
    this.#wanted = { data };
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      this.#claim();
    });
  }

  /** Rejects those who still wait for `enter`, then tells the server. */
  async leave(): Promise<void> {
    this.clear(ChannelError.of("left"));
    if (!this.#live) return;
    const answer = await ask(this.#link, "channel:leave", { channel: this.#channel }, decodeDoneResponse);
    // Without an answer the connection is gone, and the presence with it.
    if (answer?.ok === false) throw errorOf(answer.error);
  }

  clear(error: ChannelError): void {
    this.#wanted = undefined;
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
  }

  #claim(): void {
    const wanted = this.#wanted;
    if (!this.#live || wanted === undefined) return;
    const body = { channel: this.#channel, data: wanted.data };
    void ask(this.#link, "channel:enter", body, decodeDoneResponse).then((answer) => {
      // Something newer was said meanwhile: its answer counts for all who wait.
      if (this.#wanted === wanted) this.#answered(answer);
    });
  }

  #answered(answer: Answer<Done>): void {
    if (answer === undefined) {
      if (this.#live) this.#link.clock.after(this.#link.retryDelay(1), () => this.#claim());
    } else if (answer.ok) {
      for (const waiter of this.#waiters.splice(0)) waiter.resolve();
    } else {
      this.clear(errorOf(answer.error));
    }
  }
}

function errorOf(error: { readonly code: string; readonly message: string; readonly retry: boolean }): ChannelError {
  return new ChannelError(error.code, error.message, error.retry);
}
