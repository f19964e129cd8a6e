import { randomBytes } from "node:crypto";
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Duplex } from "node:stream";
import { Connection } from "../connection/connection.ts";
import { deadlines } from "../connection/deadline-wheel.ts";
import { deflateOffer } from "../deflate/deflate-offer.ts";
import type { CheckedConnectOptions } from "./connect-options.ts";
import { type DialTarget, redirectTarget, sameOrigin, webSocketUrl } from "./dial-target.ts";
import { type HandshakeAnswer, HandshakeError } from "./handshake-error.ts";
import { handshakeHeaders } from "./handshake-request.ts";
import { checkAnswer } from "./handshake-response.ts";

/** As much of a refusal's body as a HandshakeError keeps. */
const KEPT_BODY_BYTES = 1024;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Headers that are meant for one origin only, in lower case. */
const CREDENTIALS: ReadonlySet<string> = new Set(["authorization", "cookie", "proxy-authorization", "host"]);

/** What a dial reports. Exactly one of `opened` and `failed` is called, once; the others before it. */
export interface DialHandler {
  opened(connection: Connection): void;
  failed(error: unknown): void;
  /** The server has upgraded the connection and its answer is right. */
  upgraded?(response: IncomingMessage): void;
  /** A redirect is followed with this request, which has not been sent yet. */
  redirected?(url: string, request: ClientRequest): void;
  /** The server answered otherwise. `true`: somebody reads the body, which may come whole. */
  refused?(request: ClientRequest, response: IncomingMessage): boolean;
  /** Sends a request by ending it, in our place. */
  finish?(request: ClientRequest): void;
}

/** One handshake under way. */
export class Dial {
  readonly #checked: CheckedConnectOptions;
  readonly #handler: DialHandler;
  readonly #key: string = randomBytes(16).toString("base64");
  #headers: Readonly<Record<string, string>>;
  #target: DialTarget;
  #redirects: number;
  #request: ClientRequest;
  #settled = false;
  readonly #unwatch: () => void;

  constructor(target: DialTarget, checked: CheckedConnectOptions, handler: DialHandler) {
    this.#checked = checked;
    this.#handler = handler;
    this.#target = target;
    this.#redirects = checked.redirects;
    const { headers, origin } = checked.options;
    this.#headers = origin === undefined ? { ...headers } : { ...headers, Origin: origin };
    this.#request = this.#prepare();
    this.#unwatch = this.#watch();
    this.#finish();
  }

  /** Gives up. Without effect once the dial is over. */
  abort(error: unknown): void {
    this.#fail(error);
  }

  #prepare(): ClientRequest {
    const request = this.#send();
    request.on("upgrade", (response, socket, head) => this.#upgraded(response, socket, head));
    request.on("response", (response) => this.#answered(request, response));
    request.on("error", (error) => {
      if (request === this.#request) this.#fail(new HandshakeError("connection_failed", undefined, error));
    });
    return request;
  }

  #finish(): void {
    try {
      if (this.#handler.finish === undefined) this.#request.end();
      else this.#handler.finish(this.#request);
    } catch (error) {
      this.#fail(error);
    }
  }

  #send(): ClientRequest {
    const { options, protocols, deflate } = this.#checked;
    const { createConnection, localAddress, localPort, family, hints, lookup, tls } = options;
    const { url, secure, socketPath } = this.#target;
    const wanted = {
      headers: { ...this.#headers, ...handshakeHeaders(this.#key, protocols, deflate && deflateOffer(deflate)) },
      // Without an agent the socket is ours alone and is never given back to a pool.
      agent: options.agent ?? (createConnection === undefined ? false : undefined),
      ...(createConnection !== undefined && { createConnection }),
      ...(localAddress !== undefined && { localAddress }),
      ...(localPort !== undefined && { localPort }),
      ...(hints !== undefined && { hints }),
      ...(family !== undefined && { family }),
      ...(lookup !== undefined && { lookup }),
      ...(socketPath !== undefined && { socketPath }),
    };
    if (!secure) return httpRequest(url, wanted);
    const rejectUnauthorized = tls?.rejectUnauthorized !== false;
    // An ALPN offer of h2 would let the server choose a protocol that has no Upgrade.
    return httpsRequest(url, { ALPNProtocols: ["http/1.1"], ...tls, rejectUnauthorized, ...wanted });
  }

  /** Sets the deadline and listens to the signal; returns how to stop both. */
  #watch(): () => void {
    const { signal } = this.#checked.options;
    const { timeout } = this.#checked;
    const late = (): void => this.#fail(new HandshakeError("connect_timed_out"));
    const deadline = timeout === 0 ? undefined : deadlines.set(timeout, late);
    const onAbort = (): void => this.#fail(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    return () => {
      deadline?.cancel();
      signal?.removeEventListener("abort", onAbort);
    };
  }

