import type { LogQuery, PageOf, Position, Retention, TopicSummary } from "@everwire/broker";
import { BatchWriter } from "./batch-writer.ts";
import type { SqliteFile } from "./driver.ts";
import { KeyTable } from "./key-table.ts";
import { PageReader } from "./page-reader.ts";
import { openStoreFile } from "./store-file.ts";
import type { AppendCall, BatchResult, StoredRecord, StoreOptions } from "./store-message.ts";
import { TopicTable } from "./topic-table.ts";
import { TopicTrimmer } from "./topic-trimmer.ts";

/** The log in its file: synchronous, for one thread. */
export class Store {
  readonly #file: SqliteFile;
  readonly #topics: TopicTable;
  readonly #trimmer: TopicTrimmer;
  readonly #writer: BatchWriter;
  readonly #reader: PageReader;

  /** `verify` checks the whole file first: for a file that an input or output error has made suspect. */
  constructor(path: string, options: StoreOptions, now: number, verify: boolean) {
    this.#file = openStoreFile(path, options.maxBytes, verify);
    try {
      this.#topics = new TopicTable(this.#file);
      const keys = new KeyTable(this.#file, options.idempotency, now);
      this.#trimmer = new TopicTrimmer(this.#file);
      this.#writer = new BatchWriter(this.#file, this.#topics, keys, this.#trimmer, options.retention);
      this.#reader = new PageReader(this.#file, options.maxPageBytes);
    } catch (error) {
      this.#file.close();
      throw error;
    }
  }

  append(batch: AppendCall): { results: readonly BatchResult[]; committed: boolean } {
    return this.#writer.write(batch);
  }

  read(topic: string, query: LogQuery): PageOf<StoredRecord> {
    return this.#reader.read(this.#topics.get(topic), query);
  }

  head(topic: string): Position {
    const { epoch, head } = this.#topics.get(topic);
    return { epoch, offset: head };
  }

  trim(name: string, retention: Retention, time: number): number {
    const topic = this.#topics.get(name);
    if (topic.id === 0) return 0;
    let trimmed = topic;
    this.#file.transaction(() => {
      trimmed = this.#trimmer.trim(topic, retention, time);
      this.#topics.save(trimmed);
    });
    this.#topics.keep(trimmed);
    return trimmed.first - topic.first;
  }

  topics(prefix: string, limit: number): TopicSummary[] {
    return this.#topics.list(prefix, limit);
  }

  close(): void {
    this.#file.close();
  }
}
