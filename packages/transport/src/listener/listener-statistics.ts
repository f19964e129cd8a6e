import type { SendCounters } from "../session/backlog.ts";

/** What a listener has to say in numbers. All but the first two only grow, from the listener's beginning on. */
export interface ListenerStatistics extends Readonly<SendCounters> {
  /** Sessions open or closing, now. */
  readonly sessions: number;
  /** Bytes waiting in the send queues of the whole process, now: what `totalQueueLimit` bounds. */
  readonly queuedBytes: number;
  /** Sessions closed because their client did not read (`slow_consumer`). */
  readonly slowConsumers: number;
  /** Sessions closed because all together had too much waiting (`memory_guard`). */
  readonly guarded: number;
}
