import {
  type Appended,
  type AppendRequest,
  assertAppend,
  assertLimit,
  assertQuery,
  assertRetention,
  assertTopic,
  BrokerError,
  type Clock,
  copyHeaders,
  type Log,
  type LogPage,
  type LogQuery,
  type LogRecord,
  type Position,
  type Retention,
  type TopicSummary,
} from "@everwire/broker";
import { AppendQueue, type QueueBounds } from "./append-queue.ts";
import type { StoredRecord } from "./store-message.ts";
import type { StoreWorker } from "./store-worker.ts";

/** What a log has done since it was opened. */
export interface SqliteLogStats {
  /** Transactions that stored appends: each is one sync of the disk. */
  readonly commits: number;
  readonly appended: number;
  readonly duplicates: number;
  /** Appends that are not settled. */
  readonly waiting: number;
}

/** What `openSqliteLog` makes a log of. */
export interface SqliteLogParts extends QueueBounds {
  readonly worker: StoreWorker;
  readonly clock: Clock;
  readonly maxRecordBytes: number;
  readonly maxPendingCalls: number;
}

/**
 * A log in an SQLite file. Firmness: an append resolves when its record, with a checksum, is committed and synced
 * (write-ahead log, `synchronous=FULL`); it then survives SIGKILL and power loss. Made by `openSqliteLog`.
 */
export class SqliteLog implements Log {
  readonly #parts: SqliteLogParts;
  readonly #queue: AppendQueue;
  #closing: Promise<void> | undefined;

  constructor(parts: SqliteLogParts) {
    this.#parts = parts;
    this.#queue = new AppendQueue(parts.worker, parts.clock, parts);
  }

  async append(request: AppendRequest): Promise<Appended> {
    this.#assertOpen();
    const size = assertAppend(request, this.#parts.maxRecordBytes);
    return this.#queue.append(request, size);
  }

  async read(topic: string, query: LogQuery): Promise<LogPage> {
    this.#assertCallable();
    assertTopic(topic);
    assertQuery(query);
    const reply = await this.#parts.worker.call({ kind: "read", topic, query });
    if (reply.kind !== "page") throw new BrokerError("storage_failed");
    const { epoch } = reply.page;
    return { ...reply.page, records: reply.page.records.map((record) => toLogRecord(epoch, record)) };
  }

  async head(topic: string): Promise<Position> {
    this.#assertCallable();
    assertTopic(topic);
    const reply = await this.#parts.worker.call({ kind: "head", topic });
    if (reply.kind !== "head") throw new BrokerError("storage_failed");
    return reply.position;
  }

  async trim(topic: string, retention: Retention): Promise<number> {
    this.#assertCallable();
    assertTopic(topic);
    assertRetention(retention);
    const time = this.#parts.clock.time();
    const reply = await this.#parts.worker.call({ kind: "trim", topic, retention, time });
    if (reply.kind !== "trimmed") throw new BrokerError("storage_failed");
    return reply.count;
  }

  async topics(prefix: string, limit: number): Promise<TopicSummary[]> {
    this.#assertCallable();
    assertLimit(limit);
    const reply = await this.#parts.worker.call({ kind: "topics", prefix, limit });
    if (reply.kind !== "topics") throw new BrokerError("storage_failed");
    return [...reply.topics];
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Figures for metrics. */
  stats(): SqliteLogStats {
    return this.#queue.stats;
  }

  async #close(): Promise<void> {
    await this.#queue.idle();
    // A thread that has ended has nothing left to close, and its end was reported.
    await this.#parts.worker.call({ kind: "close" }).catch(() => undefined);
    await this.#parts.worker.ended();
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new BrokerError("log_closed");
  }

  #assertCallable(): void {
    this.#assertOpen();
    if (this.#parts.worker.waiting >= this.#parts.maxPendingCalls) throw new BrokerError("queue_full");
  }
}

function toLogRecord(epoch: string, record: StoredRecord): LogRecord {
  const { offset, id, contentType, time, data } = record;
  return { offset, epoch, id, contentType, headers: copyHeaders(JSON.parse(record.headers)), data, time };
}
