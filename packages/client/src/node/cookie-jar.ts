/** Cookies kept at most; the oldest is forgotten first. */
const LIMIT = 64;

/** The cookies of one connection, as load balancers set them. Attributes but removal are ignored: there is one server. */
export class CookieJar {
  readonly #cookies: Map<string, string> = new Map();

  /** The `Cookie` header; undefined when there is none. */
  get header(): string | undefined {
    if (this.#cookies.size === 0) return undefined;
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  /** Takes the values of `Set-Cookie` headers. */
  take(lines: readonly string[]): void {
    for (const line of lines) {
      const [pair = "", ...attributes] = line.split(";");
      const equals = pair.indexOf("=");
      const name = pair.slice(0, Math.max(equals, 0)).trim();
      if (name === "") continue;
      this.#cookies.delete(name);
      if (!attributes.some((attribute) => /^\s*max-age\s*=\s*(0|-\d+)\s*$/i.test(attribute))) {
        this.#cookies.set(name, pair.slice(equals + 1).trim());
      }
    }
    for (const name of this.#cookies.keys()) {
      if (this.#cookies.size <= LIMIT) return;
      this.#cookies.delete(name);
    }
  }
}
