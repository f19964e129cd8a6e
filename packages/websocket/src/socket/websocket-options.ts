import type { PeerCertificate, SecureContextOptions } from "node:tls";
import type { ConnectOptions } from "../handshake/connect-options.ts";

/** What `new WebSocket` and `WebSocket.connect` take: TLS options stand among the others, as with `node:https`. */
export interface WebSocketOptions extends ConnectOptions, SecureContextOptions {
  /** The name that the server's certificate must have, when it is not the URL's host. */
  readonly servername?: string;
  /** Only exactly `false` turns the check of the server's certificate off. */
  readonly rejectUnauthorized?: boolean;
  readonly checkServerIdentity?: (host: string, certificate: PeerCertificate) => Error | undefined;
  /** Accepted and without effect: events come in the order of arrival, several in one tick. */
  readonly allowSynchronousEvents?: boolean;
}

const TLS_OPTIONS = [
  "ca",
  "cert",
  "checkServerIdentity",
  "ciphers",
  "clientCertEngine",
  "crl",
  "dhparam",
  "ecdhCurve",
  "key",
  "maxVersion",
  "minVersion",
  "passphrase",
  "pfx",
  "rejectUnauthorized",
  "secureOptions",
  "secureProtocol",
  "servername",
  "sigalgs",
] as const satisfies readonly (keyof WebSocketOptions)[];

/** Options of `ws` that would change what is sent or accepted, and are not here. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ["skipUTF8Validation", "text is always validated (RFC 6455 §8.1)"],
  ["generateMask", "masks come from a random source (RFC 6455 §5.3)"],
  ["finishRequest", "the request is sent by the dial; use headers"],
  ["auth", "use an Authorization header"],
]);

/** @throws TypeError for an option whose effect somebody would miss. */
export function refuseUnsupported(options: object): void {
  for (const [name, why] of REFUSED) {
    const value: unknown = Reflect.get(options, name);
    if (value !== undefined && value !== false) throw new TypeError(`${name} is not supported: ${why}`);
  }
}

/** The options as a dial takes them. */
export function asConnectOptions(
  options: WebSocketOptions,
  protocols: string | readonly string[] | undefined,
): ConnectOptions {
  refuseUnsupported(options);
  const tls: Record<string, unknown> = { ...options.tls };
  for (const name of TLS_OPTIONS) if (options[name] !== undefined) tls[name] = options[name];
  const offered = typeof protocols === "string" ? [protocols] : (protocols ?? options.protocols ?? []);
  return { ...options, protocols: offered, tls };
}
