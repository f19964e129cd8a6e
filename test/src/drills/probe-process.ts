/** The probe's process: honest clients that go on using the server while it is attacked. */
import { probeServer } from "./probes/server-probe.ts";
import { probeWebSocket } from "./probes/websocket-probe.ts";
import type { Probe } from "./probes/witness.ts";
import type { Subject } from "./targets/targets.ts";
import { answerQuestions } from "./worker.ts";

export type ProbeQuestion =
  | { readonly kind: "start"; readonly port: number; readonly subject: Subject }
  /** What was seen since the last report. */
  | { readonly kind: "report" };

export interface ProbeReport {
  readonly echoes: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Connections lost and echoes that did not come. */
  readonly errors: number;
}

const PROBES: Readonly<Record<Subject, Probe>> = { websocket: probeWebSocket, server: probeServer };

let latencies: number[] = [];
let errors = 0;

const witness = {
  echoed: (milliseconds: number): void => void latencies.push(milliseconds),
  failed: (): void => void errors++,
};

function report(): ProbeReport {
  const sorted = latencies.sort((one, other) => one - other);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  const seen = { echoes: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1), errors };
  latencies = [];
  errors = 0;
  return seen;
}

answerQuestions(async (question: ProbeQuestion) => {
  if (question.kind === "start") await PROBES[question.subject](question.port, witness);
  return report();
});
