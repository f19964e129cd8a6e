/** Who may talk to the server from a browser. */
export type OriginPolicy = "same-origin" | "*" | readonly string[];

/** What the origin of a request is compared with. */
export interface RequestPlace {
  readonly host: string | undefined;
  readonly secure: boolean;
}

interface Wildcard {
  readonly before: string;
  readonly after: string;
}

/** Longer than any origin a browser sends: a scheme, a DNS name of 253 characters and a port. */
const MAX_ORIGIN = 300;
const LABEL = /^[a-z0-9-]{1,63}$/;
const PATTERN = /^[a-z][a-z0-9+.-]*:\/\/(\*\.)?[^*/\s]+$/;

/**
 * Decides about the `Origin` of a request. Strings are compared exactly, as browsers serialise origins: a suffix, another
 * port, another scheme, an upper-case letter or a trailing dot is another origin.
 */
export class OriginRule {
  readonly policy: OriginPolicy;
  readonly #exact: ReadonlySet<string>;
  readonly #wildcards: readonly Wildcard[];
  /** The last place, and its origin: nearly all requests name the same one. */
  #place: RequestPlace = { host: undefined, secure: false };
  #origin: string | undefined;

  /** Throws a TypeError for a pattern that could never match what a browser sends. */
  constructor(policy: OriginPolicy) {
    this.policy = policy;
    const patterns = typeof policy === "string" ? [] : policy;
    for (const pattern of patterns) checkPattern(pattern);
    this.#exact = new Set(patterns.filter((pattern) => !pattern.includes("*")));
    this.#wildcards = patterns.filter((pattern) => pattern.includes("*")).map(splitWildcard);
  }

  /** True when the origin is allowed; a request without one is not a cross-site request of a browser and passes. */
  allows(origin: string | undefined, place: RequestPlace): boolean {
    if (origin === undefined || this.policy === "*") return true;
    if (origin.length > MAX_ORIGIN) return false;
    if (this.policy === "same-origin") return origin === this.#own(place);
    return this.#exact.has(origin) || this.#wildcards.some((wildcard) => matches(origin, wildcard));
  }

  #own(place: RequestPlace): string | undefined {
    if (place.host !== this.#place.host || place.secure !== this.#place.secure) {
      this.#place = place;
      this.#origin = ownOrigin(place);
    }
    return this.#origin;
  }

  /** True when the policy names foreign origins, so that they may also read polling answers (CORS). */
  get grantsForeign(): boolean {
    return this.policy !== "same-origin";
  }
}

/** RFC 6454 §6.2: scheme, host, and the port unless it is the scheme's default. */
function ownOrigin(place: RequestPlace): string | undefined {
  if (place.host === undefined || place.host === "") return undefined;
  const host = place.host.toLowerCase();
  const defaultPort = place.secure ? ":443" : ":80";
  const bare = host.endsWith(defaultPort) ? host.slice(0, -defaultPort.length) : host;
  return `${place.secure ? "https" : "http"}://${bare}`;
}

/** `*` stands for exactly one label, so that `https://*.example.com` never means `https://a.b.example.com`. */
function matches(origin: string, wildcard: Wildcard): boolean {
  if (!origin.startsWith(wildcard.before) || !origin.endsWith(wildcard.after)) return false;
  return LABEL.test(origin.slice(wildcard.before.length, origin.length - wildcard.after.length));
}

function splitWildcard(pattern: string): Wildcard {
  const star = pattern.indexOf("*");
  return { before: pattern.slice(0, star), after: pattern.slice(star + 1) };
}

function checkPattern(pattern: string): void {
  if (pattern === "null" || (PATTERN.test(pattern) && pattern === pattern.toLowerCase())) return;
  throw new TypeError(
    `origins: ${JSON.stringify(pattern)} is neither an origin such as "https://app.example.com" nor a pattern such as "https://*.example.com"`,
  );
}