  #upgraded(response: IncomingMessage, socket: Duplex, head: Buffer): void {
    const answer = { status: response.statusCode ?? 0, headers: response.headers, body: "" };
    socket.on("error", ignoreError);
    // RFC 6455 §4.1: only 101 with the right headers is a WebSocket.
    const { options, protocols, deflate } = this.#checked;
    const checked = checkAnswer(response, this.#key, protocols, deflate);
    if (typeof checked === "string") {
      socket.destroy();
      this.#fail(new HandshakeError(checked, answer));
      return;
    }
    this.#handler.upgraded?.(response);
    if (this.#settled) {
      socket.destroy();
      return;
    }
    this.#settle();
    this.#handler.opened(new Connection(socket, { role: "client", head, ...checked, options }));
  }

  #answered(request: ClientRequest, response: IncomingMessage): void {
    const { location } = response.headers;
    if (REDIRECTS.has(response.statusCode ?? 0) && location !== undefined && this.#checked.redirects > 0) {
      if (this.#redirect(response, location)) return;
    }
    const wanted = this.#handler.refused?.(request, response) ?? false;
    this.#refused(response, wanted);
  }

  /** Follows a redirect, if it may be followed. */
  #redirect(response: IncomingMessage, location: string): boolean {
    const target = redirectTarget(this.#target, location);
    if (target === undefined) return false;
    if (this.#redirects-- === 0) {
      this.#fail(new HandshakeError("too_many_redirects", answerOf(response, [])));
      return true;
    }
    if (!sameOrigin(this.#target, target)) this.#headers = withoutCredentials(this.#headers);
    this.#target = target;
    const former = this.#request;
    this.#request = this.#prepare();
    former.destroy();
    this.#handler.redirected?.(webSocketUrl(target.url), this.#request);
    if (!this.#settled) this.#finish();
    return true;
  }

  #refused(response: IncomingMessage, whole: boolean): void {
    const chunks: Buffer[] = [];
    let length = 0;
    const settle = (): void => this.#fail(new HandshakeError("unexpected_status", answerOf(response, chunks)));
    response.on("data", (chunk: Buffer) => {
      if (length < KEPT_BODY_BYTES) chunks.push(chunk);
      length += chunk.length;
      if (length >= KEPT_BODY_BYTES && !whole) settle();
    });
    response.on("end", settle);
    response.on("error", settle);
  }

  #settle(): void {
    this.#settled = true;
    this.#unwatch();
  }

  #fail(error: unknown): void {
    if (this.#settled) return;
    this.#settle();
    this.#request.destroy();
    this.#handler.failed(error);
  }
}

function answerOf(response: IncomingMessage, chunks: readonly Buffer[]): HandshakeAnswer {
  const body = Buffer.concat(chunks).subarray(0, KEPT_BODY_BYTES).toString("utf8");
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}

function withoutCredentials(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !CREDENTIALS.has(name.toLowerCase())));
}

function ignoreError(): void {}
