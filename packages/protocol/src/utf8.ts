/** Argument lists longer than this can overflow the stack in some engines. */
const CHUNK = 8192;

const REPLACEMENT = 0xfffd;

/** The smallest scalar value that needs 0, 1, 2 or 3 trailing bytes: a smaller one in as many is an overlong form. */
const SMALLEST: readonly number[] = [0, 0x80, 0x800, 0x10000];

/** RFC 3629 §3: a first byte begins with as many ones as there are bytes, and a zero. */
const LEADS: readonly number[] = [0, 0xc0, 0xe0, 0xf0];

/** The UTF-8 of a text. A surrogate without its partner becomes U+FFFD, as on the platforms. */
export function encodeUtf8(text: string): Uint8Array {
  // No UTF-16 unit takes more than three bytes.
  const bytes = new Uint8Array(text.length * 3);
  let out = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.codePointAt(i) ?? REPLACEMENT;
    if (code > 0xffff) i++;
    out = write(bytes, out, isSurrogate(code) ? REPLACEMENT : code);
  }
  return bytes.slice(0, out);
}

function write(bytes: Uint8Array, start: number, code: number): number {
  if (code < 0x80) {
    bytes[start] = code;
    return start + 1;
  }
  const trailing = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  bytes[start] = (LEADS[trailing] ?? 0) | (code >> (6 * trailing));
  for (let rest = 1; rest <= trailing; rest++) bytes[start + rest] = 0x80 | ((code >> (6 * (trailing - rest))) & 0x3f);
  return start + trailing + 1;
}

/** The text of some UTF-8, or undefined when it is none: truncated, overlong, a surrogate or beyond U+10FFFF. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  const units = new Uint16Array(bytes.length);
  let count = 0;
  for (let i = 0; i < bytes.length; i++) {
    const trailing = trailingOf(bytes[i] ?? 0);
    const code = scalarAt(bytes, i, trailing);
    if (code === -1) return undefined;
    i += trailing;
    if (code <= 0xffff) units[count++] = code;
    else {
      units[count++] = 0xd7c0 + (code >> 10);
      units[count++] = 0xdc00 | (code & 0x3ff);
    }
  }
  return textOf(units.subarray(0, count));
}

/** How many bytes follow a first byte, -1 when none can begin with it. */
function trailingOf(lead: number): number {
  if (lead < 0x80) return 0;
  if (lead < 0xc0) return -1;
  if (lead < 0xe0) return 1;
  if (lead < 0xf0) return 2;
  return lead < 0xf8 ? 3 : -1;
}

function scalarAt(bytes: Uint8Array, start: number, trailing: number): number {
  if (trailing === -1 || start + trailing >= bytes.length) return -1;
  let code = (bytes[start] ?? 0) & (trailing === 0 ? 0x7f : 0x3f >> trailing);
  for (let rest = 1; rest <= trailing; rest++) {
    const byte = bytes[start + rest] ?? 0;
    if ((byte & 0xc0) !== 0x80) return -1;
    code = (code << 6) | (byte & 0x3f);
  }
  // RFC 3629 §3: the shortest form only, no surrogates, nothing beyond U+10FFFF.
  return code < (SMALLEST[trailing] ?? 0) || isSurrogate(code) || code > 0x10ffff ? -1 : code;
}

function isSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdfff;
}

function textOf(units: Uint16Array): string {
  let text = "";
  for (let start = 0; start < units.length; start += CHUNK) {
    text += Reflect.apply(String.fromCharCode, undefined, units.subarray(start, start + CHUNK));
  }
  return text;
}
