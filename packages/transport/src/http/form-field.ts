import { isUtf8 } from "node:buffer";
import { failure, type TransportFailure } from "../failures.ts";

const PLUS = 0x2b;
const SPACE = 0x20;
const PERCENT = 0x25;
const BACKSLASH = 0x5c;
const SMALL_N = 0x6e;
const LF = 0x0a;

/** The value of a hexadecimal digit by its byte, -1 for every other byte. */
const DIGITS: Int8Array = Int8Array.from({ length: 256 }, (_, byte) =>
  /[0-9A-Fa-f]/.test(String.fromCharCode(byte)) ? Number.parseInt(String.fromCharCode(byte), 16) : -1,
);

/**
 * The text of a field of application/x-www-form-urlencoded that a page posted for JSONP, of at most `limit` bytes.
 *
 * It takes back what clients do so that browsers, which post every LF of a form as CR LF, change nothing: LF was written
 * `\n`, and a `\n` that was there before `\\n`. One pass over the bytes, because replacements in a string cost a second
 * of the event loop for what one request may bring.
 */
export function decodeFormField(value: string, limit: number): string | TransportFailure {
  const form = Buffer.from(value);
  // The text is never longer than the form, and no more than one byte too many of it is kept.
  const text = Buffer.alloc(Math.min(form.length, limit + 1));
  let length = 0;
  let backslashes = 0;
  for (let at = 0; at < form.length; at += 1) {
    let byte = form[at] ?? 0;
    if (byte === PLUS) byte = SPACE;
    else if (byte === PERCENT) {
      byte = escaped(form, at);
      if (byte < 0) return failure("invalid_utf8");
      at += 2;
    }
    if (byte === SMALL_N && backslashes > 0) {
      // One of the backslashes was put there by the client; if it was the only one, so was the `n`.
      length -= 1;
      if (backslashes === 1) byte = LF;
    }
    if (length > limit) return failure("body_too_large");
    text[length] = byte;
    length += 1;
    backslashes = byte === BACKSLASH ? backslashes + 1 : 0;
  }
  if (length > limit) return failure("body_too_large");
  const bytes = text.subarray(0, length);
  return isUtf8(bytes) ? bytes.toString("utf8") : failure("invalid_utf8");
}

/** The byte of the escape `%XX` at a place, negative when it is broken. */
function escaped(form: Buffer, at: number): number {
  const high = DIGITS[form[at + 1] ?? 0] ?? -1;
  const low = DIGITS[form[at + 2] ?? 0] ?? -1;
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}
