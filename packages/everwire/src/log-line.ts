import type { ServerLogEntry } from "@everwire/server";

/**
 * One line of JSON for a log entry. JSON, because addresses and messages may hold anything, and a line must stay one line;
 * nothing of a payload is in an entry, so nothing of it gets here.
 */
export function logLine(entry: ServerLogEntry, time: Date): string {
  const { error, ...fields } = entry;
  const cause =
    error === undefined ? {} : { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  return `${JSON.stringify({ time: time.toISOString(), ...fields, ...cause })}\n`;
}
