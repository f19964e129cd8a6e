import * as failures from "./failure-rows.ts";
import type { ProtocolFailure } from "./failures.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const PADDING = 61;
const BAD = 255;

/** Argument lists longer than this can overflow the stack in some engines. */
const CHUNK = 8192;

const CODES: Uint8Array = Uint8Array.from(ALPHABET, (character) => character.charCodeAt(0));
const VALUES: Uint8Array = new Uint8Array(128).fill(BAD);
for (const [value, code] of CODES.entries()) VALUES[code] = value;

/** RFC 4648 §4: the standard alphabet with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  return textOf(toCodes(bytes));
}

function toCodes(bytes: Uint8Array): Uint8Array {
  const codes = new Uint8Array(Math.ceil(bytes.length / 3) * 4).fill(PADDING);
  const whole = bytes.length - (bytes.length % 3);
  let out = 0;
  for (let i = 0; i < whole; i += 3, out += 4) {
    write(codes, out, (at(bytes, i) << 16) | (at(bytes, i + 1) << 8) | at(bytes, i + 2), 4);
  }
  const rest = bytes.length - whole;
  if (rest > 0) write(codes, out, (at(bytes, whole) << 16) | (rest === 2 ? at(bytes, whole + 1) << 8 : 0), rest + 1);
  return codes;
}

/** Writes the first `count` of the four digits of a 24-bit group. */
function write(codes: Uint8Array, out: number, group: number, count: number): void {
  codes[out] = at(CODES, group >> 18);
  codes[out + 1] = at(CODES, (group >> 12) & 63);
  if (count > 2) codes[out + 2] = at(CODES, (group >> 6) & 63);
  if (count > 3) codes[out + 3] = at(CODES, group & 63);
}

function textOf(codes: Uint8Array): string {
  let text = "";
  for (let start = 0; start < codes.length; start += CHUNK) {
    text += Reflect.apply(String.fromCharCode, undefined, codes.subarray(start, start + CHUNK));
  }
  return text;
}

/** The index is always in range here; the type of an indexed read does not know that. */
function at(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}

/**
 * Strict: whole groups of four, the standard alphabet, padding only at the end, and the bits that padding leaves over are
 * zero (RFC 4648 §3.5), so that every accepted text is the only text of its bytes.
 */
export function decodeBase64(text: string): Uint8Array | ProtocolFailure {
  const length = text.length;
  if (length % 4 !== 0) return failures.invalid_base64;
  const padding = paddingOf(text);
  const bytes = new Uint8Array((length / 4) * 3 - padding);
  const whole = padding === 0 ? length : length - 4;
  let seen = 0;
  let out = 0;
  for (let i = 0; i < whole; i += 4, out += 3) {
    const a = digit(text, i);
    const b = digit(text, i + 1);
    const c = digit(text, i + 2);
    const d = digit(text, i + 3);
    seen |= a | b | c | d;
    bytes[out] = (a << 2) | (b >> 4);
    bytes[out + 1] = (b << 4) | (c >> 2);
    bytes[out + 2] = (c << 6) | d;
  }
  // A bad digit is the only value with a bit above the sixth, so one look at the end finds it.
  if (seen > 63) return failures.invalid_base64;
  return padding === 0 || readLast(text, whole, bytes, padding) ? bytes : failures.invalid_base64;
}

function paddingOf(text: string): number {
  const length = text.length;
  if (length === 0 || text.charCodeAt(length - 1) !== PADDING) return 0;
  return text.charCodeAt(length - 2) === PADDING ? 2 : 1;
}

function readLast(text: string, start: number, bytes: Uint8Array, padding: number): boolean {
  const a = digit(text, start);
  const b = digit(text, start + 1);
  const c = padding === 1 ? digit(text, start + 2) : 0;
  if ((a | b | c) > 63) return false;
  if (padding === 2 ? (b & 15) !== 0 : (c & 3) !== 0) return false;
  bytes[bytes.length - 3 + padding] = (a << 2) | (b >> 4);
  if (padding === 1) bytes[bytes.length - 1] = (b << 4) | (c >> 2);
  return true;
}

function digit(text: string, index: number): number {
  const code = text.charCodeAt(index);
  return code < 128 ? at(VALUES, code) : BAD;
}
