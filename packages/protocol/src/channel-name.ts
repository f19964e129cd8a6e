const MAX_NAME = 128;
const MAX_ID = 64;

/**
 * 1 to 128 UTF-16 units that every store and every screen shows as the same name: no control or bidirectional formatting
 * characters, no half of a surrogate pair. Anything else is plain text: a name is never a path, pattern or property.
 */
export function isChannelName(value: unknown): value is string {
  if (typeof value !== "string" || value.length === 0 || value.length > MAX_NAME) return false;
  for (let i = 0; i < value.length; i++) {
    const code = value.codePointAt(i) ?? 0;
    if (isControl(code) || (code >= 0xd800 && code <= 0xdfff)) return false;
    if (code > 0xffff) i++;
  }
  return true;
}

function isControl(code: number): boolean {
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return true;
  if (code < 0x61c) return false;
  return (
    code === 0x61c ||
    code === 0x200e ||
    code === 0x200f ||
    (code >= 0x2028 && code <= 0x202e) ||
    (code >= 0x2066 && code <= 0x2069)
  );
}

/** 1 to 64 characters of `A-Z a-z 0-9 _ -`; the grammar of message ids and of epochs. */
export function isMessageId(value: unknown): value is string {
  if (typeof value !== "string" || value.length === 0 || value.length > MAX_ID) return false;
  for (let i = 0; i < value.length; i++) if (!isIdCharacter(value.charCodeAt(i))) return false;
  return true;
}

function isIdCharacter(code: number): boolean {
  const letter = code | 0x20;
  return (letter >= 97 && letter <= 122) || (code >= 48 && code <= 57) || code === 45 || code === 95;
}
