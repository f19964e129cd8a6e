import { refusalSentence } from "./refusal.ts";

/** A message of ours that the server has not confirmed. It keeps its id for life, so that sending it again is harmless. */
export interface Outgoing {
  readonly id: string;
  readonly room: string;
  readonly text: string;
  /** When it was written, ms since the Unix epoch. */
  readonly time: number;
  readonly state: "sending" | "failed";
  /** Why it failed, for the person. */
  readonly reason?: string;
}

/**
 * How long after writing a message the page sends it again by itself. The server knows ids for a day; beyond
 * that a second sending could show twice, so the person decides.
 */
export const SAFE_TO_REPEAT = 23 * 60 * 60_000;

/** Reads an outbox back from storage. What is not understood is left out; what is too old to repeat comes back failed. */
export function decodeOutbox(json: string | null, now: number): Outgoing[] {
  const value = parse(json);
  if (!Array.isArray(value)) return [];
  return value.filter(isOutgoing).map((entry) => {
    const age = now - entry.time;
    const safe = entry.state === "failed" || (age >= 0 && age < SAFE_TO_REPEAT);
    return safe ? entry : { ...entry, state: "failed", reason: refusalSentence("unconfirmed", undefined) };
  });
}

function parse(json: string | null): unknown {
  try {
    return JSON.parse(json ?? "[]");
  } catch {
    return [];
  }
}

function isOutgoing(value: unknown): value is Outgoing {
  if (typeof value !== "object" || value === null) return false;
  if (!("id" in value && "room" in value && "text" in value && "time" in value && "state" in value)) return false;
  const texts = [value.id, value.room, value.text];
  const reason = "reason" in value ? value.reason : undefined;
  return (
    texts.every((text) => typeof text === "string") &&
    typeof value.time === "number" &&
    (value.state === "sending" || value.state === "failed") &&
    (reason === undefined || typeof reason === "string")
  );
}
