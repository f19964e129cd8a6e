import type { Clock } from "./clock.ts";
import type { AppendRequest, LogRecord } from "./log-record.ts";
import type { Position } from "./position.ts";

/** What an append came to. A duplicate carries the first append's values. */
export interface Appended {
  readonly position: Position;
  /** Wall time of the stored record, in ms. */
  readonly time: number;
  /** True when the idempotency key was seen within the window: nothing new was stored. */
  readonly duplicate: boolean;
  readonly id: string;
}

/**
 * What to read. `after`: the records that follow a position, oldest first. `before`: the newest records under an offset.
 * Neither: the newest records. Both: those between, oldest first. `limit` is 1 to 10 000.
 */
export interface LogQuery {
  readonly after?: Position;
  readonly before?: number;
  readonly limit: number;
}

/** Why the records after a position cannot be given: another life of the topic, already trimmed, or not yet written. */
export type GapReason = "epoch" | "trimmed" | "future";

/** Part of a topic. `records` ascend by one without a gap, whichever way was asked for. */
export interface LogPage {
  readonly epoch: string;
  /** Offset of the newest record; 0 when nothing was ever appended. */
  readonly head: number;
  /** Oldest retained offset; `head + 1` when nothing is retained. */
  readonly first: number;
  readonly records: readonly LogRecord[];
  /** True when nothing lies beyond this page in the way it was read. A page may be shorter than its limit: only this tells. */
  readonly complete: boolean;
  /** False when `after` cannot be followed without a gap. Then `records` is empty and `complete` false: never a part. */
  readonly recovered: boolean;
  readonly reason?: GapReason;
}

/** Which records stay. Each bound given holds; the oldest records go first. */
export interface Retention {
  readonly maxRecords?: number;
  /** Sum of `recordSize` over the topic. */
  readonly maxBytes?: number;
  /** Milliseconds by the wall clock. Trimming stops at the first record young enough. */
  readonly maxAge?: number;
}

/** A topic that was ever appended to. */
export interface TopicSummary {
  readonly topic: string;
  readonly epoch: string;
  readonly head: number;
  readonly first: number;
}

/** How long a repeated idempotency key is recognised: `age` ms or the newest `keys` keys of the whole log, whichever is less. */
export interface IdempotencyBounds {
  readonly age: number;
  readonly keys: number;
}

/** What every log can be told. */
export interface LogOptions {
  /** Default: the process's clock. */
  readonly clock?: Clock;
  /** Largest `recordSize` accepted. Default 1 MiB. */
  readonly maxRecordBytes?: number;
  /** Default 5 minutes, 100 000 keys. A publisher that retries later than this may store its message twice. */
  readonly idempotency?: IdempotencyBounds;
  /** Applied to a topic after each append to it. The default is stated by the implementation. */
  readonly retention?: Retention;
  /** A page ends when its records pass this, and holds at least one. Default 8 MiB. */
  readonly maxPageBytes?: number;
}

/**
 * Named, ordered sequences of records: what channels are made of.
 *
 * Ordering: each topic has one total order. Offsets are dense from 1; two appends made one after the other by one caller
 * are stored in that order, and appends of one topic resolve in offset order. Nothing is promised between topics.
 *
 * Delivery: an append that resolved is stored as firmly as the implementation states, exactly once within the
 * idempotency window. One that rejected with `storage_failed` has an unknown outcome; every other rejection stored
 * nothing. A resolved append is visible to every read that begins afterwards.
 *
 * Callers: any code of the process that owns the log, concurrently. The log copies what it is given before it returns,
 * and a record that it hands out belongs to all its readers: nobody writes to its data.
 *
 * Failure: a `BrokerError`. `retry` says whether the same call may succeed later.
 */
export interface Log {
  /** Stores one record at the topic's end. The topic comes into being with its first record. */
  append(request: AppendRequest): Promise<Appended>;
  /**
   * Reads a page. A record that fails its checksum ends the page before it; a read that begins at it rejects with
   * `record_corrupt`, naming the offset, so a caller who must go on can read past it.
   */
  read(topic: string, query: LogQuery): Promise<LogPage>;
  /** The position of the newest record. A topic without records has an epoch too, and keeps it when the first one comes. */
  head(topic: string): Promise<Position>;
  /** Removes the oldest records until the retention holds; resolves with how many went. The head stays. */
  trim(topic: string, retention: Retention): Promise<number>;
  /** The topics that begin with `prefix`, by code point order, at most `limit` (1 to 10 000). */
  topics(prefix: string, limit: number): Promise<TopicSummary[]>;
  /** Finishes the appends that wait, then releases the storage. Later calls reject with `log_closed`. May be called again. */
  close(): Promise<void>;
}
