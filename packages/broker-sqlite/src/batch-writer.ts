import type { Retention } from "@everwire/broker";
import type { SqliteFile, Statement } from "./driver.ts";
import type { KeyTable } from "./key-table.ts";
import { checksumOf } from "./record-row.ts";
import { INSERT_RECORDS } from "./schema.ts";
import type { AppendCall, BatchEntry, BatchResult } from "./store-message.ts";
import type { TopicRow, TopicTable } from "./topic-table.ts";
import type { TopicTrimmer } from "./topic-trimmer.ts";

/** A batch under way: topics as they will be, rows as INSERT_RECORDS takes them, results in the order of the entries. */
interface Plan {
  readonly topics: Map<string, TopicRow>;
  readonly rows: unknown[];
  readonly results: BatchResult[];
}

/** Writes batches of appends, each in one transaction: all of a batch is stored, or nothing. */
export class BatchWriter {
  readonly #file: SqliteFile;
  readonly #topics: TopicTable;
  readonly #keys: KeyTable;
  readonly #trimmer: TopicTrimmer;
  readonly #retention: Retention;
  readonly #insert: Statement;

  constructor(file: SqliteFile, topics: TopicTable, keys: KeyTable, trimmer: TopicTrimmer, retention: Retention) {
    this.#file = file;
    this.#topics = topics;
    this.#keys = keys;
    this.#trimmer = trimmer;
    this.#retention = retention;
    this.#insert = file.prepare(INSERT_RECORDS);
  }

  /** When this returns, the batch is on the disk. `committed` is false when it held nothing but duplicates. */
  write(batch: AppendCall): { results: readonly BatchResult[]; committed: boolean } {
    try {
      const plan = this.#plan(batch);
      if (plan.rows.length > 0) this.#commit(plan, batch);
      this.#keys.settle();
      return { results: plan.results, committed: plan.rows.length > 0 };
    } catch (error) {
      this.#keys.forget();
      throw error;
    }
  }

  #plan(batch: AppendCall): Plan {
    const plan: Plan = { topics: new Map(), rows: [], results: [] };
    let start = 0;
    for (const entry of batch.entries) {
      plan.results.push(this.#planEntry(plan, batch, entry, start));
      start += entry[7];
    }
    return plan;
  }

  #planEntry(plan: Plan, batch: AppendCall, entry: BatchEntry, start: number): BatchResult {
    const [name, key, id, contentType, headers, time, size, length] = entry;
    const known = key === null ? undefined : this.#keys.find(name, key, batch.now);
    if (known !== undefined) return [known.offset, known.epoch, [known.time, known.id]];

    const before = plan.topics.get(name) ?? this.#open(name);
    const topic = { ...before, head: before.head + 1, bytes: before.bytes + size };
    const { epoch, head: offset } = topic;
    const data = batch.data.subarray(start, start + length);
    const checksum = checksumOf({ epoch, offset, time, id, contentType, headers }, data);
    plan.topics.set(name, topic);
    // SQLite's substr counts from 1.
    plan.rows.push([topic.id, offset, id, contentType, headers, time, size, checksum, start + 1, length]);
    if (key !== null) this.#keys.add(topic, key, { offset, epoch, time, id }, batch.now);
    return [offset, epoch];
  }

  #open(name: string): TopicRow {
    const topic = this.#topics.get(name);
    return topic.id === 0 ? { ...topic, id: this.#topics.nextId() } : topic;
  }

  #commit(plan: Plan, batch: AppendCall): void {
    const saved: TopicRow[] = [];
    this.#file.transaction(() => {
      this.#insert.run(JSON.stringify(plan.rows), batch.data);
      this.#keys.write(batch.now);
      for (const topic of plan.topics.values()) {
        const trimmed = this.#trimmer.trim(topic, this.#retention, batch.time);
        this.#topics.save(trimmed);
        saved.push(trimmed);
      }
    });
    for (const topic of saved) this.#topics.keep(topic);
  }
}
