import type { IncomingMessage } from "node:http";
import { resolveConnectionOptions } from "../connection/connection-options.ts";
import type { AcceptOptions } from "../handshake/accept.ts";
import { acceptResponse } from "../handshake/handshake-response.ts";
import type { UpgradableServer } from "../handshake/upgrade-source.ts";
import { type ForeignOptions, nativeOptions } from "./foreign-options.ts";
import { fromVerifyClient, type Verify, type VerifyClient } from "./verification.ts";
import type { WebSocket } from "./websocket.ts";

/** Exactly one of `port`, `server` and `noServer` is given. */
export interface WebSocketServerOptions extends Omit<AcceptOptions, "onHeaders" | "perMessageDeflate">, ForeignOptions {
  /** Listen on this port (0: any free one) with an HTTP server of our own. */
  readonly port?: number | undefined;
  readonly host?: string | undefined;
  /** Connections that wait to be accepted, as for `listen` of `node:net`. */
  readonly backlog?: number | undefined;
  /**
   * Or take the WebSockets of this server, whose owner listens and closes it. An HTTP/2 server is told to offer them
   * (RFC 8441), which only sessions hear that begin later.
   */
  readonly server?: UpgradableServer | undefined;
  /** Or neither: the caller passes upgrades to `handleUpgrade`. */
  readonly noServer?: boolean | undefined;
  /** Only this path; every path by default. Others are answered with 404. */
  readonly path?: string | undefined;
  /** Keep the open connections in `clients`, and close them in `close`; `true`. */
  readonly clientTracking?: boolean | undefined;
  /**
   * Looks at a request before it is accepted: origin, authentication. Returns a refusal or nothing; a throw is 500, no
   * answer in time is 503. The signal is aborted when the client goes away, the time is up or the server closes. Without
   * it every origin is accepted.
   */
  readonly verify?: Verify | undefined;
  /**
   * How long `verify` may take, in milliseconds; 10 000. As long may a request wait for its turn when very many come at
   * once. Whoever waits holds a socket.
   */
  readonly verifyTimeout?: number | undefined;
  /**
   * How long a request may take to arrive, from the connection on, in milliseconds; 10 000. Only with `port`: another
   * server's is its owner's to set.
   */
  readonly headersTimeout?: number | undefined;
  /** The same in the form of `ws`; not beside `verify`. */
  readonly verifyClient?: VerifyClient | undefined;
  /** Chooses one of the offered subprotocols, or `false` for none. Without it, and without `protocols`, the first. */
  readonly handleProtocols?: ((protocols: Set<string>, request: IncomingMessage) => string | false) | undefined;
  /** The class to make connections of. */
  readonly WebSocket?: typeof WebSocket | undefined;
  /** Told of what `verify` and `connection` listeners throw; printed by default. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** The options that a server goes by. */
export type NativeServerOptions = Omit<WebSocketServerOptions, "perMessageDeflate"> &
  Pick<AcceptOptions, "perMessageDeflate">;

/** Refuses options that make no sense, before the first peer comes. @throws TypeError or RangeError */
export function checkServerOptions(given: WebSocketServerOptions): NativeServerOptions {
  const options = nativeOptions(given);
  const { port, server, noServer } = options;
  if (Number(port !== undefined) + Number(server !== undefined) + Number(noServer === true) !== 1) {
    throw new TypeError("a WebSocketServer needs exactly one of port, server and noServer");
  }
  if (options.verify !== undefined && options.verifyClient !== undefined) {
    throw new TypeError("verify and verifyClient are two forms of the same option");
  }
  resolveConnectionOptions(options);
  serverTimesOf(options);
  acceptResponse("", undefined, options.headers);
  return options;
}

/** How long peers and `verify` are waited for. */
export interface ServerTimes {
  readonly headersTimeout: number;
  readonly verifyTimeout: number;
}

/** @throws RangeError for what is no time: 0 would be for ever. */
export function serverTimesOf(options: NativeServerOptions): ServerTimes {
  return {
    headersTimeout: time("headersTimeout", options.headersTimeout ?? 10_000),
    verifyTimeout: time("verifyTimeout", options.verifyTimeout ?? 10_000),
  };
}

function time(name: string, ms: number): number {
  if (Number.isSafeInteger(ms) && ms > 0) return ms;
  throw new RangeError(`${name} must be a positive number of milliseconds`);
}

export function verifyOf({ verify, verifyClient }: NativeServerOptions): Verify | undefined {
  return verifyClient === undefined ? verify : fromVerifyClient(verifyClient);
}

/** What each connection is accepted with: one object for all of them. */
export function acceptOptionsOf(
  options: NativeServerOptions,
  onHeaders: (lines: string[], request: IncomingMessage) => void,
): AcceptOptions {
  const { handleProtocols, protocols } = options;
  if (handleProtocols === undefined) return { ...options, protocols: protocols ?? firstOf, onHeaders };
  const choose = (offered: readonly string[], request: IncomingMessage): string | undefined =>
    handleProtocols(new Set(offered), request) || undefined;
  return { ...options, protocols: choose, onHeaders };
}

// Browsers fail a connection when they offered subprotocols and none is chosen.
function firstOf(offered: readonly string[]): string | undefined {
  return offered[0];
}
