/**
 * The last call of a kind for each channel, while it is under way.
 *
 * Calls wait for the application's permission, so they may finish in another order than that in which they were made. One
 * that asks `isLast` afterwards, and gives up when it is not, leaves what the client said last. Bounded by the calls under
 * way.
 */
export class LatestCall {
  readonly #calls = new Map<string, symbol>();

  begin(channel: string): symbol {
    const call = Symbol(channel);
    this.#calls.set(channel, call);
    return call;
  }

  isLast(channel: string, call: symbol): boolean {
    return this.#calls.get(channel) === call;
  }

  end(channel: string, call: symbol): void {
    if (this.isLast(channel, call)) this.#calls.delete(channel);
  }

  /** Whatever is under way for the channel is not the last word any more. */
  revoke(channel: string): void {
    this.#calls.delete(channel);
  }
}
