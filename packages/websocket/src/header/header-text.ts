/** The characters of an RFC 9110 §5.6.2 token beside letters and digits. */
const TOKEN_MARKS = new Set("!#$%&'*+-.^_`|~");

/** Whether `text` is a token: what names of subprotocols, extensions and parameters are made of. */
export function isToken(text: string): boolean {
  for (const character of text) if (!isTokenCharacter(character)) return false;
  return text.length > 0;
}

function isTokenCharacter(character: string): boolean {
  if (character >= "a" && character <= "z") return true;
  if (character >= "A" && character <= "Z") return true;
  if (character >= "0" && character <= "9") return true;
  return TOKEN_MARKS.has(character);
}

/** Removes the optional whitespace (space and tab) round a list item. */
export function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

export function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** Whether a comma-separated header names `token`, in any case. An absent header names nothing. */
export function listNames(header: string | undefined, token: string): boolean {
  if (header === undefined) return false;
  if (header.length === token.length) return header.toLowerCase() === token;
  return header.split(",").some((item) => trimBlanks(item).toLowerCase() === token);
}
