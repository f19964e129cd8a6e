import type { Retention } from "@everwire/broker";
import type { SqliteFile, Statement } from "./driver.ts";
import { integerOf } from "./row.ts";
import type { TopicRow } from "./topic-table.ts";

/** Records looked at first, and at most, at a time: mostly nothing or one record goes, sometimes a whole topic. */
const FIRST_LOOK = 4;
const LONGEST_LOOK = 1024;

/** Deletes what a retention does not keep. */
export class TopicTrimmer {
  readonly #oldest: Statement;
  readonly #delete: Statement;

  constructor(file: SqliteFile) {
    this.#oldest = file.prepare(
      "SELECT offset, size, time FROM records WHERE topic = ? AND offset >= ? ORDER BY offset LIMIT ?",
    );
    this.#delete = file.prepare("DELETE FROM records WHERE topic = ? AND offset < ?");
  }

  /**
   * Deletes the oldest records of a topic until the retention holds, inside the caller's transaction, and returns the
   * topic as it then is. The space is used again by later records; the file does not shrink.
   */
  trim(topic: TopicRow, retention: Retention, time: number): TopicRow {
    const { maxRecords = Infinity, maxBytes = Infinity, maxAge = Infinity } = retention;
    if (maxAge === Infinity && topic.head - topic.first < maxRecords && topic.bytes <= maxBytes) return topic;
    const trimmed = this.#scan(topic, { maxRecords, maxBytes, maxAge }, time);
    if (trimmed.first > topic.first) this.#delete.run(topic.id, trimmed.first);
    return trimmed;
  }

  #scan(topic: TopicRow, { maxRecords, maxBytes, maxAge }: Required<Retention>, time: number): TopicRow {
    let { first, bytes } = topic;
    for (let look = FIRST_LOOK; first <= topic.head; look = Math.min(look * 4, LONGEST_LOOK)) {
      const rows = this.#oldest.all(topic.id, first, look);
      // Rows that should be there and are not: damage, and nothing that could be kept.
      if (rows.length === 0) return { ...topic, first: topic.head + 1, bytes: 0 };
      for (const row of rows) {
        const fits = topic.head - first < maxRecords && bytes <= maxBytes;
        if (fits && time - integerOf(row, "time") <= maxAge) return { ...topic, first, bytes };
        bytes -= integerOf(row, "size");
        first = integerOf(row, "offset") + 1;
      }
    }
    return { ...topic, first, bytes };
  }
}
