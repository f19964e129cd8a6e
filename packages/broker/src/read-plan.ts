import { BrokerError } from "./failures.ts";
import type { GapReason, LogPage, LogQuery, Retention } from "./log.ts";
import type { LogRecord } from "./log-record.ts";

/** The state of a topic that a read is judged by. */
export interface TopicState {
  readonly epoch: string;
  readonly head: number;
  readonly first: number;
}

/** The offsets `from` to `to` (both included), read from one end; or the reason why the query has no answer. */
export type ReadPlan =
  | { readonly kind: "range"; readonly from: number; readonly to: number; readonly newestFirst: boolean }
  | { readonly kind: "gap"; readonly reason: GapReason };

/** The most that a read or a listing may ask for. */
export const MAX_LIMIT = 10_000;

/** Throws `invalid_query` unless `limit` is an integer from 1 to 10 000. */
export function assertLimit(limit: number): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) throw new BrokerError("invalid_query");
}

/** Throws `invalid_query` unless limit and offsets are in range. */
export function assertQuery(query: LogQuery): void {
  assertLimit(query.limit);
  if (query.before !== undefined) assertCount(query.before);
  if (query.after !== undefined) assertCount(query.after.offset);
}

/** Throws `invalid_query` unless each bound given is an integer from 0. */
export function assertRetention(retention: Retention): void {
  for (const bound of [retention.maxRecords, retention.maxBytes, retention.maxAge]) {
    if (bound !== undefined) assertCount(bound);
  }
}

function assertCount(value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new BrokerError("invalid_query");
}

/** Decides what a query means for a topic: the one place where recovery is judged, shared by all implementations. */
export function planRead(topic: TopicState, query: LogQuery): ReadPlan {
  const to = Math.min(topic.head, (query.before ?? Number.MAX_SAFE_INTEGER) - 1);
  if (query.after === undefined) return { kind: "range", from: topic.first, to, newestFirst: true };
  const { epoch, offset } = query.after;
  if (epoch !== topic.epoch) return { kind: "gap", reason: "epoch" };
  if (offset > topic.head) return { kind: "gap", reason: "future" };
  // The position just before the oldest retained record is still good: the next record is there.
  if (offset < topic.first - 1) return { kind: "gap", reason: "trimmed" };
  return { kind: "range", from: offset + 1, to, newestFirst: false };
}

/** A page of records in the form in which an implementation has them. */
export type PageOf<Item> = Omit<LogPage, "records"> & { readonly records: readonly Item[] };

/** Makes the page of a plan from the records found for it, in ascending order. */
export function makePage<Item extends Pick<LogRecord, "offset">>(
  topic: TopicState,
  plan: ReadPlan,
  records: readonly Item[],
): PageOf<Item> {
  const { epoch, head, first } = topic;
  if (plan.kind === "gap") {
    return { epoch, head, first, records: [], complete: false, recovered: false, reason: plan.reason };
  }
  return { epoch, head, first, records, complete: reachesEnd(plan, records), recovered: true };
}

function reachesEnd(plan: ReadPlan & { kind: "range" }, records: readonly Pick<LogRecord, "offset">[]): boolean {
  const oldest = records[0];
  const newest = records.at(-1);
  if (oldest === undefined || newest === undefined) return plan.from > plan.to;
  return plan.newestFirst ? oldest.offset <= plan.from : newest.offset >= plan.to;
}
