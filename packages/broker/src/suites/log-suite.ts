import { logAppendCases } from "./log-append-cases.ts";
import type { MakeLog } from "./log-bench.ts";
import { logIdempotencyCases } from "./log-idempotency-cases.ts";
import { logReadCases } from "./log-read-cases.ts";
import { logTrimCases } from "./log-trim-cases.ts";
import { runSuite, type Skips } from "./suite.ts";

/** What every log must do. `make` opens an empty log with the options given. */
export function logSuite(name: string, make: MakeLog, skips: Skips = {}): void {
  runSuite(`log: ${name}`, make, skips, logAppendCases, logIdempotencyCases, logReadCases, logTrimCases);
}
