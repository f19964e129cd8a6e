import { ClientError } from "../failures.ts";
import type { DownlinkReport } from "./downlink-report.ts";

/** The last word of a downlink: what a request was rejected with, or a reader has thrown. */
export function reportThrown(report: DownlinkReport, error: unknown): void {
  const code = error instanceof ClientError ? error.code : "request_failed";
  report.failed(code, error instanceof Error ? error.message : String(error));
}
