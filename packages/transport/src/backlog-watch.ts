import type { Deadline, DeadlineWheel } from "@everwire/websocket";
import type { SendQueue } from "./send-queue.ts";

/** How many times the limit may wait for a client that reads: room for a burst, such as a page of history. */
const BURST_FACTOR = 4;
/** How long a client may take nothing while more than the limit waits for it. */
const PATIENCE_MS = 5000;

/**
 * The policy of a send queue that has passed its limit. What one tick queues cannot have been read yet, so passing the
 * limit alone is no fault of the client: it has to take something every 5 s until less than the limit waits, and four
 * times the limit is the end of it at any moment. That is the bound of what one client can make this process hold.
 */
export class BacklogWatch {
  readonly #queue: SendQueue;
  readonly #limit: number;
  readonly #deadline: Deadline;
  readonly #stalled: () => void;
  #takenBefore: number;

  /** Begins to watch; `stalled` is called when the client has taken nothing for too long. */
  constructor(queue: SendQueue, limit: number, wheel: DeadlineWheel, stalled: () => void) {
    this.#queue = queue;
    this.#limit = limit;
    this.#stalled = stalled;
    this.#takenBefore = queue.taken;
    this.#deadline = wheel.set(PATIENCE_MS, () => this.#check());
  }

  /** Whether a packet may be queued behind all that waits. */
  admits(): boolean {
    if (this.#queue.bytes >= this.#limit * BURST_FACTOR) return false;
    if (this.#queue.bytes >= this.#limit && !this.#deadline.pending) this.#watch();
    return true;
  }

  cancel(): void {
    this.#deadline.cancel();
  }

  #watch(): void {
    this.#takenBefore = this.#queue.taken;
    this.#deadline.renew(PATIENCE_MS);
  }

  #check(): void {
    if (this.#queue.bytes < this.#limit) return;
    if (this.#queue.taken > this.#takenBefore) this.#watch();
    else this.#stalled();
  }
}
