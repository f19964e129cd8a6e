import type { CorsOptions, ListenerOptions } from "@everwire/transport";
import { ServerError } from "../failures.ts";

/** `cors` as Socket.IO has it: who may connect is said in it, which here is `origins`. */
export interface SocketIoCors extends Omit<CorsOptions, "allowedHeaders"> {
  /** Becomes `origins`. True and "*" are every page of the web, false and none at all this server's own pages. */
  readonly origin?: boolean | string | readonly string[];
  readonly allowedHeaders?: string | readonly string[];
  /** Taken note of: what is needed is allowed. */
  readonly methods?: string | readonly string[];
}

/** Options of the listener under the names that they have in Socket.IO. */
export interface SocketIoOptions {
  /** The same as `maxPayload`. */
  readonly maxHttpBufferSize?: number;
  readonly cors?: SocketIoCors;
  /** Both forms of the path are always served. */
  readonly addTrailingSlash?: boolean;
  /** There is no compression yet, and none is the default of Socket.IO for WebSockets. */
  readonly perMessageDeflate?: false;
  readonly httpCompression?: false;
  /** Upgrades that nobody takes are always destroyed. */
  readonly destroyUpgrade?: true;
}

/** The values of options that change nothing, because they say what is so anyway. */
const IDLE: ReadonlyMap<string, readonly unknown[]> = new Map([
  ["addTrailingSlash", [true, false]],
  ["perMessageDeflate", [false]],
  ["httpCompression", [false]],
  ["destroyUpgrade", [true]],
]);

/**
 * Puts what Socket.IO's names say into the listener's own words. Throws `invalid_option` for what has no words here, and
 * for two options that contradict each other; unknown names are left to the listener.
 */
export function listenerWords(given: Readonly<Record<string, unknown>>): Partial<ListenerOptions> {
  const words: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    const idle = IDLE.get(name);
    if (value === undefined || idle?.includes(value) === true) continue;
    if (idle !== undefined) throw new ServerError("invalid_option", `${name}: ${String(value)} is not there`);
    if (name === "maxHttpBufferSize") put(words, given, "maxPayload", value);
    else if (name === "cors") putCors(words, given, value);
    else words[name] = value;
  }
  return words;
}

function putCors(words: Record<string, unknown>, given: Readonly<Record<string, unknown>>, cors: unknown): void {
  if (typeof cors !== "object" || cors === null) {
    throw new ServerError("invalid_option", "cors is an object; a function has no place here: see `origins`");
  }
  const { origin, methods: _methods, allowedHeaders, ...rest }: SocketIoCors = cors;
  if (origin !== undefined) put(words, given, "origins", originsOf(origin));
  words.cors = allowedHeaders === undefined ? rest : { ...rest, allowedHeaders: listOf(allowedHeaders) };
}

function put(
  words: Record<string, unknown>,
  given: Readonly<Record<string, unknown>>,
  name: string,
  value: unknown,
): void {
  if (given[name] !== undefined) throw new ServerError("invalid_option", `${name} is said twice, by two names`);
  words[name] = value;
}

function originsOf(origin: unknown): unknown {
  if (origin === false) return "same-origin";
  if (origin === true || origin === "*") return "*";
  const list: unknown[] = Array.isArray(origin) ? origin : [origin];
  if (list.includes("*")) return "*";
  // Expressions are easily written too wide, and functions answer too late for an upgrade.
  if (list.every((item) => typeof item === "string")) return list;
  throw new ServerError(
    "invalid_option",
    'cors.origin is a list of origins, which may be patterns such as "https://*.example.com"',
  );
}

function listOf(headers: unknown): unknown {
  return typeof headers === "string" ? headers.split(",").map((header) => header.trim()) : headers;
}
