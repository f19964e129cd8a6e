import { PADDING_BYTES, type StreamForm } from "./stream-form.ts";

/** A line of an event stream ends at LF and at CR, and the form has no escape of its own. */
const LINE = /[\\\n\r]/g;
const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r" };

/** Server-Sent Events: one event with one line of data per flush, in which `\`, LF and CR are written `\\`, `\n`, `\r`. */
export const SSE_FORM: StreamForm = Object.freeze({
  name: "sse",
  headers: { "content-type": "text/event-stream" },
  // A line that begins with a colon is a comment.
  beginning: Buffer.from(`:${" ".repeat(PADDING_BYTES - 2)}\n`),
  recycleBytes: Number.POSITIVE_INFINITY,
  packet: escapeLine,
  before: Buffer.from("data: "),
  between: Buffer.from("\x1e"),
  after: Buffer.from("\n\n"),
});

function escapeLine(payload: string): string {
  return payload.replace(LINE, (unit) => ESCAPES[unit] ?? unit);
}
