import type { LogEntry } from "./refusal-log.ts";

/** What the default log reads of an entry; other layers have entries of their own. */
export type PrintableEntry = Pick<LogEntry, "level" | "meaning" | "error" | "origin">;

/**
 * The log of an application that brings none: its own faults, each; and the first origin that was refused, because a page
 * on another origin that cannot connect is the commonest trouble of a first day. Strangers cannot make it print more.
 */
export function defaultLog(print: (...line: unknown[]) => void = console.error): (entry: PrintableEntry) => void {
  let hinted = false;
  return (entry) => {
    if (entry.level === "error") print(`everwire: ${entry.meaning}`, entry.error);
    if (entry.origin === undefined || hinted) return;
    hinted = true;
    const origin = JSON.stringify(entry.origin);
    print(
      `everwire: refused a page of the origin ${origin}. If it is yours, allow it with the option origins: [${origin}]. Further refusals are not printed; the option log hears of them.`,
    );
  };
}
