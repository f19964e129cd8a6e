/** The cookie of the answer that opens a session; its value is the session id. */
export interface CookieOptions {
  /**
   * Default `__Host-io`, which browsers take from this very host over TLS alone, so that no neighbour under the same domain
   * can set it; `io` where `secure`, `path` or `domain` do not allow that prefix.
   */
  readonly name?: string;
  /** Default `/`. */
  readonly path?: string;
  /** Default none: this host alone. */
  readonly domain?: string;
  /** Seconds. Default none: until the browser is closed. */
  readonly maxAge?: number;
  /** Hidden from scripts. Default true. */
  readonly httpOnly?: boolean;
  /** Sent over TLS alone. Default: when the connection that opens the session is TLS. */
  readonly secure?: boolean;
  /** Default `lax`. With `none` browsers want `secure`. */
  readonly sameSite?: "strict" | "lax" | "none";
}

/** RFC 6265 §4.1.1: a name is a token. */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/;
/** RFC 6265 §4.1.1: an attribute's value has neither control characters nor a semicolon. */
const VALUE = /^[\x20-\x3A\x3C-\x7E]{1,256}$/;
const SAME_SITE = { strict: "Strict", lax: "Lax", none: "None" } as const;

/** Throws a TypeError for an option that would break out of its place in the header. */
export function checkCookie(option: boolean | CookieOptions): void {
  if (typeof option === "boolean") return;
  // What a configuration file holds is not what the type says.
  if (!(option instanceof Object)) throw new TypeError("cookie must be true, false or an object");
  const { name = "io", path = "/", domain = "x", maxAge = 0, sameSite = "lax" } = option;
  if (!NAME.test(name)) throw new TypeError("cookie.name must be a token");
  if (!VALUE.test(path) || !VALUE.test(domain)) throw new TypeError("cookie.path or cookie.domain is not legal");
  if (!Number.isSafeInteger(maxAge) || maxAge < 0) throw new TypeError("cookie.maxAge must be whole seconds");
  if (!Object.hasOwn(SAME_SITE, sameSite)) throw new TypeError("cookie.sameSite must be strict, lax or none");
}

/** The value of the `Set-Cookie` header, or undefined when there is to be none. */
export function sessionCookie(option: boolean | CookieOptions, id: string, tls: boolean): string | undefined {
  if (option === false) return undefined;
  const options = option === true ? {} : option;
  const { path = "/", domain, maxAge, httpOnly = true, secure = tls, sameSite = "lax" } = options;
  // RFC 6265bis §4.1.3.2: what the prefix promises, and without which browsers refuse the cookie.
  const { name = secure && path === "/" && domain === undefined ? "__Host-io" : "io" } = options;
  const attributes = [
    `${name}=${id}`,
    `Path=${path}`,
    domain === undefined ? "" : `Domain=${domain}`,
    maxAge === undefined ? "" : `Max-Age=${maxAge}`,
    httpOnly ? "HttpOnly" : "",
    secure ? "Secure" : "",
    `SameSite=${SAME_SITE[sameSite]}`,
  ];
  return attributes.filter((attribute) => attribute !== "").join("; ");
}
