import { type FirstResult, type IdempotencyBounds, IdempotencyWindow } from "@everwire/broker";
import type { SqliteFile, Statement } from "./driver.ts";
import { integerOf, textOf } from "./row.ts";
import { INSERT_KEYS } from "./schema.ts";
import type { TopicRow } from "./topic-table.ts";

/** One row of `keys`, as INSERT_KEYS takes it. */
type KeyRow = readonly [
  sequence: number,
  topic: number,
  key: string,
  offset: number,
  id: string,
  time: number,
  at: number,
];

/**
 * The idempotency keys of a store: a window in memory over a table that survives a restart.
 *
 * Their age is counted in the running time of the store, not by the wall clock: while the store is closed no time passes.
 * So a stepped clock forgets no key, and a key is recognised at least as long as promised.
 */
export class KeyTable {
  readonly #window: IdempotencyWindow;
  readonly #insert: Statement;
  readonly #delete: Statement;
  readonly #shift: number;
  /** Keys of the transaction under way. */
  #added: { topic: string; key: string; row: KeyRow }[] = [];

  /** `now` is the present time of the clock whose later times the other methods are given. */
  constructor(file: SqliteFile, bounds: IdempotencyBounds, now: number) {
    this.#window = new IdempotencyWindow(bounds);
    this.#insert = file.prepare(INSERT_KEYS);
    this.#delete = file.prepare("DELETE FROM keys WHERE sequence <= ?");
    const rows = file.prepare(`
      SELECT sequence, name, epoch, key, offset, keys.id AS id, time, at
      FROM keys JOIN topics ON topics.id = keys.topic ORDER BY sequence`);
    let youngest = 0;
    for (const row of rows.all()) youngest = Math.max(youngest, this.#load(row));
    this.#shift = youngest - now;
  }

  find(topic: string, key: string, now: number): FirstResult | undefined {
    return this.#window.find(topic, key, now + this.#shift);
  }

  /** Remembers a key; `settle` or `forget` must follow. */
  add(topic: TopicRow, key: string, result: FirstResult, now: number): void {
    const at = now + this.#shift;
    const sequence = this.#window.add(topic.name, key, result, at);
    const row: KeyRow = [sequence, topic.id, key, result.offset, result.id, result.time, at];
    this.#added.push({ topic: topic.name, key, row });
  }

  /** Writes the keys added and deletes those that ran out, inside the caller's transaction. */
  write(now: number): void {
    if (this.#added.length > 0) this.#insert.run(JSON.stringify(this.#added.map(({ row }) => row)));
    // When the transaction fails, rows stay that the window forgot: the next expiry deletes them too.
    const highest = this.#window.expire(now + this.#shift);
    if (highest > 0) this.#delete.run(highest);
  }

  /** The transaction is committed. */
  settle(): void {
    this.#added = [];
  }

  /** The transaction failed: the keys added were never seen. */
  forget(): void {
    for (const { topic, key } of this.#added) this.#window.remove(topic, key);
    this.#added = [];
  }

  #load(row: unknown): number {
    const result = {
      offset: integerOf(row, "offset"),
      epoch: textOf(row, "epoch"),
      time: integerOf(row, "time"),
      id: textOf(row, "id"),
    };
    const at = integerOf(row, "at");
    this.#window.add(textOf(row, "name"), textOf(row, "key"), result, at, integerOf(row, "sequence"));
    return at;
  }
}
