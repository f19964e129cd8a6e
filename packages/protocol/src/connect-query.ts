import * as failures from "./failure-rows.ts";
import type { ProtocolFailure } from "./failures.ts";

/** Characters of the query behind a namespace. */
export const MAX_CONNECT_QUERY = 8192;

/**
 * What a client of revision 3 says of itself when it connects to a namespace: `40/nsp?token=a&v=1,`. The last value of a
 * name counts, as upstream; the names are the peer's, so the object has no prototype.
 */
export function decodeConnectQuery(query: string): Readonly<Record<string, string>> | ProtocolFailure {
  const values: Record<string, string> = Object.create(null);
  for (const part of query.split("&")) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    const name = decode(equals === -1 ? part : part.slice(0, equals));
    const value = decode(equals === -1 ? "" : part.slice(equals + 1));
    if (name === undefined || value === undefined) return failures.invalid_payload;
    values[name] = value;
  }
  return values;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}
