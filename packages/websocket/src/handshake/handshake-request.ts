import type { IncomingHttpHeaders } from "node:http";
import type { IncomingHttpHeaders as IncomingHttp2Headers } from "node:http2";
import { type HandshakeFailure, handshakeFailure } from "../failures.ts";
import { type ExtensionOffer, parseExtensionOffers } from "../header/extension-offer.ts";
import { isToken, listNames, trimBlanks } from "../header/header-text.ts";

const METHOD_NOT_ALLOWED = handshakeFailure("method_not_allowed");
const HTTP_VERSION_UNSUPPORTED = handshakeFailure("http_version_unsupported");
const BODY_NOT_ALLOWED = handshakeFailure("body_not_allowed");
const HOST_REQUIRED = handshakeFailure("host_required");
const UPGRADE_REQUIRED = handshakeFailure("upgrade_required");
const CONNECTION_HEADER_INVALID = handshakeFailure("connection_header_invalid");
const TUNNEL_REQUIRED = handshakeFailure("tunnel_required");
const WEBSOCKET_VERSION_UNSUPPORTED = handshakeFailure("websocket_version_unsupported");
const KEY_INVALID = handshakeFailure("key_invalid");
const PROTOCOLS_INVALID = handshakeFailure("protocols_invalid");
const EXTENSIONS_INVALID = handshakeFailure("extensions_invalid");

const MAX_PROTOCOLS = 32;
const NOTHING: readonly never[] = Object.freeze([]);

/** The parts of an HTTP request that decide about an upgrade. Any header may be absent. */
export interface UpgradeRequest {
  readonly method?: string | undefined;
  readonly httpVersion: string;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn, as they came: of a repeated Host `headers` keeps the first only. */
  readonly rawHeaders?: readonly string[];
}

/** A request that may be upgraded, and what it offers. */
export interface HandshakeRequest {
  readonly key: string;
  readonly protocols: readonly string[];
  readonly extensions: readonly ExtensionOffer[];
}

/** RFC 6455 §4.2.1, in its order: what a client's opening handshake must have. */
export function readHandshakeRequest(request: UpgradeRequest): HandshakeRequest | HandshakeFailure {
  const { headers } = request;
  // §4.2.1 item 1: an HTTP/1.1 or higher GET request.
  if (request.method !== "GET") return METHOD_NOT_ALLOWED;
  if (request.httpVersion !== "1.1") return HTTP_VERSION_UNSUPPORTED;
  if (hasBody(headers)) return BODY_NOT_ALLOWED;
  // Item 2. Node demands a Host of every request but one that asks for an upgrade.
  // RFC 9112 §3.2: to two of them the answer MUST be 400, as a proxy before us may have gone by the other.
  if (headers.host === undefined || headers.host === "" || hostsOf(request) > 1) return HOST_REQUIRED;
  // Items 3 and 4. A list of several protocols to choose from is refused: nobody who means WebSocket sends one.
  if (headers.upgrade?.toLowerCase() !== "websocket") return UPGRADE_REQUIRED;
  if (!listNames(headers.connection, "upgrade")) return CONNECTION_HEADER_INVALID;
  // Item 6; §4.4: the answer to another version MUST name the ones we know.
  if (headers["sec-websocket-version"] !== "13") return WEBSOCKET_VERSION_UNSUPPORTED;
  // Item 5. A key that is given twice arrives joined and has the wrong length.
  const key = headers["sec-websocket-key"];
  if (key === undefined || !isKey(key)) return KEY_INVALID;
  return readOffers(headers, key);
}

/** RFC 8441 §5: the opening handshake over HTTP/2, an extended CONNECT, has no key and no Upgrade. */
export function readTunnelRequest(headers: IncomingHttp2Headers): HandshakeRequest | HandshakeFailure {
  if (headers[":method"] !== "CONNECT" || headers[":protocol"] !== "websocket") return TUNNEL_REQUIRED;
  if (headers["sec-websocket-version"] !== "13") return WEBSOCKET_VERSION_UNSUPPORTED;
  return readOffers(headers, "");
}

function readOffers(headers: IncomingHttpHeaders, key: string): HandshakeRequest | HandshakeFailure {
  const protocols = parseProtocols(headers["sec-websocket-protocol"]);
  if (protocols === undefined) return PROTOCOLS_INVALID;
  const offered = headers["sec-websocket-extensions"];
  const extensions = offered === undefined ? NOTHING : parseExtensionOffers(offered);
  if (extensions === undefined) return EXTENSIONS_INVALID;
  return { key, protocols, extensions };
}

/** The headers of a client's opening handshake (RFC 6455 §4.1), Host aside. */
export function handshakeHeaders(
  key: string,
  protocols: readonly string[],
  extensions?: string,
): Record<string, string> {
  const headers: Record<string, string> = {
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Key": key,
    "Sec-WebSocket-Version": "13",
  };
  if (protocols.length > 0) headers["Sec-WebSocket-Protocol"] = protocols.join(", ");
  if (extensions !== undefined) headers["Sec-WebSocket-Extensions"] = extensions;
  return headers;
}

/**
 * A Sec-WebSocket-Protocol list, or `undefined` when it is none: items are tokens, none twice (RFC 6455 §4.1 item 10),
 * at most 32.
 */
export function parseProtocols(header: string | undefined): readonly string[] | undefined {
  if (header === undefined) return NOTHING;
  const protocols = new Set<string>();
  for (const item of header.split(",", MAX_PROTOCOLS + 1)) {
    const protocol = trimBlanks(item);
    if (!isToken(protocol) || protocols.has(protocol)) return undefined;
    protocols.add(protocol);
  }
  return protocols.size > MAX_PROTOCOLS ? undefined : [...protocols];
}

function hostsOf({ rawHeaders = [] }: UpgradeRequest): number {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === "host") hosts++;
  }
  return hosts;
}

function hasBody(headers: IncomingHttpHeaders): boolean {
  const length = headers["content-length"];
  return headers["transfer-encoding"] !== undefined || (length !== undefined && length !== "0");
}

/** The base64 of 16 bytes: 22 characters of the alphabet and two of padding. */
function isKey(key: string): boolean {
  if (key.length !== 24 || !key.endsWith("==")) return false;
  for (let at = 0; at < 22; at++) if (!isBase64(key.charCodeAt(at))) return false;
  return true;
}

function isBase64(code: number): boolean {
  const upper = code >= 0x41 && code <= 0x5a;
  const lower = code >= 0x61 && code <= 0x7a;
  const digit = code >= 0x30 && code <= 0x39;
  return upper || lower || digit || code === 0x2b || code === 0x2f;
}
