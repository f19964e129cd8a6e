import { CONGESTION_BYTES, type QueueTally } from "../packet/send-queue.ts";

/** A session with 64 KiB or more waiting, as the guard sees it. */
export interface GuardedSession {
  readonly queuedBytes: number;
  /** What all sessions together may have waiting before this one may be closed for it. */
  readonly totalQueueLimit: number;
  shed(): void;
}

/**
 * What the send queues of all sessions hold together, and what happens when that is too much: the sessions with the
 * largest queues are closed first, until less than the limit waits. A session with less than 64 KiB in its queue is never
 * among them; how many of those there may be is a matter of how many clients are admitted.
 *
 * A packet that waits for many counts for each of them, so the sum is more than the memory it stands for.
 */
export class QueueGuard implements QueueTally {
  /** Bytes waiting in all queues. They add and subtract themselves. */
  bytes = 0;
  readonly #large = new Set<GuardedSession>();
  #due = false;

  /** A session became congested, which makes it one that can be closed. */
  enlist(session: GuardedSession): void {
    this.#large.add(session);
  }

  delist(session: GuardedSession): void {
    this.#large.delete(session);
  }

  /** The sum is above somebody's limit. At most once per tick, and after the transports have taken what they can. */
  relieve(): void {
    if (this.#due) return;
    this.#due = true;
    setImmediate(() => this.#shed());
  }

  #shed(): void {
    this.#due = false;
    const largest = [...this.#large]
      .filter(({ queuedBytes }) => queuedBytes >= CONGESTION_BYTES)
      .sort((one, other) => other.queuedBytes - one.queuedBytes);
    // Listeners of one process may have different limits: each session is judged by that of its own.
    for (const session of largest) if (this.bytes > session.totalQueueLimit) session.shed();
  }
}

/** The guard of this process, for all of its listeners. */
export const queueGuard: QueueGuard = new QueueGuard();
