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

const REQUEST_LINE = /^GET (\/[!-~]*) HTTP\/1\.1$/;

/** RFC 9110 §5.1 and §5.5: a token, and visible characters, blanks and bytes above ASCII. */
const HEADER_LINE = /^([\w!#$%&'*+\-.^`|~]+):[ \t]*([\t -~\x80-\xff]*)$/;

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

/**
 * Reads the head of a request if it is a plain one for a WebSocket, complete, and such that nobody could read it
 * otherwise: GET, a path, HTTP/1.1, lines that end in CRLF, names that come once, no body. `undefined` says that somebody
 * else has to look, not that anything is wrong: this is no HTTP parser, and whatever it lets go is for Node's.
 */
export function readRequestHead(chunk: Buffer): RequestHead | undefined {
  const end = chunk.indexOf("\r\n\r\n", 0, "latin1");
  if (end < 0 || end > MAX_HEAD_BYTES) return undefined;
  const lines = chunk.toString("latin1", 0, end).split("\r\n");
  const url = REQUEST_LINE.exec(lines[0] ?? "")?.[1];
  if (url === undefined) return undefined;
  const rawHeaders: string[] = [];
  const headers: Record<string, string> = {};
  for (let at = 1; at < lines.length; at++) if (!readLine(lines[at] ?? "", rawHeaders, headers)) return undefined;
  if (headers.upgrade?.toLowerCase() !== "websocket" || !listNames(headers.connection, "upgrade")) return undefined;
  return { url, rawHeaders, headers, length: end + 4 };
}

function readLine(line: string, rawHeaders: string[], headers: Record<string, string>): boolean {
  const match = HEADER_LINE.exec(line);
  if (match === null) return false;
  const [, name = "", value = ""] = match;
  const key = name.toLowerCase();
  if (NOT_PLAIN.has(key) || Object.hasOwn(headers, key)) return false;
  const trimmed = trimEnd(value);
  rawHeaders.push(name, trimmed);
  headers[key] = trimmed;
  return true;
}

function trimEnd(value: string): string {
  let end = value.length;
  while (end > 0 && isBlank(value.charCodeAt(end - 1))) end--;
  return end === value.length ? value : value.slice(0, end);
}
