import type { OriginRule } from "./origin.ts";

/** How answers may be read from pages of the foreign origins that `origins` names. */
export interface CorsOptions {
  /** Pages may send cookies. Default false; refused at start together with `origins: "*"`. */
  readonly credentials?: boolean;
  /** Request headers that a page may set. Default `["content-type"]`. */
  readonly allowedHeaders?: readonly string[];
  /** Seconds for which a browser may remember a preflight. Default 600. */
  readonly maxAge?: number;
}

/** Response headers, ready for `writeHead`. */
export type Headers = Readonly<Record<string, string>>;

const NONE: Headers = Object.freeze({});

/**
 * Writes the CORS headers of the answers. Nothing is sent under the same-origin policy; an origin is echoed only when it
 * is on the list, and `*` never comes with credentials.
 */
export class Cors {
  readonly #rule: OriginRule;
  readonly #credentials: boolean;
  readonly #allowedHeaders: string;
  readonly #maxAge: string;

  /** Throws a TypeError for the combination that would let every page of the web act as its visitor. */
  constructor(rule: OriginRule, options: CorsOptions = {}) {
    this.#rule = rule;
    this.#credentials = options.credentials ?? false;
    this.#allowedHeaders = (options.allowedHeaders ?? ["content-type"]).join(", ");
    this.#maxAge = String(options.maxAge ?? 600);
    if (this.#credentials && rule.policy === "*") {
      throw new TypeError('cors: credentials need a list of origins, not "*"');
    }
  }

  /** Headers of every answer to a request whose origin has been admitted. */
  headers(origin: string | undefined): Headers {
    if (!this.#rule.grantsForeign) return NONE;
    if (this.#rule.policy === "*") return { "access-control-allow-origin": "*" };
    // A cache must not hand the answer for one origin to another, nor the answer without CORS headers to any.
    if (origin === undefined) return { vary: "Origin" };
    const headers: Record<string, string> = { "access-control-allow-origin": origin, vary: "Origin" };
    if (this.#credentials) headers["access-control-allow-credentials"] = "true";
    return headers;
  }

  /** Headers of the answer to a preflight: what is configured, whatever was asked for. */
  preflight(origin: string | undefined): Headers {
    const headers = this.headers(origin);
    if (headers["access-control-allow-origin"] === undefined) return headers;
    return {
      ...headers,
      "access-control-allow-methods": "GET, POST",
      "access-control-allow-headers": this.#allowedHeaders,
      "access-control-max-age": this.#maxAge,
    };
  }
}
