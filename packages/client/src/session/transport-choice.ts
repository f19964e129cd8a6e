import type { TransportName } from "../transport/engine-transport.ts";
import { isStream } from "./carrier.ts";

/** Why the session runs over its transport; second argument of the Manager's event `transport`. */
export type TransportReason =
  /** The first that was tried has opened. */
  | "opened"
  /** It worked last time with this server, so it was tried first, and it has opened. */
  | "remembered"
  /** It was open before the one that was tried first. */
  | "raced"
  /** Those before it did not open. */
  | "blocked"
  /** It is preferred to the one before it, and could be had now. */
  | "better"
  /** The one before it broke twice in ten seconds. */
  | "broken"
  /** Something on the way kept back what the one before it brought. */
  | "buffered"
  /** The application asked for it with `switchTransport`. */
  | "chosen";

/** A second failure within so many ms moves the session to a lesser transport. */
const BROKEN_AGAIN = 10_000;
const FIRST_CLIMB = 10_000;
const LAST_CLIMB = 300_000;
/** Where a stream was kept back no other is tried for so many ms: each takes the downlink until that is found out. */
const HELD = 1_800_000;

/**
 * Which transport an open session should have, and when to try. Holds no timer.
 *
 * The order of the names is the order of preference, with one exception: `["polling", "websocket"]`, and any longer list
 * that begins so, means what it means to Socket.IO: open by polling, then move to the WebSocket.
 */
export class TransportChoice {
  readonly #served: readonly string[];
  #order: readonly TransportName[];
  #brokenAt = Number.NEGATIVE_INFINITY;
  #climbedAt = Number.POSITIVE_INFINITY;
  #climbDelay = FIRST_CLIMB;
  /** Until then, streams are passed over. */
  #heldUntil = Number.NEGATIVE_INFINITY;

  /** `served`: the names in the server's handshake. */
  constructor(names: readonly TransportName[], served: readonly string[]) {
    this.#served = served;
    this.#order = this.#preference(names);
  }

  /** All that may be used, best first. */
  get named(): readonly TransportName[] {
    return this.#order;
  }

  /** The same, without those that are passed over now. */
  order(now: number): readonly TransportName[] {
    if (now >= this.#heldUntil) return this.#order;
    const whole = this.#order.filter((name) => !isStream(name));
    return whole.length > 0 ? whole : this.#order;
  }

  /** False, and nothing is changed: the server serves none of them. */
  choose(names: readonly TransportName[]): boolean {
    const order = this.#preference(names);
    if (order.length === 0) return false;
    this.#order = order;
    this.forgive();
    return true;
  }

  /** Preferred to this one; all are preferred to one that may not be used any more. */
  better(name: TransportName, now: number): readonly TransportName[] {
    const index = this.#order.indexOf(name);
    return this.order(now).filter((other) => index < 0 || this.#order.indexOf(other) < index);
  }

  lesser(name: TransportName, now: number): readonly TransportName[] {
    const index = this.#order.indexOf(name);
    return this.order(now).filter((other) => this.#order.indexOf(other) > index);
  }

  /** Something on the way keeps streams back. */
  held(now: number): void {
    this.#heldUntil = now + HELD;
  }

  /** It may be another way. */
  forgive(): void {
    this.#heldUntil = Number.NEGATIVE_INFINITY;
  }

  /** The transport in use has broken: whether it deserves another try before a lesser one has its turn. */
  broken(now: number): boolean {
    const again = now - this.#brokenAt >= BROKEN_AGAIN;
    this.#brokenAt = now;
    return again;
  }

  /**
   * Milliseconds until a better one than this is tried again: ever more while none opens, or none lasts. Undefined: there
   * is none.
   */
  climb(name: TransportName, now: number): number | undefined {
    if (this.better(name, now).length === 0) {
      return this.#order.indexOf(name) > 0 ? Math.max(0, this.#heldUntil - now) : undefined;
    }
    if (now - this.#climbedAt > 2 * LAST_CLIMB) this.#climbDelay = FIRST_CLIMB;
    this.#climbedAt = now;
    const delay = this.#climbDelay;
    this.#climbDelay = Math.min(delay * 2, LAST_CLIMB);
    return delay;
  }

  #preference(names: readonly TransportName[]): readonly TransportName[] {
    const usable = [...new Set(names)].filter((name) => this.#served.includes(name));
    return usable[0] === "polling" && usable[1] === "websocket" ? ["websocket", "polling", ...usable.slice(2)] : usable;
  }
}
