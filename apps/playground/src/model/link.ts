/** A stretch of a message: plain text, or the text of a link with its address. */
export interface TextPart {
  readonly text: string;
  readonly href?: string;
}

/** An address runs to the next white space, angle bracket or quote. One pass: nothing in it can backtrack. */
const ADDRESS = /(?<![\p{L}\p{N}])https?:\/\/[^\s<>"`]+/giu;
const TRAILING = new Set([".", ",", ";", ":", "!", "?", "'", "*", "_", "…"]);
const OPENING = new Map([
  [")", "("],
  ["]", "["],
  ["}", "{"],
]);

/** Splits a text into plain stretches and http(s) links, in time linear in its length. Joined, the parts are the text. */
export function linkify(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let done = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = withoutTrailing(match[0]);
    const href = hrefOf(address);
    if (href === undefined) continue;
    if (match.index > done) parts.push({ text: text.slice(done, match.index) });
    parts.push({ text: address, href });
    done = match.index + address.length;
  }
  if (done < text.length) parts.push({ text: text.slice(done) });
  return parts;
}

/** Leaves the punctuation of the sentence outside: `(see https://a.example/b_(c)).` links `https://a.example/b_(c)`. */
function withoutTrailing(address: string): string {
  const open = new Map<string, number>();
  for (const character of address) open.set(character, (open.get(character) ?? 0) + 1);
  let end = address.length;
  for (; end > 0; end -= 1) {
    const last = address.charAt(end - 1);
    const partner = OPENING.get(last);
    const unpaired = partner !== undefined && (open.get(last) ?? 0) > (open.get(partner) ?? 0);
    if (!unpaired && !TRAILING.has(last)) break;
    if (unpaired) open.set(last, (open.get(last) ?? 0) - 1);
  }
  return address.slice(0, end);
}

/** Undefined for what is no address, and for one with a user name: `https://bank.example@evil.example` misleads. */
function hrefOf(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  const misleading = url.username !== "" || url.password !== "";
  return misleading || (url.protocol !== "http:" && url.protocol !== "https:") ? undefined : url.href;
}
