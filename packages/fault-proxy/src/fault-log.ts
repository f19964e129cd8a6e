import type { FaultName } from "./faults.ts";

/** What the proxy saw or did. */
export interface LogEntry {
  /** Milliseconds since the proxy was started. */
  readonly at: number;
  /** The number of the connection, from 1; 0 for the proxy itself. */
  readonly connection: number;
  /** `fault` and `cut` are what it did to the connection; the others are what happened anyway. */
  readonly what: "start" | "set" | "open" | "request" | "upgrade" | "pipe" | "fault" | "cut" | "error" | "close";
  /** Which fault it was, for `fault`. */
  readonly fault: FaultName | undefined;
  readonly detail: string;
}

/** Older entries are dropped beyond this. */
const MAX_ENTRIES = 10_000;
const MAX_DETAIL = 300;

/** A request line may be long, and may hold what a terminal would obey. */
function printable(text: string): string {
  return text.slice(0, MAX_DETAIL).replace(/[\x00-\x1f\x7f-\x9f]/g, (char) => encodeURIComponent(char));
}

/** Bounded: keeps the newest entries. */
export class FaultLog {
  readonly #entries: LogEntry[] = [];
  readonly #started = performance.now();
  readonly #listener: ((entry: LogEntry) => void) | undefined;

  constructor(listener: ((entry: LogEntry) => void) | undefined) {
    this.#listener = listener;
  }

  get entries(): readonly LogEntry[] {
    return [...this.#entries];
  }

  add(connection: number, what: LogEntry["what"], detail: string, fault?: FaultName): void {
    const entry = {
      at: Math.round(performance.now() - this.#started),
      connection,
      what,
      fault,
      detail: printable(detail),
    };
    if (this.#entries.length >= MAX_ENTRIES) this.#entries.splice(0, MAX_ENTRIES / 10);
    this.#entries.push(entry);
    this.#listener?.(entry);
  }
}
