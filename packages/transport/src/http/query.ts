import { failure, type TransportFailure } from "../failures.ts";

/** Characters of a query that are looked at; a longer one is refused unread. */
const MAX_QUERY = 8192;

const ENCODED = /[%+]/;
const NONE: ReadonlySet<string> = new Set();

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
  let repeated: Set<string> | undefined;
  const mark = target.indexOf("?");
  if (mark < 0) return { parameters, repeated: NONE };
  if (target.length - mark - 1 > MAX_QUERY) return failure("query_too_long");
  const plain = !ENCODED.test(target);
  for (let start = mark + 1, end = 0; start < target.length; start = end + 1) {
    const separator = target.indexOf("&", start);
    end = separator < 0 ? target.length : separator;
    if (end === start) continue;
    const part = target.slice(start, end);
    const equals = part.indexOf("=");
    const name = decode(equals < 0 ? part : part.slice(0, equals), plain);
    const value = decode(equals < 0 ? "" : part.slice(equals + 1), plain);
    if (name === undefined || value === undefined) return failure("invalid_query");
    if (parameters.has(name)) {
      repeated ??= new Set();
      repeated.add(name);
    } else parameters.set(name, value);
  }
  return { parameters, repeated: repeated ?? NONE };
}

/** `plain`: nothing in the query is encoded. */
function decode(text: string, plain: boolean): string | undefined {
  if (plain) return text;
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}
