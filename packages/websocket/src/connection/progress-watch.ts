import { type Deadline, deadlines } from "./deadline-wheel.ts";

/** Bytes a second that an incomplete message must bring. */
const LEAST_PROGRESS = 1024;

/** What a message that the peer has begun is doing. *held*: this side does not read, so that nothing can come. */
export type Progress = "owed" | "held" | "complete";

/** Sees to it that messages, once begun, go on coming; a connection has one from its first message in parts on. */
export class ProgressWatch {
  readonly #timeout: number;
  readonly #look: () => Progress;
  readonly #stalled: () => void;
  readonly #deadline: Deadline;
  /** Bytes since the deadline was set. */
  #received = 0;

  /** Begins to watch. `look` is asked after `timeout` milliseconds; `stalled` is called when too little has come by then. */
  constructor(timeout: number, look: () => Progress, stalled: () => void) {
    this.#timeout = timeout;
    this.#look = look;
    this.#stalled = stalled;
    this.#deadline = deadlines.set(timeout, () => this.#check());
  }

  /** So many bytes came. */
  add(bytes: number): void {
    this.#received += bytes;
  }

  /** Watches from now on, unless it does already. */
  begin(): void {
    if (this.#deadline.pending) return;
    this.#received = 0;
    this.#deadline.renew(this.#timeout);
  }

  cancel(): void {
    this.#deadline.cancel();
  }

  #check(): void {
    const progress = this.#look();
    if (progress === "complete") return;
    if (progress === "held" || this.#received * 1000 >= LEAST_PROGRESS * this.#timeout) this.begin();
    else this.#stalled();
  }
}
