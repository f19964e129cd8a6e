import type { Agent } from "node:http";
import type { LookupFunction } from "node:net";
import type { Duplex } from "node:stream";
import type { ConnectionOptions as TlsOptions } from "node:tls";
import { type ConnectionOptions, resolveConnectionOptions } from "../connection/connection-options.ts";
import type { ResolvedDeflateOptions } from "../deflate/deflate-options.ts";
import { parseProtocols } from "./handshake-request.ts";

const DEFAULT_HANDSHAKE_TIMEOUT = 10_000;

/** As many redirects as `followRedirects: true` allows when `maxRedirects` does not say. */
const DEFAULT_REDIRECTS = 10;

export interface ConnectOptions extends ConnectionOptions {
  /** Subprotocols to offer, the preferred one first. */
  readonly protocols?: readonly string[];
  /** More request headers, cookies and credentials among them. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The value of the Origin header; none by default. */
  readonly origin?: string;
  /** Gives the handshake up: the promise rejects with the signal's reason. Without effect afterwards. */
  readonly signal?: AbortSignal;
  /** How long the handshake may last, connecting and redirects included, in milliseconds; 10 000. 0: for ever. */
  readonly handshakeTimeout?: number;
  /** For wss: passed to `node:tls`. Certificates are verified unless `rejectUnauthorized` is exactly `false`. */
  readonly tls?: TlsOptions;
  /** Makes the TCP connection, for instance through a proxy. By default each dial has a socket of its own. */
  readonly agent?: Agent | undefined;
  /** Makes the connection instead of `node:net` and `node:tls`; not with an agent. */
  readonly createConnection?: (options: object, done: (error: Error | null, socket: Duplex) => void) => Duplex;
  /** The local address to dial from. */
  readonly localAddress?: string;
  readonly localPort?: number;
  /** 4 or 6: the family of addresses to use; both by default. */
  readonly family?: number;
  /** As for `dns.lookup`. */
  readonly hints?: number;
  /** Resolves host names instead of `dns.lookup`. */
  readonly lookup?: LookupFunction;
  /**
   * How many redirects to follow; 0, and 10 with `followRedirects`. Credentials and cookies do not go to another origin,
   * and none is followed from wss: to ws:.
   */
  readonly maxRedirects?: number;
  /** `true`: follow redirects; `false`: do not, whatever `maxRedirects` is. */
  readonly followRedirects?: boolean;
}

/** The options with what is checked before anything is opened, where the caller hears of it. */
export interface CheckedConnectOptions {
  readonly options: ConnectOptions;
  readonly protocols: readonly string[];
  readonly timeout: number;
  readonly redirects: number;
  readonly deflate: ResolvedDeflateOptions | undefined;
}

/** @throws RangeError or TypeError for options that make no sense. */
export function checkConnectOptions(options: ConnectOptions): CheckedConnectOptions {
  const { perMessageDeflate } = resolveConnectionOptions(options);
  return {
    options,
    protocols: checkedProtocols(options.protocols ?? []),
    timeout: checkedTimeout(options.handshakeTimeout ?? DEFAULT_HANDSHAKE_TIMEOUT),
    redirects: options.followRedirects === false ? 0 : checkedRedirects(options),
    deflate: perMessageDeflate,
  };
}

function checkedTimeout(ms: number): number {
  if (!(ms >= 0)) throw new RangeError("handshakeTimeout must be a number of milliseconds, 0 or more");
  return ms;
}

function checkedRedirects({ maxRedirects, followRedirects }: ConnectOptions): number {
  const redirects = maxRedirects ?? (followRedirects === true ? DEFAULT_REDIRECTS : 0);
  if (!Number.isSafeInteger(redirects) || redirects < 0) throw new RangeError("maxRedirects must be an integer from 0");
  return redirects;
}

/** RFC 6455 §4.1 item 10: the names MUST be tokens, none of them twice. */
function checkedProtocols(protocols: readonly string[]): readonly string[] {
  if (protocols.length === 0 || parseProtocols(protocols.join(","))?.length === protocols.length) return protocols;
  throw new TypeError("subprotocols are distinct tokens, at most 32");
}
