import { closeSync, existsSync, fsyncSync, mkdirSync, openSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { BrokerError } from "@everwire/broker";
import { SqliteFile } from "./driver.ts";
import { codeOf } from "./sqlite-failure.ts";

/** The directory of a store, held by one process. */
export class StoreDirectory {
  readonly #lock: SqliteFile;
  /** The database file. */
  readonly file: string;

  private constructor(directory: string, lock: SqliteFile) {
    this.file = join(directory, "log.db");
    this.#lock = lock;
  }

  /** Creates what is missing and takes the lock, or throws `store_in_use` or `store_unwritable`. */
  static claim(directory: string): StoreDirectory {
    const path = resolve(directory);
    createDurably(path);
    return new StoreDirectory(path, takeLock(join(path, "lock.db"), path));
  }

  /** Lets another process have the directory. */
  release(): void {
    // Not left to close(): the driver keeps a connection alive as long as one of its statements.
    this.#lock.exec("ROLLBACK");
    this.#lock.close();
  }
}

/**
 * An empty database whose exclusive lock is held while the store is open. The operating system drops it with the process,
 * however that ends, so no stale lock is ever left; and because it is another file than the log, an operator can still
 * read the log while the server runs.
 */
function takeLock(path: string, directory: string): SqliteFile {
  const lock = new SqliteFile(path);
  try {
    // The journal stays in memory: the lock file never holds anything.
    lock.ask("PRAGMA journal_mode=MEMORY");
    lock.ask("PRAGMA busy_timeout=0");
    lock.exec("BEGIN EXCLUSIVE");
    return lock;
  } catch (cause) {
    lock.close();
    if (!codeOf(cause).startsWith("SQLITE_BUSY")) throw cause;
    throw new BrokerError("store_in_use", { detail: `another process has the store ${directory} open`, cause });
  }
}

/**
 * A new directory survives power loss only when its parent is synced: SQLite does that for files, not for directories.
 * One level at a time: where a parent exists and takes no children, as in /proc, Node's recursive mkdir never returns.
 */
function createDurably(path: string): void {
  if (existsSync(path)) return;
  const parent = dirname(path);
  if (parent !== path) createDurably(parent);
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process may have made it meanwhile; what is there and is no directory shows when the store is opened.
    if (codeOf(error) !== "EEXIST") throw error;
  }
  syncDirectory(parent);
}

function syncDirectory(path: string): void {
  // Windows opens no directories and needs no such sync.
  if (process.platform === "win32") return;
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
