/** One message of a room as the log holds it; `offset` gives its place, `time` is only for people. */
export interface Message {
  readonly offset: number;
  readonly id: string;
  readonly publisher: string;
  readonly time: number;
  readonly name: string;
  readonly text: string;
}

/** A record of a channel before its data has been looked at. */
export interface StoredRecord {
  readonly offset: number;
  readonly id: string;
  readonly publisher: string;
  readonly time: number;
  readonly data: unknown;
}

/** Narrows a record to a message; undefined for data of another shape, which a newer server may store. */
export function readMessage(record: StoredRecord): Message | undefined {
  const { data } = record;
  if (typeof data !== "object" || data === null || !("name" in data) || !("text" in data)) return undefined;
  if (typeof data.name !== "string" || typeof data.text !== "string") return undefined;
  const { offset, id, publisher, time } = record;
  return { offset, id, publisher, time, name: data.name, text: data.text };
}

/** The messages among records, in their order. */
export function readMessages(records: readonly StoredRecord[]): Message[] {
  return records.map(readMessage).filter((message) => message !== undefined);
}
