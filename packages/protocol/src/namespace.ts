import type { EngineRevision } from "./engine-revision.ts";

/** Characters of a namespace, the leading slash included. */
export const MAX_NAMESPACE = 256;

const COMMA = 44;
const QUESTION_MARK = 63;
const SLASH = 47;
const PERCENT = 37;

/**
 * Index of the comma or of the end of the text after the namespace that begins at `start`, or -1 when it is not one: too
 * long, a control character, or a slash in percent-encoded disguise (which a proxy may or may not undo). In revision 3 a
 * question mark ends the name as well.
 */
export function namespaceEnd(text: string, start: number, maxLength: number, revision: EngineRevision = 4): number {
  const stop = Math.min(text.length, start + maxLength + 1);
  for (let i = start; i < stop; i++) {
    const code = text.charCodeAt(i);
    if (code === COMMA || (code === QUESTION_MARK && revision === 3)) return i;
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
