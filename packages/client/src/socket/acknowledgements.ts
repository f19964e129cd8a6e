import { callListener, type Listener } from "../channel/listener-map.ts";
import { ClientError, type ClientFailureCode } from "../failures.ts";
import type { Cancel, Clock } from "../transport/clock.ts";

interface Pending {
  readonly callback: Listener;
  /** The callback takes an error first, and so hears of failures too. */
  readonly withError: boolean;
  readonly cancel: Cancel | undefined;
}

/** Callbacks of events that the server has not answered yet, by the id the answer will carry. */
export class Acknowledgements {
  readonly #clock: Clock;
  readonly #pending: Map<number, Pending> = new Map();
  #nextId = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** With a timeout the callback takes an error first. `expired` is called before it, when the time has passed. */
  add(callback: Listener, withError: boolean, timeout: number | undefined, expired: (id: number) => void): number {
    const id = this.#nextId++;
    const expire = (): void => {
      expired(id);
      this.fail(id, "ack_timeout");
    };
    const cancel = timeout === undefined ? undefined : this.#clock.after(timeout, expire);
    this.#pending.set(id, { callback, withError, cancel });
    return id;
  }

  /** An answer nobody waits for is ignored: it may have come too late. */
  settle(id: number, args: readonly unknown[]): void {
    const pending = this.remove(id);
    if (pending !== undefined) callListener(pending.callback, pending.withError ? [null, ...args] : args);
  }

  /** A callback that takes no error first is never called then, as Socket.IO has it. */
  fail(id: number, code: ClientFailureCode): void {
    const pending = this.remove(id);
    if (pending?.withError === true) callListener(pending.callback, [new ClientError(code)]);
  }

  /** The answers cannot come any more, but for the events that are still to be sent. */
  failAll(unsent: ReadonlySet<number>): void {
    for (const id of [...this.#pending.keys()]) if (!unsent.has(id)) this.fail(id, "ack_lost");
  }

  remove(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.cancel?.();
    return pending;
  }
}
