import { isBlank, listNames } from "./header-text.ts";

/** The head of a request for a WebSocket, as its bytes say it. */
export interface RequestHead {
  readonly url: string;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: string[];
  /** By name in lower case. */
  readonly headers: Record<string, string>;
  /** How many bytes it has. */
  readonly length: number;
}

/** Longer heads are rare, and no faster to read here. */
const MAX_HEAD_BYTES = 8_192;

/** As many headers as a browser behind several proxies sends, many times over. Of more, Node would drop the rest. */
export const MAX_HEADERS = 200;

const METHOD = "GET ";
const VERSION = " HTTP/1.1";

/** Headers that make a request more than an opening handshake, or that have rules of their own when they are read. */
const NOT_PLAIN: ReadonlySet<string> = new Set([
  "__proto__",
  "content-length",
  "expect",
  "set-cookie",
  "te",
  "trailer",
  "transfer-encoding",
]);

/** The plain headers that all clients send, in lower case: to find one here is cheaper than to make it. */
const USUAL: ReadonlyMap<string, string> = new Map(
  [
    "Host",
    "Upgrade",
    "Connection",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Version",
    "Sec-WebSocket-Protocol",
    "Sec-WebSocket-Extensions",
    "Origin",
    "User-Agent",
    "Cookie",
    "Pragma",
    "Cache-Control",
    "Accept-Encoding",
    "Accept-Language",
  ].map((name) => [name, name.toLowerCase()]),
);

/** What a byte may be part of. */
const NAME = 1;
const VALUE = 2;
const PATH = 4;

/** RFC 9110 §5.1 and §5.5: a name is a token; a value has visible characters, blanks and bytes above ASCII. */
const KINDS: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  const name = /[\w!#$%&'*+\-.^`|~]/.test(character) ? NAME : 0;
  const value = /[\t -~\x80-\xff]/.test(character) ? VALUE : 0;
  return name | value | (/[!-~]/.test(character) ? PATH : 0);
});

const COLON = 0x3a;
const CR = 0x0d;
const LF = 0x0a;

/**
 * Reads the head of a request if it is a plain one for a WebSocket, complete, and such that nobody could read it
 * otherwise: GET, a path, HTTP/1.1, lines that end in CRLF, names that come once, no body. `undefined` says that somebody
 * else has to look, not that anything is wrong: this is no HTTP parser, and whatever it lets go is for Node's.
 *
 * Only the first `available` bytes of the chunk count. What is read of them are copies.
 */
export function readRequestHead(chunk: Buffer, available: number = chunk.length): RequestHead | undefined {
  const text = chunk.toString("latin1", 0, Math.min(available, MAX_HEAD_BYTES + 4));
  const firstEnd = text.indexOf("\r\n");
  const url = readPath(text, firstEnd);
  if (url === undefined) return undefined;
  const rawHeaders: string[] = [];
  const headers: Record<string, string> = {};
  let at = firstEnd + 2;
  while (text.charCodeAt(at) !== CR) {
    at = readLine(text, at, rawHeaders, headers);
    if (at < 0 || rawHeaders.length > 2 * MAX_HEADERS) return undefined;
  }
  if (text.charCodeAt(at + 1) !== LF) return undefined;
  if (headers.upgrade?.toLowerCase() !== "websocket" || !listNames(headers.connection, "upgrade")) return undefined;
  return { url, rawHeaders, headers, length: at + 2 };
}

/** RFC 9112 §3: the path of a request line that ends at `end`. */
function readPath(text: string, end: number): string | undefined {
  const pathEnd = end - VERSION.length;
  if (pathEnd <= METHOD.length || !text.startsWith(METHOD) || !text.startsWith(VERSION, pathEnd)) return undefined;
  if (text.charCodeAt(METHOD.length) !== 0x2f) return undefined;
  return endOf(PATH, text, METHOD.length) === pathEnd ? text.slice(METHOD.length, pathEnd) : undefined;
}

/** Reads the line at `start`. Returns where the next begins, or -1. */
function readLine(text: string, start: number, rawHeaders: string[], headers: Record<string, string>): number {
  const nameEnd = endOf(NAME, text, start);
  if (nameEnd === start || text.charCodeAt(nameEnd) !== COLON) return -1;
  let valueStart = nameEnd + 1;
  while (isBlank(text.charCodeAt(valueStart))) valueStart++;
  const end = endOf(VALUE, text, valueStart);
  if (text.charCodeAt(end) !== CR || text.charCodeAt(end + 1) !== LF) return -1;
  let valueEnd = end;
  while (valueEnd > valueStart && isBlank(text.charCodeAt(valueEnd - 1))) valueEnd--;
  const name = text.slice(start, nameEnd);
  const key = USUAL.get(name) ?? name.toLowerCase();
  if (NOT_PLAIN.has(key) || Object.hasOwn(headers, key)) return -1;
  const value = text.slice(valueStart, valueEnd);
  rawHeaders.push(name, value);
  headers[key] = value;
  return end + 2;
}

/** Where the bytes of a kind end that begin at `at`; no byte stands behind the end of the text. */
function endOf(kind: number, text: string, at: number): number {
  let end = at;
  while (((KINDS[text.charCodeAt(end)] ?? 0) & kind) !== 0) end++;
  return end;
}
