import type { FailureReason, TransportFailure } from "../failures.ts";

/** One refusal, for the application's log. It never holds anything of a payload. */
export interface LogEntry {
  readonly level: "info" | "warn" | "error";
  readonly reason: FailureReason;
  readonly meaning: string;
  /** The peer's address, empty when it was already gone. */
  readonly address: string;
  readonly session?: string;
  /** The origin that was refused, cut to 200 characters. It is the peer's text: quote it. */
  readonly origin?: string;
  /** What the application threw, for the two reasons that mean a fault of the application. */
  readonly error?: unknown;
  /** Entries of this reason that were left out before this one. */
  readonly suppressed: number;
}

/** Whom a refusal concerns, and what is known of the reason. */
export type RefusalContext = Pick<LogEntry, "address" | "session" | "origin" | "error">;

interface Window {
  start: number;
  entries: number;
  suppressed: number;
}

const WINDOW_MS = 1000;
const ENTRIES_PER_WINDOW = 10;

/** Counts every refusal and passes on at most ten a second per reason. */
export class RefusalLog {
  readonly counts: Map<FailureReason, number> = new Map();
  readonly #write: (entry: LogEntry) => void;
  readonly #windows = new Map<FailureReason, Window>();

  constructor(write: (entry: LogEntry) => void) {
    this.#write = write;
  }

  record(row: TransportFailure, context: RefusalContext, now: number): void {
    this.counts.set(row.reason, (this.counts.get(row.reason) ?? 0) + 1);
    const suppressed = this.#admit(row.reason, now);
    if (suppressed === undefined) return;
    try {
      this.#write({ level: row.level, reason: row.reason, meaning: row.meaning, ...context, suppressed });
    } catch {
      // A log that throws must not turn a refusal into a crash; there is nowhere left to report it.
    }
  }

  /** How many entries were left out before this one, or undefined when this one is left out too. */
  #admit(reason: FailureReason, now: number): number | undefined {
    const window = this.#windows.get(reason);
    if (window === undefined || now - window.start >= WINDOW_MS) {
      this.#windows.set(reason, { start: now, entries: 1, suppressed: 0 });
      return window?.suppressed ?? 0;
    }
    if (window.entries >= ENTRIES_PER_WINDOW) {
      window.suppressed += 1;
      return undefined;
    }
    window.entries += 1;
    return 0;
  }
}
