import { HandshakeError } from "./handshake-error.ts";

/** Where a dial goes, in the terms of HTTP. */
export interface DialTarget {
  readonly secure: boolean;
  readonly url: URL;
  /** A Unix domain socket instead of the URL's host. */
  readonly socketPath: string | undefined;
}

/** Every scheme that names a WebSocket, and whether it is secure. */
const SCHEMES: ReadonlyMap<string, boolean> = new Map([
  ["ws:", false],
  ["http:", false],
  ["ws+unix:", false],
  ["wss:", true],
  ["https:", true],
  ["wss+unix:", true],
]);

/**
 * RFC 6455 §3. A fragment MUST NOT be used; credentials in a URL end up in logs. `ws+unix:///run/app.sock:/path` names a
 * Unix domain socket and, after a colon, the path to ask for.
 *
 * @throws HandshakeError
 */
export function parseTarget(url: string | URL): DialTarget {
  const parsed = URL.canParse(String(url)) ? new URL(url) : undefined;
  if (parsed === undefined) throw invalidUrl("it is no absolute URL");
  const secure = SCHEMES.get(parsed.protocol);
  if (secure === undefined) throw invalidUrl("its scheme is not ws:, wss:, http:, https:, ws+unix: or wss+unix:");
  if (parsed.hash !== "") throw invalidUrl("it has a fragment");
  if (parsed.username !== "" || parsed.password !== "") {
    throw invalidUrl("it holds credentials: use an Authorization header");
  }
  return parsed.protocol.endsWith("+unix:") ? unixTarget(parsed, secure) : hostTarget(parsed, secure);
}

/** The URL in its normal form and with a scheme of a WebSocket; what is no URL stays as it is. */
export function webSocketUrl(url: string | URL): string {
  const given = String(url);
  return URL.canParse(given) ? new URL(given).href.replace(/^http/, "ws") : given;
}

/** The URL itself is not told: it may hold a secret, and errors end up in logs. */
function invalidUrl(why: string): HandshakeError {
  return new HandshakeError("invalid_url", undefined, new SyntaxError(`this is no WebSocket URL: ${why}`));
}

/** Where a redirect leads, or `undefined` when it may not be followed: no URL of ours, or from secure to plain. */
export function redirectTarget(from: DialTarget, location: string): DialTarget | undefined {
  if (!URL.canParse(location, from.url.href)) return undefined;
  const url = new URL(location, from.url);
  const secure = SCHEMES.get(url.protocol);
  if (secure === undefined || url.protocol.endsWith("+unix:") || (from.secure && !secure)) return undefined;
  if (url.username !== "" || url.password !== "") return undefined;
  const target = hostTarget(url, secure);
  // The same origin behind a Unix domain socket is still reached by it.
  return sameOrigin(from, target) ? { ...target, socketPath: from.socketPath } : target;
}

/** Whether what was meant for one may be shown to the other. */
export function sameOrigin(one: DialTarget, other: DialTarget): boolean {
  return one.url.origin === other.url.origin;
}

function hostTarget(url: URL, secure: boolean): DialTarget {
  if (url.host === "") throw invalidUrl("it names no host");
  return { secure, url: httpUrl(secure, url.host, url.pathname + url.search), socketPath: undefined };
}

function unixTarget(url: URL, secure: boolean): DialTarget {
  const [socketPath = "", path = "/"] = url.pathname.split(":", 2);
  if (url.host !== "" || socketPath.length < 2 || !path.startsWith("/")) {
    throw invalidUrl("a socket's URL is ws+unix:///path/of.sock:/path");
  }
  return {
    secure,
    url: httpUrl(secure, "localhost", path + url.search),
    socketPath: decodeURIComponent(socketPath),
  };
}

function httpUrl(secure: boolean, host: string, path: string): URL {
  return new URL(`${secure ? "https" : "http"}://${host}${path}`);
}

/** The target of a `new WebSocket(address)`. @throws SyntaxError, as the DOM does. */
export function targetOf(address: string | URL): DialTarget {
  try {
    return parseTarget(address);
  } catch (error) {
    throw error instanceof HandshakeError && error.cause instanceof SyntaxError ? error.cause : error;
  }
}
