import type { PerMessageDeflateOptions } from "../deflate/deflate-options.ts";

/** Compression as programs for `ws` describe it. What both know means the same. */
export interface ForeignDeflateOptions
  extends Omit<PerMessageDeflateOptions, "clientMaxWindowBits" | "serverMaxWindowBits"> {
  /** `true`, as when it is left out: clients may choose. */
  readonly clientMaxWindowBits?: number | boolean;
  readonly serverMaxWindowBits?: number | boolean;
  /** `level` and `memLevel` count; `chunkSize` has no effect; anything else is refused. */
  readonly zlibDeflateOptions?: Readonly<Record<string, unknown>>;
  /** `chunkSize` has no effect; anything else is refused. */
  readonly zlibInflateOptions?: Readonly<Record<string, unknown>>;
}

/** Options that `ws` has and a connection does not. */
export interface ForeignOptions {
  readonly perMessageDeflate?: boolean | ForeignDeflateOptions | undefined;
  /** Only 13, the version of RFC 6455. */
  readonly protocolVersion?: number | undefined;
  /** Accepted and without effect: events come in the order of arrival, several in one tick. */
  readonly allowSynchronousEvents?: boolean | undefined;
  /** Accepted and without effect: what is kept is bounded in bytes. */
  readonly maxBufferedChunks?: number | undefined;
  /** Accepted and without effect: pongs that cannot be written are bounded by limits of our own. */
  readonly maxPendingAutoPongs?: number | undefined;
}

/** Options that would change what is sent or accepted, and are not here. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ["skipUTF8Validation", "text is always validated (RFC 6455 §8.1)"],
  ["generateMask", "masks come from a random source (RFC 6455 §5.3)"],
  ["auth", "use an Authorization header"],
  ["insecureHTTPParser", "answers are read strictly"],
  ["maxHeaderSize", "the limit is the one of the process"],
  ["setHost", "every request names its host (RFC 6455 §4.1)"],
  ["uniqueHeaders", "use headers"],
]);

const VERSION = 13;

const WINDOW_BITS = ["clientMaxWindowBits", "serverMaxWindowBits"] as const;

/** What is taken out of zlib's options: it is settled by the option of the same name, or says nothing about the result. */
const ZLIB_LEVELS = ["level", "memLevel"] as const;

/** The options as a connection knows them: `null` is left out, as by `ws`. @throws TypeError for what cannot be had. */
export function nativeOptions<Options extends ForeignOptions>(
  given: Options,
): Omit<Options, "perMessageDeflate"> & { perMessageDeflate?: boolean | PerMessageDeflateOptions } {
  const { perMessageDeflate, ...rest } = withoutNulls(given);
  refuse(rest);
  if (perMessageDeflate === undefined) return rest;
  return { ...rest, perMessageDeflate: nativeDeflate(perMessageDeflate) };
}

/** @throws TypeError for an option whose effect somebody would miss. */
function refuse(options: object): void {
  for (const [name, why] of REFUSED) {
    const value: unknown = Reflect.get(options, name);
    if (value !== undefined && value !== false) throw new TypeError(`${name} is not supported: ${why}`);
  }
  const version: unknown = Reflect.get(options, "protocolVersion") ?? VERSION;
  if (version !== VERSION) throw new TypeError("protocolVersion is not supported: there is only 13 (RFC 6455)");
}

function nativeDeflate(given: boolean | ForeignDeflateOptions): boolean | PerMessageDeflateOptions {
  if (typeof given === "boolean") return given;
  const { zlibDeflateOptions, zlibInflateOptions, clientMaxWindowBits, serverMaxWindowBits, ...rest } =
    withoutNulls(given);
  checkZlib("zlibDeflateOptions", zlibDeflateOptions, ZLIB_LEVELS);
  checkZlib("zlibInflateOptions", zlibInflateOptions, []);
  const windows = { clientMaxWindowBits, serverMaxWindowBits };
  const native: Record<string, unknown> = {};
  for (const name of ZLIB_LEVELS) {
    const value = rest[name] ?? zlibDeflateOptions?.[name];
    if (value !== undefined) native[name] = value;
  }
  for (const name of WINDOW_BITS) {
    const bits = windows[name];
    if (bits === false) throw new TypeError(`perMessageDeflate.${name} cannot be false: give a number, or nothing`);
    if (bits !== undefined && bits !== true) native[name] = bits;
  }
  return { ...rest, ...native };
}

function checkZlib(
  name: string,
  options: Readonly<Record<string, unknown>> | undefined,
  known: readonly string[],
): void {
  for (const key of Object.keys(options ?? {})) {
    // How large the pieces are that zlib works in cannot be seen from outside.
    if (key === "chunkSize" || known.includes(key)) continue;
    throw new TypeError(`perMessageDeflate.${name}.${key} is not supported`);
  }
}

function withoutNulls<Options extends object>(options: Options): Options {
  const copy = { ...options };
  for (const name of Object.keys(copy)) if (Reflect.get(copy, name) === null) Reflect.deleteProperty(copy, name);
  return copy;
}
