import { BrokerError, type LogQuery, makePage, type PageOf, planRead, type ReadPlan } from "@everwire/broker";
import type { SqliteFile, Statement } from "./driver.ts";
import { readRecord } from "./record-row.ts";
import { integerOf } from "./row.ts";
import type { StoredRecord } from "./store-message.ts";
import type { TopicRow } from "./topic-table.ts";

type Range = ReadPlan & { readonly kind: "range" };

/** Reads pages of records and checks each against its checksum. */
export class PageReader {
  readonly #maxPageBytes: number;
  readonly #sizes: { readonly up: Statement; readonly down: Statement };
  readonly #rows: { readonly up: Statement; readonly down: Statement };

  constructor(file: SqliteFile, maxPageBytes: number) {
    this.#maxPageBytes = maxPageBytes;
    const select = (columns: string, order: string): Statement =>
      file.prepare(
        `SELECT ${columns} FROM records WHERE topic = ? AND offset BETWEEN ? AND ? ORDER BY offset ${order} LIMIT ?`,
      );
    const columns = "offset, id, content_type, headers, time, checksum, data";
    this.#sizes = { up: select("size", "ASC"), down: select("size", "DESC") };
    this.#rows = { up: select(columns, "ASC"), down: select(columns, "DESC") };
  }

  read(topic: TopicRow, query: LogQuery): PageOf<StoredRecord> {
    const plan = planRead(topic, query);
    return makePage(topic, plan, plan.kind === "gap" ? [] : this.#records(topic, plan, query.limit));
  }

  #records(topic: TopicRow, range: Range, limit: number): StoredRecord[] {
    if (range.from > range.to) return [];
    const rows = range.newestFirst ? this.#rows.down : this.#rows.up;
    const count = this.#count(topic, range, limit);
    const records = this.#check(topic, range, rows.all(topic.id, range.from, range.to, count));
    return range.newestFirst ? records.reverse() : records;
  }

  /** How many records the page holds: sizes are looked at first, so that no more data is read than is handed out. */
  #count(topic: TopicRow, range: Range, limit: number): number {
    const sizes = range.newestFirst ? this.#sizes.down : this.#sizes.up;
    let bytes = 0;
    let count = 0;
    for (const row of sizes.all(topic.id, range.from, range.to, limit)) {
      bytes += integerOf(row, "size");
      if (bytes > this.#maxPageBytes) break;
      count += 1;
    }
    return Math.max(1, count);
  }

  /**
   * The records up to the first bad one. A missing row is bad as well: offsets are dense, and a reader must not take a
   * loss for the end. When the first one is bad, that is the failure of the read.
   */
  #check(topic: TopicRow, range: Range, rows: readonly unknown[]): StoredRecord[] {
    const records: StoredRecord[] = [];
    try {
      for (const row of rows.length === 0 ? [undefined] : rows) {
        const expected = range.newestFirst ? range.to - records.length : range.from + records.length;
        if (row === undefined || integerOf(row, "offset") !== expected) {
          throw new BrokerError("record_corrupt", { topic: topic.name, offset: expected });
        }
        records.push(readRecord(topic.name, topic.epoch, row));
      }
    } catch (error) {
      if (records.length === 0) throw error;
    }
    return records;
  }
}
