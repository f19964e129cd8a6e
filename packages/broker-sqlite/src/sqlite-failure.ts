import { BrokerError, type BrokerFailureCode } from "@everwire/broker";

// By the beginning of the driver's code, the most exact first. What is not here is `storage_failed`.
const CODES: readonly (readonly [string, BrokerFailureCode])[] = [
  ["SQLITE_FULL", "disk_full"],
  ["SQLITE_CORRUPT", "store_corrupt"],
  ["SQLITE_NOTADB", "store_corrupt"],
  ["SQLITE_READONLY", "store_unwritable"],
  ["SQLITE_CANTOPEN", "store_unwritable"],
  ["SQLITE_PERM", "store_unwritable"],
  ["ENOSPC", "disk_full"],
  ["EACCES", "store_unwritable"],
  ["EPERM", "store_unwritable"],
  ["EROFS", "store_unwritable"],
  ["ENOENT", "store_unwritable"],
  ["ENOTDIR", "store_unwritable"],
  ["EEXIST", "store_unwritable"],
];

/** The row of the table for what the driver or the file system threw. */
export function toBrokerError(error: unknown): BrokerError {
  if (error instanceof BrokerError) return error;
  const driverCode = codeOf(error);
  const code = CODES.find(([prefix]) => driverCode.startsWith(prefix))?.[1] ?? "storage_failed";
  return new BrokerError(code, { detail: detailOf(error, driverCode), cause: error });
}

/** The message with its code in front; what the file system says already begins with it. */
function detailOf(error: unknown, code: string): string {
  if (!(error instanceof Error)) return String(error);
  return error.message.startsWith(code) ? error.message : `${code} ${error.message}`;
}

/** The driver's or the system's code, "" when there is none. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error) || !("code" in error)) return "";
  return typeof error.code === "string" ? error.code : "";
}

/**
 * Whether the open file may no longer be trusted. After a failed write or fsync the operating system may have dropped
 * the pages and report success next time, so the file is closed and checked before anything is acknowledged again.
 */
export function isSuspect(error: BrokerError): boolean {
  return error.code === "storage_failed" || error.code === "store_corrupt" || error.code === "store_unwritable";
}
