import type { Retention } from "./log.ts";
import { type LogRecord, recordSize } from "./log-record.ts";
import type { ReadPlan } from "./read-plan.ts";

/** The retained records of one topic of a memory log. Offsets are dense, so a record's place follows from its offset. */
export class TopicHistory {
  readonly epoch: string;
  #records: LogRecord[] = [];
  // Records before this index are trimmed; the array is cut when half of it is, so trimming one record stays cheap.
  #start = 0;
  #head = 0;
  #bytes = 0;

  constructor(epoch: string) {
    this.epoch = epoch;
  }

  get head(): number {
    return this.#head;
  }

  get first(): number {
    return this.#head - this.count + 1;
  }

  get count(): number {
    return this.#records.length - this.#start;
  }

  get bytes(): number {
    return this.#bytes;
  }

  push(record: LogRecord): void {
    this.#head = record.offset;
    this.#records.push(record);
    this.#bytes += recordSize(record);
  }

  /** Removes the oldest record. */
  drop(): void {
    const oldest = this.#records[this.#start];
    if (oldest === undefined) return;
    this.#bytes -= recordSize(oldest);
    this.#start += 1;
    if (this.#start * 2 < this.#records.length) return;
    this.#records = this.#records.slice(this.#start);
    this.#start = 0;
  }

  /** Removes the oldest records until the retention holds; returns how many. */
  trim(retention: Retention, time: number): number {
    const before = this.count;
    const { maxRecords = Infinity, maxBytes = Infinity, maxAge = Infinity } = retention;
    const tooOld = (): boolean => time - (this.#records[this.#start]?.time ?? time) > maxAge;
    while (this.count > 0 && (this.count > maxRecords || this.#bytes > maxBytes || tooOld())) this.drop();
    return before - this.count;
  }

  /** The records of a range, ascending: at most `limit`, and no further once `maxBytes` is passed. */
  slice(plan: ReadPlan & { kind: "range" }, limit: number, maxBytes: number): LogRecord[] {
    const records: LogRecord[] = [];
    const step = plan.newestFirst ? -1 : 1;
    let bytes = 0;
    for (
      let offset = plan.newestFirst ? plan.to : plan.from;
      offset >= plan.from && offset <= plan.to;
      offset += step
    ) {
      const record = this.#records[this.#start + offset - this.first];
      if (record === undefined || records.length >= limit) break;
      bytes += recordSize(record);
      if (bytes > maxBytes && records.length > 0) break;
      records.push(record);
    }
    return plan.newestFirst ? records.reverse() : records;
  }
}
