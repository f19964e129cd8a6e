import type { Headers } from "./cors.ts";
import { failure, type TransportFailure } from "./failures.ts";
import { scriptText } from "./script-text.ts";

/** The content type of a JSONP answer; a browser runs no script of another type once it is told not to sniff. */
export const JAVASCRIPT = "text/javascript; charset=UTF-8";

/** Digits as `String(number)` writes them: `007` would be an octal number to some scripts and an error to others. */
const INDEX = /^(?:0|[1-9][0-9]{0,8})$/;

/** A backslash before an LF or before `n` costs up to four bytes per byte in the form that browsers post. */
const FORM_BYTES_PER_BYTE = 4;
const FORM_OVERHEAD = 16;

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
  const fields = body.split("&").filter((field) => field.startsWith("d="));
  const [field] = fields;
  if (field === undefined || fields.length > 1) return failure("parse_error");
  const text = decodeField(field.slice(2));
  if (text === undefined) return failure("invalid_utf8");
  const payload = unescapeLines(text);
  return Buffer.byteLength(payload) > maxPayload ? failure("body_too_large") : payload;
}

/** application/x-www-form-urlencoded; undefined for a broken escape, or bytes that are not UTF-8. */
function decodeField(value: string): string | undefined {
  try {
    return decodeURIComponent(value.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}

/**
 * Takes back what clients do so that browsers, which post every LF of a form as CR LF, change nothing: LF was written
 * `\n`, and a `\n` that was there before `\\n`.
 */
function unescapeLines(text: string): string {
  return text.replace(/(\\?)\\n/g, (_, escaped: string) => (escaped === "" ? "\n" : "\\n"));
}
