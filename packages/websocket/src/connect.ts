import { randomBytes } from "node:crypto";
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Duplex } from "node:stream";
import type { ConnectionOptions as TlsOptions } from "node:tls";
import { Connection } from "./connection.ts";
import { type ConnectionOptions, resolveConnectionOptions } from "./connection-options.ts";
import { deadlines } from "./deadline-wheel.ts";
import { type HandshakeAnswer, HandshakeError } from "./handshake-error.ts";
import { handshakeHeaders, parseProtocols } from "./handshake-request.ts";
import { checkResponse } from "./handshake-response.ts";

const DEFAULT_HANDSHAKE_TIMEOUT = 10_000;

/** As much of a refusal's body as a HandshakeError keeps. */
const KEPT_BODY_BYTES = 1024;

/** Every scheme that names a WebSocket, and whether it is secure. */
const SCHEMES: ReadonlyMap<string, boolean> = new Map([
  ["ws:", false],
  ["http:", false],
  ["wss:", true],
  ["https:", true],
]);

export interface ConnectOptions extends ConnectionOptions {
  /** Subprotocols to offer, the preferred one first. */
  readonly protocols?: readonly string[];
  /** More request headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Gives the handshake up: the promise rejects with the signal's reason. Without effect afterwards. */
  readonly signal?: AbortSignal;
  /** How long the handshake may last, connecting included, in milliseconds; 10 000. */
  readonly handshakeTimeout?: number;
  /** For wss: passed to `node:tls`. Certificates are verified unless `rejectUnauthorized` is exactly `false`. */
  readonly tls?: TlsOptions;
}

/**
 * Dials a WebSocket server. Redirects are not followed.
 *
 * Rejects with a {@link HandshakeError}, or with the reason of the signal; with a RangeError or TypeError for options that
 * make no sense.
 */
export function connect(url: string | URL, options: ConnectOptions = {}): Promise<Connection> {
  return new Promise((resolve, reject) => {
    options.signal?.throwIfAborted();
    new Dial(parseUrl(url), options, resolve, reject);
  });
}

/** One handshake under way; it settles its promise once. */
class Dial {
  readonly #options: ConnectOptions;
  readonly #timeout: number;
  readonly #protocols: readonly string[];
  readonly #key: string = randomBytes(16).toString("base64");
  readonly #resolve: (connection: Connection) => void;
  readonly #reject: (error: unknown) => void;
  readonly #request: ClientRequest;
  readonly #finish: () => void;

  constructor(
    url: URL,
    options: ConnectOptions,
    resolve: (connection: Connection) => void,
    reject: (error: unknown) => void,
  ) {
    this.#options = options;
    // Options that make no sense are refused before anything is opened, where the caller hears of it.
    resolveConnectionOptions(options);
    this.#timeout = checkedTimeout(options.handshakeTimeout ?? DEFAULT_HANDSHAKE_TIMEOUT);
    this.#protocols = checkedProtocols(options.protocols ?? []);
    this.#resolve = resolve;
    this.#reject = reject;
    this.#request = this.#send(url);
    this.#request.on("upgrade", (response, socket, head) => this.#upgraded(response, socket, head));
    this.#request.on("response", (response) => this.#refused(response));
    this.#request.on("error", (error) => this.#fail(new HandshakeError("connection_failed", undefined, error)));
    this.#finish = this.#watch();
    this.#request.end();
  }

  #send(url: URL): ClientRequest {
    const { headers, tls } = this.#options;
    const all = { ...headers, ...handshakeHeaders(this.#key, this.#protocols) };
    // No agent: the socket is ours alone and is never given back to a pool.
    if (!isSecure(url)) return httpRequest(asHttp(url), { headers: all, agent: false });
    const rejectUnauthorized = tls?.rejectUnauthorized !== false;
    // An ALPN offer of h2 would let the server choose a protocol that has no Upgrade.
    return httpsRequest(asHttp(url), {
      ALPNProtocols: ["http/1.1"],
      ...tls,
      rejectUnauthorized,
      headers: all,
      agent: false,
    });
  }

  /** Sets the deadline and listens to the signal; returns how to stop both. */
  #watch(): () => void {
    const { signal } = this.#options;
    const deadline = deadlines.set(this.#timeout, () => this.#fail(new HandshakeError("connect_timed_out")));
    const onAbort = (): void => this.#fail(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    return () => {
      deadline.cancel();
      signal?.removeEventListener("abort", onAbort);
    };
  }

  #upgraded(response: IncomingMessage, socket: Duplex, head: Buffer): void {
    const answer = { status: response.statusCode ?? 0, headers: response.headers, body: "" };
    socket.on("error", ignoreError);
    // RFC 6455 §4.1: only 101 with the right headers is a WebSocket.
    const checked =
      answer.status === 101 ? checkResponse(answer.headers, this.#key, this.#protocols) : "unexpected_status";
    if (typeof checked === "string") {
      socket.destroy();
      this.#fail(new HandshakeError(checked, answer));
      return;
    }
    this.#finish();
    this.#resolve(new Connection(socket, { role: "client", head, protocol: checked.protocol, options: this.#options }));
  }

  #refused(response: IncomingMessage): void {
    const chunks: Buffer[] = [];
    let length = 0;
    const settle = (): void => this.#fail(new HandshakeError("unexpected_status", answerOf(response, chunks)));
    response.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= KEPT_BODY_BYTES) settle();
    });
    response.on("end", settle);
    response.on("error", settle);
  }

  #fail(error: unknown): void {
    this.#finish();
    this.#reject(error);
    this.#request.destroy();
  }
}

function answerOf(response: IncomingMessage, chunks: readonly Buffer[]): HandshakeAnswer {
  const body = Buffer.concat(chunks).subarray(0, KEPT_BODY_BYTES).toString("utf8");
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}

function checkedTimeout(ms: number): number {
  if (!(ms >= 0)) throw new RangeError("handshakeTimeout must be a number of milliseconds, 0 or more");
  return ms;
}

/** RFC 6455 §4.1 item 10: the names MUST be tokens, none of them twice. */
function checkedProtocols(protocols: readonly string[]): readonly string[] {
  if (protocols.length === 0 || parseProtocols(protocols.join(","))?.length === protocols.length) return protocols;
  throw new TypeError("subprotocols are distinct tokens, at most 32");
}

/** RFC 6455 §3. A fragment MUST NOT be used; credentials in a URL end up in logs. */
function parseUrl(url: string | URL): URL {
  const parsed = URL.canParse(String(url)) ? new URL(url) : undefined;
  const valid = parsed !== undefined && SCHEMES.has(parsed.protocol) && parsed.hash === "";
  if (!valid || parsed.username !== "" || parsed.password !== "") throw new HandshakeError("invalid_url");
  return parsed;
}

function isSecure(url: URL): boolean {
  return SCHEMES.get(url.protocol) === true;
}

function asHttp(url: URL): URL {
  return new URL(`${isSecure(url) ? "https" : "http"}://${url.host}${url.pathname}${url.search}`);
}

function ignoreError(): void {}
