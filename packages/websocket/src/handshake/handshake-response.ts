import { hash } from "node:crypto";
import { type IncomingHttpHeaders, STATUS_CODES, validateHeaderName, validateHeaderValue } from "node:http";
import { checkDeflateAnswer, type DeflateAgreement } from "../deflate/deflate-offer.ts";
import type { ResolvedDeflateOptions } from "../deflate/deflate-options.ts";
import { listNames } from "../header/header-text.ts";
import type { HandshakeErrorCode } from "./handshake-error.ts";

/** RFC 6455 §1.3: no server that does not know WebSocket would use it. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** The lines that all answers have. */
const SWITCHING = "HTTP/1.1 101 Switching Protocols";
const UPGRADE = "Upgrade: websocket";
const CONNECTION = "Connection: Upgrade";

/** The last line of its kind: what has been made here needs no look at its characters. */
let acceptLine = "";

/** RFC 6455 §4.2.2 item 5.4: the value of Sec-WebSocket-Accept that answers `key`. */
export function acceptValue(key: string): string {
  return hash("sha1", key + GUID, "base64");
}

/** The lines of the 101 answer (RFC 6455 §4.2.2). */
export function acceptLines(
  key: string,
  protocol: string | undefined,
  headers?: Readonly<Record<string, string>>,
  extensions?: string,
): string[] {
  acceptLine = `Sec-WebSocket-Accept: ${acceptValue(key)}`;
  const lines = [SWITCHING, UPGRADE, CONNECTION, acceptLine];
  if (protocol !== undefined) lines.push(`Sec-WebSocket-Protocol: ${protocol}`);
  if (extensions !== undefined) lines.push(`Sec-WebSocket-Extensions: ${extensions}`);
  if (headers !== undefined) for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  return lines;
}

/** The 101 answer. @throws TypeError for headers that are none. */
export function acceptResponse(
  key: string,
  protocol: string | undefined,
  headers?: Readonly<Record<string, string>>,
): string {
  return joinLines(acceptLines(key, protocol, headers));
}

/** A refusal, with a body of plain text, after which the connection is closed. */
export function refusalResponse(status: number, body: string, headers: Readonly<Record<string, string>>): string {
  const lines = responseLines(status, {
    "Content-Type": "text/plain; charset=utf-8",
    "X-Content-Type-Options": "nosniff",
    ...headers,
    Connection: headers.Upgrade === undefined ? "close" : "Upgrade, close",
    "Content-Length": String(Buffer.byteLength(body)),
  });
  return joinLines(lines) + body;
}

/** The head of an answer. @throws TypeError for a line that is no header. */
export function joinLines(lines: readonly string[]): string {
  for (let at = 1; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (line !== UPGRADE && line !== CONNECTION && line !== acceptLine) splitLine(line);
  }
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** Name and value of a header's line. @throws TypeError when it is none, or could break out of its line. */
export function splitLine(line: string): readonly [name: string, value: string] {
  const colon = line.indexOf(":");
  const name = line.slice(0, Math.max(colon, 0));
  const value = line.slice(colon + 1).trim();
  validateHeaderName(name);
  validateHeaderValue(name, value);
  return [name, value];
}

function responseLines(status: number, headers: Readonly<Record<string, string>>): string[] {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`, ...lines];
}

/** What a 101 answer settles: the subprotocol, "" for none, and the compression. */
export interface CheckedResponse {
  readonly protocol: string;
  readonly deflate: DeflateAgreement | undefined;
}

/** The parts of an HTTP answer that decide about an upgrade. */
export interface UpgradeAnswer {
  readonly statusCode?: number | undefined;
  readonly httpVersion: string;
  readonly headers: IncomingHttpHeaders;
}

/** Whether an answer upgrades the connection as it was asked to, as {@link checkResponse}. */
export function checkAnswer(
  answer: UpgradeAnswer,
  key: string,
  offered: readonly string[],
  deflate: ResolvedDeflateOptions | undefined,
): CheckedResponse | HandshakeErrorCode {
  if (answer.statusCode !== 101) return "unexpected_status";
  // RFC 9110 §7.8: Upgrade belongs to HTTP/1.1. HTTP/1.0 has none, and HTTP/2 never comes as text.
  if (answer.httpVersion !== "1.1") return "http_version_unsupported";
  return checkResponse(answer.headers, key, offered, deflate);
}

/**
 * RFC 6455 §4.1: what a client MUST check in a 101 answer. `deflate`: what it has offered. Returns why the connection
 * fails if it does.
 */
export function checkResponse(
  headers: IncomingHttpHeaders,
  key: string,
  offered: readonly string[],
  deflate: ResolvedDeflateOptions | undefined,
): CheckedResponse | HandshakeErrorCode {
  if (headers.upgrade?.toLowerCase() !== "websocket") return "upgrade_header_invalid";
  if (!listNames(headers.connection, "upgrade")) return "connection_header_invalid";
  if (headers["sec-websocket-accept"]?.trim() !== acceptValue(key)) return "accept_invalid";
  const extensions = headers["sec-websocket-extensions"];
  // RFC 6455 §9.1: no extension may be chosen that was not offered.
  if (extensions !== undefined && deflate === undefined) return "extension_not_requested";
  const agreed =
    extensions === undefined || deflate === undefined ? undefined : checkDeflateAnswer(extensions, deflate);
  // RFC 7692 §7.1: an answer that does not fit the offer fails the connection.
  if (extensions !== undefined && agreed === undefined) return "extension_invalid";
  const protocol = headers["sec-websocket-protocol"];
  if (protocol !== undefined && !offered.includes(protocol)) return "protocol_not_requested";
  return { protocol: protocol ?? "", deflate: agreed };
}
