import type { SignalSource } from "./stop-signal.ts";

/** What a command may touch of the process around it; a test passes its own. */
export interface Terminal {
  /** Results. */
  out(text: string): void;
  /** Errors and log lines. */
  err(text: string): void;
  readonly signals: SignalSource;
  /** Ends the process at once. */
  exit(code: number): void;
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    signals: process,
    exit: (code) => process.exit(code),
  };
}
