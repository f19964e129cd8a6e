import { createHash } from "node:crypto";
import type { TopicSummary } from "@everwire/broker";
import type { SqliteFile, Statement } from "./driver.ts";
import { integerOf, textOf } from "./row.ts";
import { SAVE_TOPIC } from "./schema.ts";

/** A row of `topics`. `id` is 0 for a topic without a row. */
export interface TopicRow {
  readonly id: number;
  readonly name: string;
  readonly epoch: string;
  readonly head: number;
  readonly first: number;
  readonly bytes: number;
}

const COLUMNS = "id, name, epoch, head, first, bytes";
const CACHE_LIMIT = 10_000;

/** The topics of a store. Rows that were read are cached; whoever changes one tells the cache after the commit. */
export class TopicTable {
  readonly #find: Statement;
  readonly #list: Statement;
  readonly #save: Statement;
  readonly #secret: string;
  readonly #cache = new Map<string, TopicRow>();
  #lastId: number;

  constructor(file: SqliteFile) {
    this.#find = file.prepare(`SELECT ${COLUMNS} FROM topics WHERE name = ?`);
    // No topic contains U+10FFFF, so this is the first text after all that begin with the prefix.
    this.#list = file.prepare(
      `SELECT ${COLUMNS} FROM topics WHERE name >= ?1 AND name < ?1 || char(1114111) ORDER BY name LIMIT ?2`,
    );
    this.#save = file.prepare(SAVE_TOPIC);
    this.#secret = textOf(file.ask("SELECT secret FROM store"), "secret");
    this.#lastId = integerOf(file.ask("SELECT coalesce(max(id), 0) AS id FROM topics"), "id");
  }

  /** The topic's row, or what it would be. */
  get(name: string): TopicRow {
    const cached = this.#cache.get(name);
    if (cached !== undefined) return cached;
    const found = this.#find.get(name);
    const row = found === undefined ? this.#absent(name) : readTopic(found);
    if (found !== undefined) this.keep(row);
    return row;
  }

  list(prefix: string, limit: number): TopicSummary[] {
    return this.#list.all(prefix, limit).map((found) => {
      const { name, epoch, head, first } = readTopic(found);
      return { topic: name, epoch, head, first };
    });
  }

  /** An id for a new row. An id given out for a transaction that failed is not used again. */
  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  /** Writes a row, inside the caller's transaction. */
  save(row: TopicRow): void {
    this.#save.run(row.id, row.name, row.epoch, row.head, row.first, row.bytes);
  }

  /** Remembers a row that is committed. It is a cache: when it is full it forgets everything. */
  keep(row: TopicRow): void {
    if (this.#cache.size >= CACHE_LIMIT) this.#cache.clear();
    this.#cache.set(row.name, row);
  }

  // Derived, not drawn: a topic that nobody wrote to has an epoch without taking room. Rows are never removed, so the
  // same epoch never names two histories of this file.
  #absent(name: string): TopicRow {
    const epoch = createHash("sha256").update(this.#secret).update(name).digest("base64url").slice(0, 16);
    return { id: 0, name, epoch, head: 0, first: 1, bytes: 0 };
  }
}

function readTopic(row: unknown): TopicRow {
  return {
    id: integerOf(row, "id"),
    name: textOf(row, "name"),
    epoch: textOf(row, "epoch"),
    head: integerOf(row, "head"),
    first: integerOf(row, "first"),
    bytes: integerOf(row, "bytes"),
  };
}
