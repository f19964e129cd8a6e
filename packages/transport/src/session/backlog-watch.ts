import type { Deadline, DeadlineWheel } from "@everwire/websocket";
import { CONGESTION_BYTES, type SendQueue } from "../packet/send-queue.ts";

/** How many times the limit may wait for a client that reads: room for a burst, such as a page of history. */
const BURST_FACTOR = 4;
/** How long a client may take nothing while more than the limit waits for it. */
const PATIENCE_MS = 5000;
/** How many times that long it may take nothing while less than the limit waits: its oldest packet is 10 s old then. */
const OLD_LOOKS = 2;

/** What a watch has to know of a session. */
export interface WatchedSession {
  readonly sendQueueLimit: number;
  /** Whether the client has a way open on which it could take packets, see `Transport.listening`. */
  listening(): boolean;
  /** The client has taken nothing for too long. */
  stalled(): void;
}

/**
 * The policy of a send queue in which 64 KiB or more wait. Whatever waits, a client that takes something every 5 s is
 * reading, and stays: what one tick queues cannot have been read yet, so neither passing the limit nor the age of a long
 * burst is a fault of the client. One that takes nothing is given up
 * - after 5 s when more than the limit waits,
 * - after 10 s otherwise, but only if it could take something. One that is between two polls, or whose downlink broke, is
 *   away and not slow: the heartbeat and `reattachTimeout` say for how long, and a phone in a tunnel may be.
 *
 * Four times the limit is the end at any moment: the bound of what one client can make this process hold.
 */
export class BacklogWatch {
  readonly #queue: SendQueue;
  readonly #session: WatchedSession;
  readonly #deadline: Deadline;
  #takenBefore: number;
  /** Looks in a row that found an open way and nothing taken. */
  #idle = 0;

  constructor(queue: SendQueue, wheel: DeadlineWheel, session: WatchedSession) {
    this.#queue = queue;
    this.#session = session;
    this.#takenBefore = queue.taken;
    this.#deadline = wheel.set(PATIENCE_MS, () => this.#look());
  }

  /** Whether a packet may be queued behind all that waits. */
  get admits(): boolean {
    return this.#queue.bytes < this.#session.sendQueueLimit * BURST_FACTOR;
  }

  /** 64 KiB or more wait: watches, if it does not yet. It stops by itself when it finds less. */
  begin(): void {
    if (this.#deadline.pending) return;
    this.#idle = 0;
    this.#renew();
  }

  cancel(): void {
    this.#deadline.cancel();
  }

  #renew(): void {
    this.#takenBefore = this.#queue.taken;
    this.#deadline.renew(PATIENCE_MS);
  }

  #look(): void {
    const { bytes, taken } = this.#queue;
    if (bytes < CONGESTION_BYTES) return;
    const reads = taken > this.#takenBefore;
    this.#idle = reads || !this.#session.listening() ? 0 : this.#idle + 1;
    if (this.#idle >= OLD_LOOKS || (!reads && bytes >= this.#session.sendQueueLimit)) this.#session.stalled();
    else this.#renew();
  }
}
