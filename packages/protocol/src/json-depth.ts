const QUOTE = 34;
const BACKSLASH = 92;

/** Levels of arrays and objects, the outermost included. Both directions have the same limit. */
export const MAX_DEPTH = 256;

/**
 * True when JSON text nests deeper than `maxDepth`. One pass without allocation, before JSON.parse is trusted with the
 * text; what is not JSON may be judged either way and is left to JSON.parse.
 */
export function exceedsDepth(json: string, maxDepth: number): boolean {
  // Every level takes an opening and a closing character, so a short text cannot be too deep.
  if (json.length <= 2 * maxDepth) return false;
  let depth = 0;
  for (let i = 0; i < json.length; i++) {
    const code = json.charCodeAt(i);
    if (code === QUOTE) i = stringEnd(json, i + 1);
    // 0x20 is the only bit in which "[" and "{", "]" and "}" differ.
    else if ((code | 0x20) === 0x7b) {
      if (++depth > maxDepth) return true;
    } else if ((code | 0x20) === 0x7d) depth--;
  }
  return false;
}

/** Index of the quote that ends the string beginning at `start`, or the length of the text. */
function stringEnd(json: string, start: number): number {
  for (let end = json.indexOf('"', start); end !== -1; end = json.indexOf('"', end + 1)) {
    if (!isEscaped(json, start, end)) return end;
  }
  return json.length;
}

/** An odd number of backslashes before a quote escapes it. Each run is counted once, so the whole stays linear. */
function isEscaped(json: string, start: number, quote: number): boolean {
  let first = quote;
  while (first > start && json.charCodeAt(first - 1) === BACKSLASH) first--;
  return (quote - first) % 2 === 1;
}
