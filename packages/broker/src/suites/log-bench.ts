import type { Appended, Log, LogOptions } from "../log.ts";
import type { AppendRequest } from "../log-record.ts";
import { ManualClock } from "./manual-clock.ts";
import { bytes } from "./suite.ts";

/** Opens an empty log. The suite closes it. */
export type MakeLog = (options: LogOptions) => Promise<Log>;

/** A log under test, and the clock it lives by. */
export interface LogBench {
  readonly log: Log;
  readonly clock: ManualClock;
}

/** The bounds of the logs under test: small, so that each is reached. */
export const BOUNDS = {
  maxRecordBytes: 100_000,
  maxPageBytes: 250_000,
  idempotency: { age: 60_000, keys: 100 },
} as const;

/** Opens a log for one case and closes it, however the case ends. */
export async function withLog(
  make: MakeLog,
  body: (bench: LogBench) => Promise<void>,
  options: LogOptions = {},
): Promise<void> {
  const clock = new ManualClock();
  const log = await make({ ...BOUNDS, clock, retention: {}, ...options });
  try {
    await body({ log, clock });
  } finally {
    await log.close();
  }
}

/** A request with everything filled in. */
export function request(topic: string, id: string, more: Partial<AppendRequest> = {}): AppendRequest {
  return { topic, id, contentType: "text/plain", headers: {}, data: bytes(`data of ${id}`), ...more };
}

/** Appends records with the ids "1" to "count", one after the other. */
export async function fill(
  log: Log,
  topic: string,
  count: number,
  more: Partial<AppendRequest> = {},
): Promise<Appended[]> {
  const results: Appended[] = [];
  for (let id = 1; id <= count; id += 1) results.push(await log.append(request(topic, String(id), more)));
  return results;
}

/** Numbers from `first` to `last`. */
export function span(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}

/** Offsets of records. */
export function offsets(page: { readonly records: readonly { readonly offset: number }[] }): number[] {
  return page.records.map((record) => record.offset);
}
