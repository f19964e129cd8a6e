import * as failures from "./failure-rows.ts";
import type { ProtocolFailure } from "./failures.ts";
import type { EventPayload } from "./socket-packet.ts";

/** Characters of an event name that is a string. */
export const MAX_EVENT_NAME = 256;

/** Names under which the library itself reports; a peer that could send them could forge those reports. */
export const RESERVED_EVENTS: ReadonlySet<string> = new Set([
  "connect",
  "connect_error",
  "disconnect",
  "disconnecting",
  "newListener",
  "removeListener",
]);

/** The arguments as those of an event, or why they are not: the first one must be a legal name. */
export function checkEvent(args: readonly unknown[], maxLength: number): EventPayload | ProtocolFailure {
  if (!isNamed(args)) return failures.invalid_event_name;
  const name = args[0];
  // A number that JSON cannot write back would change its name on the way.
  if (typeof name === "number") return Number.isFinite(name) ? args : failures.invalid_event_name;
  if (name.length > maxLength) return failures.invalid_event_name;
  return RESERVED_EVENTS.has(name) ? failures.reserved_event : args;
}

function isNamed(args: readonly unknown[]): args is EventPayload {
  const name = args[0];
  return typeof name === "string" || typeof name === "number";
}
