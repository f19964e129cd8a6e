import { failure, type TransportFailure } from "../failures.ts";
import type { Headers } from "./cors.ts";
import { decodeFormField } from "./form-field.ts";
import { scriptText } from "./script-text.ts";

/** The content type of a JSONP answer; a browser runs no script of another type once it is told not to sniff. */
export const JAVASCRIPT = "text/javascript; charset=UTF-8";

/** Digits as `String(number)` writes them: `007` would be an octal number to some scripts and an error to others. */
const INDEX = /^(?:0|[1-9][0-9]{0,8})$/;

/** A backslash before an LF or before `n` costs up to four bytes per byte in the form that browsers post. */
const FORM_BYTES_PER_BYTE = 4;
const FORM_OVERHEAD = 16;
/** Of a form that is read at all; clients send one. */
const MAX_FIELDS = 16;

/** Whether `j` may name a callback: at most nine digits and nothing else. */
export function isJsonpIndex(j: string): boolean {
  return INDEX.test(j);
}

/** The headers of a JSONP answer. */
export function jsonpHeaders(headers: Headers): Headers {
  return { ...headers, "x-content-type-options": "nosniff" };
}

/**
 * The script that hands a payload to callback `index`, which must have passed `isJsonpIndex`. The comment in front keeps
 * the first bytes out of the sender's hands, so that the answer cannot pass for a file of another kind.
 */
export function jsonpBody(index: string, payload: string): string {
  return `/**/___eio[${index}]("${scriptText(payload)}");`;
}

/** The limit for a body that is still a form, so that no payload within `maxPayload` is refused. */
export function jsonpFormLimit(maxPayload: number): number {
  return maxPayload * FORM_BYTES_PER_BYTE + FORM_OVERHEAD;
}

/** The payload in a posted form, its field `d`. The limit is for the payload; the form around it may be longer. */
export function decodeJsonpForm(body: string, maxPayload: number): string | TransportFailure {
  // One more than is allowed, so that a body of separators alone is not taken apart.
  const all = body.split("&", MAX_FIELDS + 1);
  const fields = all.filter((field) => field.startsWith("d="));
  const [field] = fields;
  if (field === undefined || fields.length > 1 || all.length > MAX_FIELDS) return failure("parse_error");
  return decodeFormField(field.slice(2), maxPayload);
}
