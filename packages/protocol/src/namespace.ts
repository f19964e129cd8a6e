/** Characters of a namespace, the leading slash included. */
export const MAX_NAMESPACE = 256;

const COMMA = 44;
const SLASH = 47;
const PERCENT = 37;

/**
 * Index of the comma or of the end of the text after the namespace that begins at `start`, or -1 when it is not one: too
 * long, a control character, or a slash in percent-encoded disguise (which a proxy may or may not undo).
 */
export function namespaceEnd(text: string, start: number, maxLength: number): number {
  const stop = Math.min(text.length, start + maxLength + 1);
  for (let i = start; i < stop; i++) {
    const code = text.charCodeAt(i);
    if (code === COMMA) return i;
    if (code < 32 || (code >= 127 && code < 160)) return -1;
    if (code === PERCENT && isEncodedSlash(text, i)) return -1;
  }
  return stop - start > maxLength ? -1 : stop;
}

function isEncodedSlash(text: string, percent: number): boolean {
  // 0x20 folds the case of the letter.
  return text.charCodeAt(percent + 1) === 50 && (text.charCodeAt(percent + 2) | 0x20) === 102;
}

/** True for a name both sides can write and read: "/" and then anything without commas and control characters. */
export function isNamespace(name: string): boolean {
  return name.charCodeAt(0) === SLASH && namespaceEnd(name, 0, MAX_NAMESPACE) === name.length;
}
