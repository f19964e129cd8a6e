import { failure, type TransportFailure } from "./failures.ts";

/** Characters of a query that are looked at; a longer one is refused unread. */
const MAX_QUERY = 8192;

/** The decoded parameters of one request target, first value of each name, and the names that came more than once. */
export interface ParsedQuery {
  readonly parameters: ReadonlyMap<string, string>;
  readonly repeated: ReadonlySet<string>;
}

/** The path of a request target: all before the `?`. An absolute-form target is a path that nobody serves. */
export function pathOf(target: string): string {
  const mark = target.indexOf("?");
  return mark < 0 ? target : target.slice(0, mark);
}

/**
 * Reads the query of a request target in one linear pass. Names are opaque (`a[b]=1` is a parameter called `a[b]`), and
 * nothing a peer writes becomes a property name.
 */
export function parseQuery(target: string): ParsedQuery | TransportFailure {
  const parameters = new Map<string, string>();
  const repeated = new Set<string>();
  const mark = target.indexOf("?");
  if (mark < 0) return { parameters, repeated };
  if (target.length - mark - 1 > MAX_QUERY) return failure("query_too_long");
  for (const part of target.slice(mark + 1).split("&")) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    const name = decode(equals < 0 ? part : part.slice(0, equals));
    const value = decode(equals < 0 ? "" : part.slice(equals + 1));
    if (name === undefined || value === undefined) return failure("invalid_query");
    if (parameters.has(name)) repeated.add(name);
    else parameters.set(name, value);
  }
  return { parameters, repeated };
}

function decode(text: string): string | undefined {
  if (!text.includes("%") && !text.includes("+")) return text;
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}
