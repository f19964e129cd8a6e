/** Most characters (code points) that one message holds; the server has the same limit. */
export const MAX_TEXT = 4000;
/** Most characters that the composer keeps: enough to cut a long text down, too few to make the page slow. */
export const MAX_DRAFT = 8000;
/** The counter appears when so few characters are left. */
const COUNTER_FROM = 400;

export type TextProblem = "text_empty" | "text_too_long";

/** Code points: a surrogate pair counts once, as on the server. Only for texts that are bounded already. */
function characterCount(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** A text as it is sent: line ends of one kind, no blank lines or spaces round it. */
export function tidyText(text: string): string {
  return text.replaceAll("\r\n", "\n").replaceAll("\r", "\n").trim();
}

/** What keeps a text from being sent. */
export function textProblem(text: string): TextProblem | undefined {
  const length = characterCount(tidyText(text));
  if (length === 0) return "text_empty";
  return length > MAX_TEXT ? "text_too_long" : undefined;
}

/** Characters left, once they are few; negative when there are too many. */
export function charactersLeft(text: string): number | undefined {
  const left = MAX_TEXT - characterCount(tidyText(text));
  return left <= COUNTER_FROM ? left : undefined;
}

/** The sentence for a text that the composer does not take in. */
export function oversizeSentence(length: number): string {
  const count = new Intl.NumberFormat("en").format(length);
  const limit = new Intl.NumberFormat("en").format(MAX_TEXT);
  return `That text has ${count} characters. A message holds ${limit}, so it was not inserted.`;
}
