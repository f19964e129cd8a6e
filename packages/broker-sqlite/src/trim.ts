import type { Retention } from "@everwire/broker";
import type { SqliteFile } from "./driver.ts";
import { integerOf } from "./row.ts";
import type { TopicRow } from "./topic-table.ts";

const CHUNK = 1000;

/**
 * Deletes the oldest records of a topic until the retention holds, inside the caller's transaction, and returns the
 * topic as it then is. The space is used again by later records; the file does not shrink.
 */
export function trimTopic(file: SqliteFile, topic: TopicRow, retention: Retention, time: number): TopicRow {
  const { maxRecords = Infinity, maxBytes = Infinity, maxAge = Infinity } = retention;
  if (maxAge === Infinity && topic.head - topic.first < maxRecords && topic.bytes <= maxBytes) return topic;
  const oldest = file.prepare("SELECT offset, size, time FROM records WHERE topic = ? AND offset >= ? LIMIT ?");
  let { first, bytes } = topic;
  scan: while (first <= topic.head) {
    for (const row of oldest.all(topic.id, first, CHUNK)) {
      const fits = topic.head - first < maxRecords && bytes <= maxBytes;
      if (fits && time - integerOf(row, "time") <= maxAge) break scan;
      bytes -= integerOf(row, "size");
      first = integerOf(row, "offset") + 1;
    }
  }
  file.prepare("DELETE FROM records WHERE topic = ? AND offset < ?").run(topic.id, first);
  return { ...topic, first, bytes };
}
