import { randomBytes } from "node:crypto";
import { BrokerError } from "@everwire/broker";
import { SqliteFile } from "./driver.ts";
import { integerOf, textOf } from "./row.ts";
import { SCHEMA, SCHEMA_VERSION } from "./schema.ts";

const BUSY_TIMEOUT = 2000;

/** Opens the log's file so that a commit survives power loss, creates its tables when it is new, and checks its version. */
export function openStoreFile(path: string, maxBytes: number, verify: boolean): SqliteFile {
  const file = new SqliteFile(path);
  try {
    configure(file, maxBytes);
    if (verify) checkPages(file);
    createTables(file);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

function configure(file: SqliteFile, maxBytes: number): void {
  file.ask(`PRAGMA busy_timeout=${BUSY_TIMEOUT}`);
  assertVersion(file);
  expectPragma(file, "PRAGMA journal_mode=WAL", "journal_mode", "wal");
  // FULL: the write-ahead log is synced at every commit, before COMMIT returns. On macOS fsync alone leaves the data in
  // the drive's cache, hence fullfsync; elsewhere that pragma does nothing.
  file.exec("PRAGMA synchronous=FULL");
  file.exec("PRAGMA fullfsync=ON");
  file.exec("PRAGMA checkpoint_fullfsync=ON");
  expectPragma(file, "PRAGMA synchronous", "synchronous", 2);
  // What a process left behind may be in the page cache and not on the disk (a failed fsync, then a crash). Folding the
  // write-ahead log in writes and syncs it anew, so that no later commit stands on it.
  file.ask("PRAGMA wal_checkpoint(TRUNCATE)");
  const pageSize = integerOf(file.ask("PRAGMA page_size"), "page_size");
  if (maxBytes > 0) file.ask(`PRAGMA max_page_count=${Math.max(1, Math.floor(maxBytes / pageSize))}`);
}

function expectPragma(file: SqliteFile, sql: string, column: string, expected: string | number): void {
  const row = file.ask(sql);
  const value = typeof expected === "string" ? textOf(row, column) : integerOf(row, column);
  if (value === expected) return;
  throw new BrokerError("store_unwritable", {
    detail: `${sql} gave ${value}: the file system cannot keep the promise`,
  });
}

function versionOf(file: SqliteFile): number {
  return integerOf(file.ask("PRAGMA user_version"), "user_version");
}

function assertVersion(file: SqliteFile): void {
  const version = versionOf(file);
  if (version <= SCHEMA_VERSION) return;
  const detail = `the store has layout ${version}, this version knows up to ${SCHEMA_VERSION}`;
  throw new BrokerError("store_newer", { detail });
}

function createTables(file: SqliteFile): void {
  if (versionOf(file) !== 0) return;
  file.transaction(() => {
    for (const table of SCHEMA) file.exec(table);
    file.prepare("INSERT INTO store (id, secret) VALUES (1, ?)").run(randomBytes(16).toString("base64url"));
    file.exec(`PRAGMA user_version=${SCHEMA_VERSION}`);
  });
}

function checkPages(file: SqliteFile): void {
  const result = textOf(file.ask("PRAGMA quick_check(1)"), "quick_check");
  if (result !== "ok") throw new BrokerError("store_corrupt", { detail: result });
}
