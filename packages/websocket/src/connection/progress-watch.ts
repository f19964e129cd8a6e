import { type Deadline, deadlines } from "./deadline-wheel.ts";

/** Bytes a millisecond that an incomplete message must bring: 1 KiB a second. */
const LEAST_PROGRESS = 1024 / 1000;

/** What a message that the peer has begun is doing. *held*: this side does not read, so that nothing can come. */
export type Progress = "owed" | "held" | "complete";

/** Whose messages are watched. */
export interface Watched {
  /** Asked when the time is up. */
  readonly progress: Progress;
  /** The peer owes the rest of a message, and too little has come. */
  messageStalled(): void;
}

/**
 * Sees to it that messages, once begun, go on coming; a connection has one from its first message in parts on.
 *
 * Each byte puts the end off by what it is worth, and never beyond `timeout` from now: a burst buys no time for the
 * silence after it.
 */
export class ProgressWatch {
  readonly #timeout: number;
  readonly #owner: Watched;
  readonly #deadline: Deadline;
  /** When it is over unless more comes. The deadline is set anew only when it has passed. */
  #due: number;

  /** Watches from `now` on. */
  constructor(timeout: number, owner: Watched, now: number) {
    this.#timeout = timeout;
    this.#owner = owner;
    this.#due = now + timeout;
    this.#deadline = deadlines.set(timeout, () => this.#check(performance.now()));
  }

  /** So many bytes came. */
  add(bytes: number, now: number): void {
    this.#due = Math.min(now + this.#timeout, this.#due + bytes / LEAST_PROGRESS);
  }

  /** Watches from now on, unless it does already. */
  begin(now: number): void {
    if (!this.#deadline.pending) this.#restart(now);
  }

  cancel(): void {
    this.#deadline.cancel();
  }

  #restart(now: number): void {
    this.#due = now + this.#timeout;
    this.#deadline.renew(this.#timeout);
  }

  #check(now: number): void {
    const { progress } = this.#owner;
    if (progress === "complete") return;
    if (progress === "held") this.#restart(now);
    else if (this.#due > now) this.#deadline.renew(this.#due - now);
    else this.#owner.messageStalled();
  }
}
