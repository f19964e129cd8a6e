import type { Deadline, DeadlineWheel } from "@everwire/websocket";
import { failure, type TransportFailure } from "../failures.ts";

/** How long a body may take before its pace is looked at, and from then on how often it is. Milliseconds. */
const GRACE_MS = 5000;
const LOOK_MS = 1000;

export interface PaceLimits {
  readonly bodyTimeout: number;
  readonly minBodyRate: number;
}

/**
 * The time that a request body has: `bodyTimeout` in all, and after the first 5 s `minBodyRate` bytes for each second more.
 * So who brings a byte now and then, to keep the request open, is refused after 6 s, and a slow link has its 30. What came
 * in the first seconds counts, and so a link that was fast may stop for a while.
 */
export class BodyPace {
  /** What has come so far. */
  bytes = 0;
  readonly #limits: PaceLimits;
  readonly #wheel: DeadlineWheel;
  readonly #refuse: (row: TransportFailure) => void;
  #deadline: Deadline;
  #look: Deadline | undefined;
  #due = 0;

  /** `refuse` is called at most once, and not after `done`. */
  constructor(limits: PaceLimits, wheel: DeadlineWheel, refuse: (row: TransportFailure) => void) {
    const { bodyTimeout, minBodyRate } = limits;
    this.#limits = limits;
    this.#wheel = wheel;
    this.#refuse = refuse;
    this.#deadline =
      minBodyRate > 0 && bodyTimeout > GRACE_MS
        ? wheel.set(GRACE_MS, () => this.#watch())
        : wheel.set(bodyTimeout, () => this.#end("body_timed_out"));
  }

  /** The body is here, or given up. */
  done(): void {
    this.#deadline.cancel();
    this.#look?.cancel();
  }

  /** Most bodies have come by now, and those have had one deadline only. */
  #watch(): void {
    this.#deadline = this.#wheel.set(this.#limits.bodyTimeout - GRACE_MS, () => this.#end("body_timed_out"));
    this.#look = this.#wheel.set(LOOK_MS, () => this.#judge());
  }

  #judge(): void {
    this.#due += (this.#limits.minBodyRate * LOOK_MS) / 1000;
    if (this.bytes < this.#due) this.#end("body_too_slow");
    else this.#look?.renew(LOOK_MS);
  }

  #end(why: "body_timed_out" | "body_too_slow"): void {
    this.done();
    this.#refuse(failure(why));
  }
}
