/** The head of an HTTP request or answer as it came. */
export interface HttpHead {
  readonly startLine: string;
  /** Values in the order they came, by lower-case name. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** Whether every line is a header. */
  readonly wellFormed: boolean;
}

export function parseHead(text: string): HttpHead {
  const [startLine = "", ...lines] = text.trimEnd().split("\r\n");
  const headers = new Map<string, string[]>();
  let wellFormed = true;
  for (const line of lines) {
    const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(line);
    if (match === null) {
      wellFormed = false;
      continue;
    }
    const [, name = "", value = ""] = match;
    headers.set(name.toLowerCase(), [...(headers.get(name.toLowerCase()) ?? []), value]);
  }
  return { startLine, headers, wellFormed };
}

/** All values of a header as one, or `undefined` when it is absent. */
export function headerValue(head: HttpHead, name: string): string | undefined {
  return head.headers.get(name.toLowerCase())?.join(", ");
}

/** Whether a header lists `item`, given in lower case. */
export function headerLists(head: HttpHead, name: string, item: string): boolean {
  const items = (headerValue(head, name) ?? "").split(",");
  return items.some((found) => found.trim().toLowerCase() === item);
}

/** The status of an answer, 0 when its first line is no status line. */
export function statusOf(head: HttpHead): number {
  return Number(/^HTTP\/1\.1 (\d{3})( |$)/.exec(head.startLine)?.[1] ?? 0);
}
