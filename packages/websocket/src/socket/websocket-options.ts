import type { EventEmitter } from "node:events";
import type { ClientRequest } from "node:http";
import type { PeerCertificate, SecureContextOptions } from "node:tls";
import type { ConnectOptions } from "../handshake/connect-options.ts";
import { type ForeignOptions, nativeOptions } from "./foreign-options.ts";

/** What `new WebSocket` and `WebSocket.connect` take: TLS options stand among the others, as with `node:https`. */
export interface WebSocketOptions
  extends Omit<ConnectOptions, "perMessageDeflate">,
    SecureContextOptions,
    ForeignOptions {
  /** The name that the server's certificate must have, when it is not the URL's host. */
  readonly servername?: string;
  /** Only exactly `false` turns the check of the server's certificate off. */
  readonly rejectUnauthorized?: boolean;
  readonly checkServerIdentity?: (host: string, certificate: PeerCertificate) => Error | undefined;
  /** Sends each request, redirected ones too, by calling its `end`; it may add headers before. */
  finishRequest?(request: ClientRequest, socket: EventEmitter): void;
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

/** The options as a dial takes them. */
export function asConnectOptions(
  options: WebSocketOptions,
  protocols: string | readonly string[] | undefined,
): ConnectOptions {
  const native = nativeOptions(options);
  const tls: Record<string, unknown> = { ...native.tls };
  for (const name of TLS_OPTIONS) if (native[name] !== undefined) tls[name] = native[name];
  const offered = typeof protocols === "string" ? [protocols] : (protocols ?? native.protocols ?? []);
  return { ...native, protocols: offered, tls };
}
