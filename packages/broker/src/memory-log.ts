import { createHash, randomBytes } from "node:crypto";
import { type Clock, systemClock } from "./clock.ts";
import { BrokerError } from "./failures.ts";
import { IdempotencyWindow } from "./idempotency-window.ts";
import type { Appended, Log, LogOptions, LogPage, LogQuery, Retention, TopicSummary } from "./log.ts";
import { type AppendRequest, assertAppend, assertTopic, copyHeaders } from "./log-record.ts";
import type { Position } from "./position.ts";
import { assertLimit, assertQuery, assertRetention, makePage, planRead } from "./read-plan.ts";
import { TopicHistory } from "./topic-history.ts";

/** What a memory log can be told. */
export interface MemoryLogOptions extends LogOptions {
  /** Per topic, after each append. Default: 1 000 records, 4 MiB, no age. */
  readonly retention?: Retention;
  /** Topics that may exist; one more is refused with `too_many_topics`. Default 100 000. */
  readonly maxTopics?: number;
  /** Bytes of all topics together; beyond it the topic that was idle longest loses its oldest records. Default 256 MiB. */
  readonly maxTotalBytes?: number;
}

interface Resolved {
  readonly clock: Clock;
  readonly maxRecordBytes: number;
  readonly retention: Retention;
  readonly maxPageBytes: number;
  readonly maxTopics: number;
  readonly maxTotalBytes: number;
}

/** A log in this process's memory: the reference of the contract. Firmness: none. A new process begins new epochs. */
export class MemoryLog implements Log {
  readonly #options: Resolved;
  readonly #topics = new Map<string, TopicHistory>();
  /** Topics that retain records, the one that was idle longest first. */
  readonly #recent = new Set<TopicHistory>();
  readonly #window: IdempotencyWindow;
  readonly #secret = randomBytes(16);
  #totalBytes = 0;
  #closed = false;

  constructor(options: MemoryLogOptions = {}) {
    this.#window = new IdempotencyWindow(options.idempotency ?? { age: 300_000, keys: 100_000 });
    this.#options = {
      clock: options.clock ?? systemClock,
      maxRecordBytes: options.maxRecordBytes ?? 1_048_576,
      retention: options.retention ?? { maxRecords: 1000, maxBytes: 4_194_304 },
      maxPageBytes: options.maxPageBytes ?? 8_388_608,
      maxTopics: options.maxTopics ?? 100_000,
      maxTotalBytes: options.maxTotalBytes ?? 268_435_456,
    };
    assertRetention(this.#options.retention);
  }

  async append(request: AppendRequest): Promise<Appended> {
    this.#assertOpen();
    assertAppend(request, this.#options.maxRecordBytes);
    const { topic, idempotencyKey, id } = request;
    const now = this.#options.clock.now();
    const first = idempotencyKey === undefined ? undefined : this.#window.find(topic, idempotencyKey, now);
    if (first !== undefined) {
      const position = { epoch: first.epoch, offset: first.offset };
      return { position, time: first.time, duplicate: true, id: first.id };
    }
    const time = this.#options.clock.time();
    const position = this.#store(request, time);
    if (idempotencyKey !== undefined) this.#window.add(topic, idempotencyKey, { ...position, time, id }, now);
    this.#window.expire(now);
    return { position, time, duplicate: false, id };
  }

  async read(topic: string, query: LogQuery): Promise<LogPage> {
    this.#assertOpen();
    assertTopic(topic);
    assertQuery(query);
    const history = this.#topics.get(topic) ?? new TopicHistory(this.#epochOf(topic));
    const plan = planRead(history, query);
    const records = plan.kind === "gap" ? [] : history.slice(plan, query.limit, this.#options.maxPageBytes);
    return makePage(history, plan, records);
  }

  async head(topic: string): Promise<Position> {
    this.#assertOpen();
    assertTopic(topic);
    const history = this.#topics.get(topic);
    return { epoch: history?.epoch ?? this.#epochOf(topic), offset: history?.head ?? 0 };
  }

  async trim(topic: string, retention: Retention): Promise<number> {
    this.#assertOpen();
    assertTopic(topic);
    assertRetention(retention);
    const history = this.#topics.get(topic);
    return history === undefined ? 0 : this.#trim(history, retention);
  }

  async topics(prefix: string, limit: number): Promise<TopicSummary[]> {
    this.#assertOpen();
    assertLimit(limit);
    const names = [...this.#topics.keys()].filter((name) => name.startsWith(prefix)).sort(byCodePoint);
    return names.slice(0, limit).flatMap((topic) => {
      const history = this.#topics.get(topic);
      return history === undefined ? [] : [{ topic, epoch: history.epoch, head: history.head, first: history.first }];
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#topics.clear();
    this.#recent.clear();
  }

  #store(request: AppendRequest, time: number): Position {
    const history = this.#open(request.topic);
    const { id, contentType } = request;
    const position = { epoch: history.epoch, offset: history.head + 1 };
    // Copied, because the caller may reuse its buffer as soon as the call returns.
    const data = Uint8Array.from(request.data);
    const before = history.bytes;
    history.push({ ...position, id, contentType, headers: copyHeaders(request.headers), data, time });
    this.#totalBytes += history.bytes - before;
    this.#recent.delete(history);
    this.#recent.add(history);
    this.#trim(history, this.#options.retention);
    this.#makeRoom();
    return position;
  }

  #open(topic: string): TopicHistory {
    const known = this.#topics.get(topic);
    if (known !== undefined) return known;
    if (this.#topics.size >= this.#options.maxTopics) throw new BrokerError("too_many_topics", { topic });
    const history = new TopicHistory(this.#epochOf(topic));
    this.#topics.set(topic, history);
    return history;
  }

  #trim(history: TopicHistory, retention: Retention): number {
    const before = history.bytes;
    const removed = history.trim(retention, this.#options.clock.time());
    this.#totalBytes -= before - history.bytes;
    if (history.count === 0) this.#recent.delete(history);
    return removed;
  }

  #makeRoom(): void {
    for (const history of this.#recent) {
      if (this.#totalBytes <= this.#options.maxTotalBytes) return;
      const excess = this.#totalBytes - this.#options.maxTotalBytes;
      this.#trim(history, { maxBytes: Math.max(0, history.bytes - excess) });
    }
  }

  // Derived, not drawn: a topic nobody wrote to has an epoch without taking memory, and a topic is never removed, so the
  // same epoch never names two histories.
  #epochOf(topic: string): string {
    return createHash("sha256").update(this.#secret).update(topic).digest("base64url").slice(0, 16);
  }

  #assertOpen(): void {
    if (this.#closed) throw new BrokerError("log_closed");
  }
}

function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
