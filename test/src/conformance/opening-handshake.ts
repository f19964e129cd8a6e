import { createHash } from "node:crypto";
import { type HttpHead, headerLists, headerValue, statusOf } from "./http-head.ts";
import type { Random } from "./wire-frame.ts";

/** RFC 6455 §1.3 */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

const LONGEST_TITLE = 100;

/** RFC 6455 §4.2.2 item 5.4 */
export function acceptOf(key: string): string {
  return createHash("sha1")
    .update(key + GUID)
    .digest("base64");
}

/** RFC 6455 §4.1 item 7: 16 random bytes, in base64. */
export function randomKey(random: Random): string {
  return Buffer.from(Array.from({ length: 16 }, () => Math.floor(random() * 256))).toString("base64");
}

export type Header = readonly [name: string, value: string];

/** A handshake with the headers of RFC 6455 §4.1, changed: what is in `set` replaces, `drop` removes, `add` adds. */
export interface HandshakeChanges {
  readonly line?: string;
  readonly drop?: readonly string[];
  readonly set?: Readonly<Record<string, string>>;
  readonly add?: readonly Header[];
  /** Put before all the others. */
  readonly first?: readonly Header[];
}

const REQUEST_HEADERS: readonly Header[] = [
  ["Host", "{host}"],
  ["Upgrade", "websocket"],
  ["Connection", "Upgrade"],
  ["Sec-WebSocket-Key", "{key}"],
  ["Sec-WebSocket-Version", "13"],
];

const ANSWER_HEADERS: readonly Header[] = [
  ["Upgrade", "websocket"],
  ["Connection", "Upgrade"],
  ["Sec-WebSocket-Accept", "{accept}"],
];

/** A request for a server, with places to fill in. */
export function requestText(changes: HandshakeChanges = {}): string {
  return handshakeText("GET {path} HTTP/1.1", REQUEST_HEADERS, changes);
}

/** An answer for a client, with a place to fill in. */
export function answerText(changes: HandshakeChanges = {}): string {
  return handshakeText("HTTP/1.1 101 Switching Protocols", ANSWER_HEADERS, changes);
}

function handshakeText(line: string, headers: readonly Header[], changes: HandshakeChanges): string {
  const { drop = [], set = {}, add = [], first = [] } = changes;
  const kept = headers.filter(([name]) => !drop.includes(name));
  const changed = kept.map(([name, value]): Header => [name, set[name] ?? value]);
  const all = [...first, ...changed, ...add].map(([name, value]) => `${name}: ${value}\r\n`);
  return `${changes.line ?? line}\r\n${all.join("")}\r\n`;
}

/** What is odd about a changed handshake, for a title. */
export function describeChanges({ line, drop = [], set = {}, add = [], first = [] }: HandshakeChanges): string {
  const shown = [...Object.entries(set), ...add, ...first.slice(0, 1)].map(([name, value]) => `${name}: ${value}`);
  const all = [...(line === undefined ? [] : [line]), ...drop.map((name) => `no ${name}`), ...shown];
  const text = JSON.stringify(all.join(" | ")).slice(1, -1).replaceAll('\\"', '"');
  if (text === "") return "the plain handshake";
  return text.length > LONGEST_TITLE ? `${text.slice(0, LONGEST_TITLE)}…` : text;
}

/** What is wrong with an answer that says 101 (RFC 6455 §4.1, what a client checks), extensions and protocols aside. */
export function acceptanceFault(answer: HttpHead, key: string): string | undefined {
  if (statusOf(answer) !== 101) return `the answer is "${answer.startLine}"`;
  if (!answer.wellFormed) return "the answer has a line that is no header";
  if (headerValue(answer, "upgrade")?.toLowerCase() !== "websocket") return "the answer's Upgrade is not websocket";
  if (!headerLists(answer, "connection", "upgrade")) return "the answer's Connection does not name Upgrade";
  if (headerValue(answer, "sec-websocket-accept") !== acceptOf(key))
    return "the answer's Sec-WebSocket-Accept is wrong";
  return undefined;
}

/** What is wrong with a client's request (RFC 6455 §4.1, the requirements of the opening handshake). */
export function requestFault(request: HttpHead): string | undefined {
  if (!/^GET [^ #]+ HTTP\/1\.1$/.test(request.startLine)) return `the request line is "${request.startLine}"`;
  if (!request.wellFormed) return "the request has a line that is no header";
  if (request.headers.get("host")?.length !== 1) return "the request has not one Host";
  if (!headerLists(request, "upgrade", "websocket")) return "the request's Upgrade does not name websocket";
  if (!headerLists(request, "connection", "upgrade")) return "the request's Connection does not name Upgrade";
  if (headerValue(request, "sec-websocket-version") !== "13") return "the request's Sec-WebSocket-Version is not 13";
  const key = headerValue(request, "sec-websocket-key") ?? "";
  if (!/^[A-Za-z0-9+/]{22}==$/.test(key)) return "the request's Sec-WebSocket-Key is not the base64 of 16 bytes";
  return undefined;
}
