import { BrokerError } from "@everwire/broker";
import Database from "libsql";

/** A prepared statement, with what this package uses of it. Rows are untyped: `row.ts` reads them. */
export interface Statement {
  run(...values: readonly unknown[]): unknown;
  get(...values: readonly unknown[]): unknown;
  all(...values: readonly unknown[]): readonly unknown[];
}

/** One open SQLite file: the only place that knows the driver. */
export class SqliteFile {
  readonly #database: Database.Database;

  /** Opens or creates a file. Throws `store_unwritable`: whether it is a database shows with the first statement. */
  constructor(path: string) {
    try {
      this.#database = new Database(path, {});
    } catch (cause) {
      // The driver gives no code here, only SQLite's number at the end of a text.
      throw new BrokerError("store_unwritable", { detail: `${path} cannot be opened for writing`, cause });
    }
  }

  exec(sql: string): void {
    this.#database.prepare(sql).run();
  }

  prepare(sql: string): Statement {
    return this.#database.prepare(sql);
  }

  /** The first row of a statement, for pragmas that answer. */
  ask(sql: string): unknown {
    return this.prepare(sql).get();
  }

  /** Runs `body` in a write transaction; what it throws undoes all of it and goes on to the caller. */
  transaction(body: () => void): void {
    this.exec("BEGIN IMMEDIATE");
    try {
      body();
      this.exec("COMMIT");
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  close(): void {
    this.#database.close();
  }

  // SQLite undoes the transaction by itself after some failures (SQLITE_FULL, SQLITE_IOERR); a second rollback then
  // fails, and its failure says nothing that the first one did not.
  #rollBack(): void {
    try {
      this.exec("ROLLBACK");
    } catch {
      return;
    }
  }
}
