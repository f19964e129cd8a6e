import type { DeadlineWheel } from "@everwire/websocket";
import { CONGESTION_BYTES, type SendQueue } from "../packet/send-queue.ts";
import { BacklogWatch, type WatchedSession } from "./backlog-watch.ts";
import type { GuardedSession, QueueGuard } from "./queue-guard.ts";

/** From this many bytes on the application is asked to wait. */
export const PRESSURE_BYTES: number = 256 * 1024;

/** What becomes of packets that slow clients do not take. Counted since the listener was made. */
export interface SendCounters {
  /** Volatile packets dropped because 64 KiB or more waited. */
  droppedVolatile: number;
  /** Packets that took the place of one that waited with their key. */
  coalesced: number;
  /** Packets that waited for a client when it was closed for being slow. */
  discarded: number;
}

/** The session of a backlog. */
export interface BackloggedSession extends WatchedSession {
  readonly totalQueueLimit: number;
  /** All sessions together have too much waiting, and this one is among the largest. */
  shed(): void;
}

/**
 * What a session knows of its send queue once 64 KiB have waited, which for most sessions is never (docs/slow-consumers.md).
 * `congested` from 64 KiB, `pressed` from 256 KiB, and neither any more when less than 64 KiB wait.
 */
export class Backlog implements GuardedSession {
  readonly #queue: SendQueue;
  readonly #session: BackloggedSession;
  readonly #guard: QueueGuard;
  readonly #wheel: DeadlineWheel;
  #watch: BacklogWatch | undefined;
  #state: "relaxed" | "congested" | "pressed" = "relaxed";

  constructor(queue: SendQueue, wheel: DeadlineWheel, guard: QueueGuard, session: BackloggedSession) {
    this.#queue = queue;
    this.#wheel = wheel;
    this.#guard = guard;
    this.#session = session;
  }

  get pressed(): boolean {
    return this.#state === "pressed";
  }

  /** Whether a packet may be queued behind all that waits. */
  get admits(): boolean {
    return this.#watch?.admits ?? true;
  }

  get queuedBytes(): number {
    return this.#queue.bytes;
  }

  get totalQueueLimit(): number {
    return this.#session.totalQueueLimit;
  }

  /** `waiting` bytes, 64 KiB or more, wait in the queue and in the transport's hand. */
  grew(waiting: number): void {
    if (this.#state === "relaxed") {
      this.#state = "congested";
      this.#guard.enlist(this);
    }
    if (waiting >= PRESSURE_BYTES) this.#state = "pressed";
    // What the transport has in hand is no fault yet: it is one filling of a socket and a packet, or one poll's answer.
    if (this.#queue.bytes < CONGESTION_BYTES) return;
    if (this.#watch === undefined) this.#watch = new BacklogWatch(this.#queue, this.#wheel, this.#session);
    else this.#watch.begin();
  }

  /** So many bytes are left; true when it is to be told that there is room again. */
  shrank(waiting: number): boolean {
    if (this.#state === "relaxed" || waiting >= CONGESTION_BYTES) return false;
    this.#relax();
    return true;
  }

  shed(): void {
    this.#session.shed();
  }

  /** The session has ended. */
  end(): void {
    this.#watch?.cancel();
    this.#relax();
  }

  #relax(): void {
    this.#state = "relaxed";
    this.#guard.delist(this);
  }
}
