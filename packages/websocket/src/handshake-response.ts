import { hash } from "node:crypto";
import { type IncomingHttpHeaders, STATUS_CODES, validateHeaderName, validateHeaderValue } from "node:http";
import type { HandshakeErrorCode } from "./handshake-error.ts";
import { listNames } from "./header-text.ts";

/** RFC 6455 §1.3: no server that does not know WebSocket would use it. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** RFC 6455 §4.2.2 item 5.4: the value of Sec-WebSocket-Accept that answers `key`. */
export function acceptValue(key: string): string {
  return hash("sha1", key + GUID, "base64");
}

/** The 101 answer (RFC 6455 §4.2.2). No extension is accepted. */
export function acceptResponse(
  key: string,
  protocol: string | undefined,
  headers: Readonly<Record<string, string>> = {},
): string {
  const accepted: Record<string, string> = {
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Accept": acceptValue(key),
  };
  if (protocol !== undefined) accepted["Sec-WebSocket-Protocol"] = protocol;
  return responseHead(101, { ...accepted, ...headers });
}

/** A refusal, with a body of plain text, after which the connection is closed. */
export function refusalResponse(status: number, body: string, headers: Readonly<Record<string, string>>): string {
  const head = responseHead(status, {
    "Content-Type": "text/plain; charset=utf-8",
    "X-Content-Type-Options": "nosniff",
    ...headers,
    Connection: headers.Upgrade === undefined ? "close" : "Upgrade, close",
    "Content-Length": String(Buffer.byteLength(body)),
  });
  return head + body;
}

/** @throws TypeError when a name or value could break out of its line. */
function responseHead(status: number, headers: Readonly<Record<string, string>>): string {
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n`;
  for (const [name, value] of Object.entries(headers)) {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    head += `${name}: ${value}\r\n`;
  }
  return `${head}\r\n`;
}

/**
 * RFC 6455 §4.1: what a client MUST check in a 101 answer. Returns the subprotocol ("" for none), or why the connection
 * fails.
 */
export function checkResponse(
  headers: IncomingHttpHeaders,
  key: string,
  offered: readonly string[],
): { protocol: string } | HandshakeErrorCode {
  if (headers.upgrade?.toLowerCase() !== "websocket") return "upgrade_header_invalid";
  if (!listNames(headers.connection, "upgrade")) return "connection_header_invalid";
  if (headers["sec-websocket-accept"]?.trim() !== acceptValue(key)) return "accept_invalid";
  // No extension was offered, so none may be chosen.
  if (headers["sec-websocket-extensions"] !== undefined) return "extension_not_requested";
  const protocol = headers["sec-websocket-protocol"];
  if (protocol !== undefined && !offered.includes(protocol)) return "protocol_not_requested";
  return { protocol: protocol ?? "" };
}
