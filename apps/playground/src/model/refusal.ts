/** What the page says for each code with which the server refuses; the codes are the server's. */
const SENTENCES: ReadonlyMap<string, string> = new Map([
  ["name_empty", "Enter a name."],
  ["name_too_long", "Use at most 32 characters."],
  ["name_invalid", "That name has characters that cannot be shown."],
  ["name_taken", "Somebody here has that name. Choose another, or try again in half a minute."],
  ["client_invalid", "The server did not accept this page. Reload it."],
  ["text_empty", "An empty message was not sent."],
  ["text_too_long", "The message is longer than 4,000 characters."],
  ["text_invalid", "The message has control characters that cannot be sent."],
  ["rate_limited", "That was too much at once. Wait a moment, then retry."],
  ["unconfirmed", "It was never confirmed. Look whether it arrived before you retry."],
]);

/** The sentence for a code; the server's own words, or a general sentence, for one that the page does not know. */
export function refusalSentence(code: string | undefined, message: string | undefined): string {
  const known = code === undefined ? undefined : SENTENCES.get(code);
  return known ?? (message === undefined || message === "" ? "The server refused it." : message);
}

/** True for a refusal that another name would answer. */
export function isNameRefusal(code: string | undefined): boolean {
  return code?.startsWith("name_") ?? false;
}
