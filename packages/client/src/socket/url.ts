import { ClientError } from "../failures.ts";

export interface ServerAddress {
  /** `http:` or `https:`, host and port, without a slash at the end. */
  readonly origin: string;
  readonly namespace: string;
  readonly query: Readonly<Record<string, string>>;
  /** The server is on this machine, where "offline" means nothing. */
  readonly loopback: boolean;
}

/**
 * Reads the address given to `io()`: an URL with http, https, ws or wss, a host alone, or only a namespace such as
 * `/chat`. What is missing comes from `base`, the page's own address. The path of the URL names the namespace.
 */
export function parseAddress(address: string | URL | undefined, base: string | undefined): ServerAddress {
  const url = resolve(String(address ?? "/"), base);
  const protocol = url.protocol.replace("ws", "http");
  if (!/^https?:$/.test(protocol) || url.hostname === "") throw refusal(String(address));
  return {
    origin: `${protocol}//${url.host}`,
    namespace: decodePath(url.pathname),
    query: Object.fromEntries(url.searchParams),
    loopback: /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname),
  };
}

function resolve(address: string, base: string | undefined): URL {
  try {
    if (/^(https?|wss?):\/\//i.test(address)) return new URL(address);
    // Without a page, a host alone means a secure connection.
    if (!address.startsWith("/"))
      return new URL(`${base === undefined ? "https:" : new URL(base).protocol}//${address}`);
    return new URL(address, base);
  } catch {
    throw refusal(address);
  }
}

function refusal(address: string): ClientError {
  return new ClientError("invalid_url", { message: `"${address}" is not an address of a server` });
}

/** Namespaces are plain text, so `/caf%C3%A9` means `/café`. */
function decodePath(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}
