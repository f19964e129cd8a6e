import { denial } from "../call/denial.ts";
import { ServerError } from "../failures.ts";
import type { ChannelAction, Identity, ResolvedChannelOptions } from "./channel-options.ts";
import type { Subscriber } from "./subscription.ts";

/** What the service needs of a socket. */
export interface ChannelSocket extends Subscriber {
  serve(event: string, listener: (...args: unknown[]) => unknown): void;
}

// Together with a message id it is the log's idempotency key: 256 characters, no control characters, no half surrogates.
const IDENTITY = /^[^\p{Cc}\p{Surrogate}]{1,160}$/u;

/** A socket in the eyes of the application: what it may do, and who it is. */
export class ChannelActor<S extends ChannelSocket> {
  readonly socket: S;
  readonly #options: ResolvedChannelOptions<S>;

  constructor(socket: S, options: ResolvedChannelOptions<S>) {
    this.socket = socket;
    this.#options = options;
  }

  /** Rejects with `forbidden`, or with what the application threw. */
  async allow(action: ChannelAction, channel: string): Promise<void> {
    if (!(await this.#options.authorize(this.socket, action, channel))) throw denial("forbidden");
  }

  /** Asked anew for each call, because an application may learn who a socket is while it is connected. */
  identity(): Identity {
    const identity = this.#options.identify(this.socket);
    // The pattern counts code points, the store counts UTF-16 units.
    if (typeof identity.id === "string" && identity.id.length <= 160 && IDENTITY.test(identity.id)) return identity;
    throw new ServerError("invalid_option", "identify must return an id of 1 to 160 printable characters");
  }
}
