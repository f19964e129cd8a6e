import type { IncomingMessage } from "node:http";
import { hostOf } from "./handshake-details.ts";

/** A name, IPv4, or IPv6 in brackets; then perhaps a port. As browsers write it: lower case, without a trailing dot. */
const HOST = /^(?:[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?|\[[0-9a-f:.]+\])(:[0-9]{1,5})?$/;
const PORT = /:[0-9]*$/;

/**
 * The names under which a server may be reached. A page can have its own name point to any address, also to one that only
 * this machine or this network can reach; to its visitor's browser the server is then the page's own. What such requests
 * cannot have is the server's name.
 */
export class HostRule {
  readonly #names: ReadonlySet<string> | undefined;

  /** Throws a TypeError for a name that no browser writes like that. */
  constructor(names: readonly string[] | undefined) {
    for (const name of names ?? []) {
      if (typeof name === "string" && HOST.test(name)) continue;
      throw new TypeError(
        `hosts: ${JSON.stringify(name)} is neither a name such as "app.example.com" nor one with a port`,
      );
    }
    this.#names = names === undefined ? undefined : new Set(names);
  }

  /** True when there is no list, or the request is for a name on it. One without a port stands for every port. */
  allows(request: IncomingMessage): boolean {
    if (this.#names === undefined) return true;
    const host = hostOf(request)?.toLowerCase();
    if (host === undefined) return false;
    return this.#names.has(host) || this.#names.has(host.replace(PORT, ""));
  }
}
