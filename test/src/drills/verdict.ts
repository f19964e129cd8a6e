import type { AttackEnding, Bounds, Outcome } from "./attack.ts";
import type { ProbeReport } from "./probe-process.ts";
import type { Stat } from "./target-process.ts";

/** All that was seen of one attack. */
export interface Measurement {
  readonly before: Stat;
  readonly during: Stat;
  /** When memory and files were back, or at the end of the wait for that. */
  readonly after: Stat;
  /** The same after forced garbage collections. */
  readonly collected: Stat;
  readonly quiet: ProbeReport;
  readonly attacked: ProbeReport;
  readonly outcome: Outcome;
}

/** What holds for every row. Milliseconds. */
export interface CommonBounds {
  /** The probe's p99 in any case. */
  readonly p99: number;
  /** The same as a multiple of what it was before. */
  readonly p99Ratio: number;
  /** Whether resident memory has to be back, which the allocator takes its time for. */
  readonly residentAfter: boolean;
}

/** One bound and what was measured against it. */
export interface Judgement {
  readonly what: string;
  readonly measured: number;
  readonly bound: number;
  readonly unit: string;
  readonly held: boolean;
}

/** A server that answers faster than this when nothing happens is judged as if it did not: the rest is noise. */
const LEAST_P99 = 4;

/** What the bound on an attack's time is called, and those of whom something else became than the row says. */
export const WORDS: Readonly<Record<AttackEnding, { readonly within: string; readonly wrong: string }>> = {
  dropped: { within: "gone", wrong: "not dropped" },
  served: { within: "done", wrong: "lost" },
  forgotten: { within: "forgotten", wrong: "not forgotten" },
};

const MB = 1e6;
const BACK_RATIO = 1.1;
const BACK_BYTES = 16 * MB;
const BACK_FILES = 16;

/** Whether a process has no more than before an attack: 10 % and 16 MB over it at most, and what the row lets it keep. */
export function isBack(before: Stat, now: Stat, { residentAfter }: CommonBounds, { retained = 0 }: Bounds): boolean {
  const bytes = residentAfter ? now.rss <= mostAfter(before.rss) + retained * MB : now.held <= mostAfter(before.held);
  return bytes && now.openFiles <= before.openFiles + BACK_FILES;
}

/** Every bound that holds for a row, and whether it did. */
export function judge(
  { before, during, after, collected, quiet, attacked, outcome }: Measurement,
  ending: AttackEnding,
  bounds: Bounds,
  common: CommonBounds,
): Judgement[] {
  const ratioBound = common.p99Ratio * Math.max(quiet.p99, LEAST_P99);
  const words = WORDS[ending];
  const wrong = ending === "served" ? outcome.dropped : outcome.attackers - outcome.dropped;
  const residentAfter = mostAfter(before.rss) / MB + (bounds.retained ?? 0);
  const growth = (during.peakRss - before.rss) / MB;
  return [
    ...optional("memory", growth, bounds.rss, "MB"),
    ...optional("sessions", during.peakConnections - before.connections, bounds.sessions, ""),
    ...optional(words.within, outcome.seconds, bounds.within, "s"),
    ...optional("stall", during.longestDelay, bounds.stall, "ms"),
    atMost(words.wrong, wrong, 0, ""),
    atMost("failures", outcome.failures, 0, ""),
    atMost("probe p99", attacked.p99, Math.min(ratioBound, bounds.p99 ?? common.p99), "ms"),
    atMost("probe errors", attacked.errors, 0, ""),
    ...optional("memory after", after.rss / MB, common.residentAfter ? residentAfter : undefined, "MB"),
    atMost("held after", collected.held / MB, mostAfter(before.held) / MB, "MB"),
    atMost("files after", after.openFiles, before.openFiles + BACK_FILES, ""),
  ];
}

function mostAfter(bytes: number): number {
  return bytes * BACK_RATIO + BACK_BYTES;
}

function atMost(what: string, measured: number, bound: number, unit: string): Judgement {
  return { what, measured, bound, unit, held: measured <= bound };
}

function optional(what: string, measured: number, bound: number | undefined, unit: string): Judgement[] {
  return bound === undefined ? [] : [atMost(what, measured, bound, unit)];
}
