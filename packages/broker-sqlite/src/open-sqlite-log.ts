import { Worker } from "node:worker_threads";
import { assertRetention, type BrokerError, type LogOptions, type Retention, systemClock } from "@everwire/broker";
import { SqliteLog } from "./sqlite-log.ts";
import type { StoreOptions } from "./store-message.ts";
import { StoreWorker } from "./store-worker.ts";

/** What an SQLite log can be told. */
export interface SqliteLogOptions extends LogOptions {
  /** Where `log.db` lives; made when it is missing. One process at a time. Must be a local disk: no network file system. */
  readonly directory: string;
  /** Per topic, after each append. Default: none, records stay until they are trimmed or the disk is full. */
  readonly retention?: Retention;
  /** Largest size of the file; appends that need more are refused with `disk_full`. Default: none. */
  readonly maxBytes?: number;
  /** Appends that may wait, and the bytes of their records; one more is refused with `queue_full`. Default 65 536, 64 MiB. */
  readonly maxQueuedRecords?: number;
  readonly maxQueuedBytes?: number;
  /** Reads and other calls that may wait. Default 10 000. */
  readonly maxPendingCalls?: number;
  /** Told once when the storage thread ends by itself: every later call fails. Default: a process warning. */
  readonly report?: (error: BrokerError) => void;
}

/**
 * Opens the log in a directory, creating it if need be. Rejects with `store_in_use`, `store_newer`, `store_unwritable`,
 * `store_corrupt` or `storage_failed`. Whoever opened it closes it.
 */
export async function openSqliteLog(options: SqliteLogOptions): Promise<SqliteLog> {
  const clock = options.clock ?? systemClock;
  const workerData = storeOptions(options, clock.now());
  const report = options.report ?? ((error) => process.emitWarning(error));
  const worker = new StoreWorker(new Worker(new URL("./worker.js", import.meta.url), { workerData }), report);
  try {
    await worker.opened();
  } catch (error) {
    await worker.ended();
    throw error;
  }
  return new SqliteLog({
    worker,
    clock,
    maxRecordBytes: options.maxRecordBytes ?? 1_048_576,
    maxQueuedRecords: options.maxQueuedRecords ?? 65_536,
    maxQueuedBytes: options.maxQueuedBytes ?? 67_108_864,
    maxPendingCalls: options.maxPendingCalls ?? 10_000,
  });
}

function storeOptions(options: SqliteLogOptions, now: number): StoreOptions {
  const retention = options.retention ?? {};
  assertRetention(retention);
  return {
    directory: options.directory,
    idempotency: options.idempotency ?? { age: 300_000, keys: 100_000 },
    retention,
    maxPageBytes: options.maxPageBytes ?? 8_388_608,
    maxBytes: options.maxBytes ?? 0,
    now,
  };
}
