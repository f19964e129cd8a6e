import { type ChatFailure, chatFailure } from "../failures.ts";
import { characterCount } from "./character-count.ts";

/** Code points after trimming. In UTF-8 that is at most 16 000 bytes, well under the record limit of a channel. */
export const MAX_TEXT_CHARACTERS = 4000;

/** Controls except newline and tab, and lone surrogates. Direction overrides stay: the page isolates each text. */
const REFUSED = /(?![\n\t])[\p{Cc}\p{Cs}]/u;

/**
 * Reads the text of a message. It is kept as written, markup included: it is text everywhere, so there is nothing to
 * escape here. Windows line ends become `\n`.
 */
export function parseChatText(value: unknown): string | ChatFailure {
  if (typeof value !== "string") return chatFailure("text_invalid");
  // A pair of surrogates is one character: more units than this cannot fit, and longer texts are not scanned.
  if (value.length > 4 * MAX_TEXT_CHARACTERS) return chatFailure("text_too_long");
  const text = trimEnds(value.replaceAll("\r\n", "\n"));
  if (text === "") return chatFailure("text_empty");
  if (REFUSED.test(text)) return chatFailure("text_invalid");
  if (characterCount(text) > MAX_TEXT_CHARACTERS) return chatFailure("text_too_long");
  return text;
}

/** Newlines and spaces at both ends. A loop and not `/\s+$/`, which takes quadratic time on a run inside the text. */
function trimEnds(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isEnd(text.charCodeAt(start))) start += 1;
  while (end > start && isEnd(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function isEnd(unit: number): boolean {
  return unit === 0x20 || unit === 0x0a;
}
