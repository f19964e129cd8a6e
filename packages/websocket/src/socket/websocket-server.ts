import { captureRejectionSymbol, EventEmitter } from "node:events";
import type { Server as HttpServer, IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { Connection } from "../connection/connection.ts";
import { HandshakeFailure, handshakeFailure } from "../failures.ts";
import type { AcceptOptions } from "../handshake/accept.ts";
import { HandshakeTurns } from "../handshake/handshake-turns.ts";
import { Http2Upgrade } from "../handshake/http2-upgrade.ts";
import { PendingUpgrade } from "../handshake/pending-upgrade.ts";
import { HttpUpgrade, refusalOf, type Upgrade, type UpgradeRefusal } from "../handshake/upgrade.ts";
import { type UpgradableServer, type UpgradeSource, upgradesOf } from "../handshake/upgrade-source.ts";
import { ConnectionClosedError } from "./connection-closed-error.ts";
import { createOwnServer, type OwnServer } from "./own-server.ts";
import {
  acceptOptionsOf,
  checkServerOptions,
  type NativeServerOptions,
  type ServerTimes,
  serverTimesOf,
  verifyOf,
  type WebSocketServerOptions,
} from "./server-options.ts";
import type { Verify } from "./verification.ts";
import { WebSocket } from "./websocket.ts";

const NOT_FOUND = handshakeFailure("not_found");
const BODY_NOT_ALLOWED = handshakeFailure("body_not_allowed");
const UPGRADE_REQUIRED = handshakeFailure("upgrade_required");
const VERIFICATION_FAILED = handshakeFailure("verification_failed");
const VERIFICATION_TIMED_OUT = handshakeFailure("verification_timed_out");
const SHUTTING_DOWN = handshakeFailure("shutting_down");

const GOING_AWAY = 1001;
const INTERNAL_ERROR = 1011;

/** Takes a connection that was accepted. Nothing is read from it before this returns. */
export type UpgradeCallback = (socket: WebSocket, request: IncomingMessage) => void;

/** The events of a server and what they bring. */
export interface WebSocketServerEvents {
  connection: [socket: WebSocket, request: IncomingMessage];
  /** The lines of an answer that is about to be sent, the status line first; more may be added. */
  headers: [lines: string[], request: IncomingMessage];
  listening: [];
  /** The HTTP server failed. */
  error: [error: Error];
  close: [];
  /** A request was no WebSocket's. It has been refused already: there is nothing to answer. */
  wsClientError: [error: Error, stream: Duplex, request: IncomingMessage];
}

/** A WebSocket server: an HTTP server's requests for WebSockets, admitted, accepted and handed on. */
export class WebSocketServer extends EventEmitter<WebSocketServerEvents> {
  /** What it was given, in our own terms. */
  readonly options: NativeServerOptions;
  /** The connections that are open or closing; none with `clientTracking: false`. */
  readonly clients: Set<WebSocket> = new Set();
  readonly #accept: AcceptOptions;
  readonly #verify: Verify | undefined;
  readonly #times: ServerTimes;
  /** The requests that wait for `verify`. */
  readonly #pending: Set<PendingUpgrade> = new Set();
  readonly #turns: HandshakeTurns;
  readonly #own: OwnServer | undefined;
  readonly #source: UpgradeSource | undefined;
  readonly #ready: Promise<AddressInfo | undefined>;
  /** Whether somebody hears of `#ready`. */
  #awaited = false;
  #closing: Promise<void> | undefined;
  readonly #whenEmpty: (() => void)[] = [];

  /** @param listening called when the server listens. @throws TypeError or RangeError for options that make no sense */
  constructor(given: WebSocketServerOptions, listening?: () => void) {
    super({ captureRejections: true });
    Object.defineProperty(this, captureRejectionSymbol, { value: this.#onRejection });
    const options = checkServerOptions(given);
    this.options = options;
    this.#accept = acceptOptionsOf(options, (lines, request) => this.emit("headers", lines, request));
    this.#verify = verifyOf(options);
    this.#times = serverTimesOf(options);
    this.#turns = new HandshakeTurns((upgrade) => this.#admit(upgrade, undefined), this.#times.verifyTimeout);
    this.#own =
      options.port === undefined
        ? undefined
        : createOwnServer(this.#times.headersTimeout, {
            upgrade: (request, socket, head) => this.#onUpgrade(new HttpUpgrade(request, socket, head)),
            plain: (request, response) => this.#answerPlain(request, response),
          });
    const server = options.server ?? this.#own?.http;
    if (listening !== undefined) this.once("listening", listening);
    if (server !== undefined) this.#source = upgradesOf(server, this.#onUpgrade);
    if (options.server !== undefined) this.#relay(options.server);
    this.#ready = this.#own === undefined ? Promise.resolve(undefined) : this.#listen(this.#own.http);
  }

  /** Resolves with the address when a server of our own listens; rejects when it cannot. */
  ready(): Promise<AddressInfo | undefined> {
    this.#awaited = true;
    return this.#ready;
  }

  /** Where the HTTP server listens, as `node:net` says it. */
  address(): AddressInfo | string | null {
    return (this.options.server ?? this.#own?.http)?.address() ?? null;
  }

  /** Whether a request is for this server at all: here, whether its path is. A subclass may decide otherwise. */
  shouldHandle(request: IncomingMessage): boolean {
    const { path } = this.options;
    return path === undefined || request.url?.split("?", 1)[0] === path;
  }

  /**
   * Admits one request: with the arguments of an HTTP server's `upgrade` event, or a request of `node:http2`, its stream
   * and an empty head. Whatever becomes of it, it is answered. Without a callback `connection` is emitted.
   */
  handleUpgrade(
    request: IncomingMessage | Http2ServerRequest,
    stream: Duplex,
    head: Buffer,
    callback?: UpgradeCallback,
  ): void {
    this.#admit(upgradeOf(request, stream, head), callback);
  }

  /** Stops listening, refuses who still waits for `verify`, closes every connection with 1001, and resolves when all sockets are closed. */
  close(callback?: (error?: Error) => void): Promise<void> {
    this.#closing ??= this.#close();
    if (callback !== undefined) this.#closing.then(() => callback(), callback);
    return this.#closing;
  }

  /** Tells of what becomes of a server that is somebody else's. */
  #relay(server: UpgradableServer): void {
    server.on("listening", this.#onListening);
    // Its errors only to who asks: one that nobody hears must still end the process, as without us.
    const watch = (event: string | symbol): void => {
      if (event === "error") server.off("error", this.#onServerError).on("error", this.#onServerError);
    };
    // By the base class: its own events are not among those that this one declares.
    EventEmitter.prototype.on.call(this, "newListener", watch);
  }

  async #close(): Promise<void> {
    const { server } = this.options;
    this.#source?.stop();
    server?.off("listening", this.#onListening).off("error", this.#onServerError);
    this.#turns.close();
    for (const pending of this.#pending) pending.cancel();
    for (const socket of this.clients) socket.close(GOING_AWAY, "server shutting down");
    if (this.#own !== undefined) await this.#closeOwn(this.#own);
    if (this.clients.size > 0) await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
    this.emit("close");
  }

  async #closeOwn(own: OwnServer): Promise<void> {
    await this.#ready.catch(ignoreError);
    await new Promise<void>((resolve) => {
      own.http.close(() => resolve());
      // What is left of HTTP is a request that no longer gets an answer, or none at all: it may never end by itself.
      own.dismiss();
    });
  }

  #listen(server: HttpServer): Promise<AddressInfo | undefined> {
    const { port, host, backlog } = this.options;
    const listening = new Promise<AddressInfo | undefined>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ port, host, backlog }, () => {
        server.off("error", reject);
        server.on("error", this.#onServerError);
        const address = server.address();
        resolve(address === null || typeof address === "string" ? undefined : address);
      });
    });
    // A failure that nobody hears of ends the process, as an unheard `error` does.
    listening.then(this.#onListening, (error: Error) => {
      if (this.listenerCount("error") > 0 || !this.#awaited) this.emit("error", error);
    });
    return listening;
  }

  /** HTTP without an upgrade has nothing to find here. */
  #answerPlain(request: IncomingMessage, response: ServerResponse): void {
    const failure = this.#plainFailure(request);
    const connection = failure.headers.Upgrade === undefined ? "close" : "Upgrade, close";
    response.writeHead(failure.status, { ...failure.headers, Connection: connection, "Content-Type": "text/plain" });
    response.end(failure.meaning);
  }

  #plainFailure(request: IncomingMessage): HandshakeFailure {
    const coding = request.headers["transfer-encoding"]?.toLowerCase() ?? "chunked";
    // RFC 9112 §6.3: with another last coding nobody knows where the request ends, which Node lets pass.
    if (coding !== "chunked") return BODY_NOT_ALLOWED;
    return this.shouldHandle(request) ? UPGRADE_REQUIRED : NOT_FOUND;
  }

  #admit(upgrade: Upgrade, callback: UpgradeCallback | undefined): void {
    const failure = this.#check(upgrade);
    if (failure !== undefined) upgrade.refuse(refusalOf(failure));
    else if (this.#verify === undefined) this.#take(upgrade, callback);
    else this.#ask(upgrade, this.#verify, callback).catch((error) => this.#abandon(upgrade, error));
  }

  #check(upgrade: Upgrade): HandshakeFailure | undefined {
    if (this.#closing !== undefined) return SHUTTING_DOWN;
    if (!this.shouldHandle(upgrade.request)) return NOT_FOUND;
    const failure = upgrade.check();
    if (failure !== undefined) this.#tell(upgrade, failure);
    return failure;
  }

  #tell(upgrade: Upgrade, failure: HandshakeFailure): void {
    if (this.listenerCount("wsClientError") === 0) return;
    const error = Object.assign(new Error(failure.meaning), { code: failure.code, status: failure.status });
    this.emit("wsClientError", error, upgrade.stream, upgrade.request);
  }

  async #ask(upgrade: Upgrade, verify: Verify, callback: UpgradeCallback | undefined): Promise<void> {
    const pending = new PendingUpgrade(upgrade.stream, this.#times.verifyTimeout);
    this.#pending.add(pending);
    const verdict = await Promise.race([this.#verdict(verify, upgrade.request, pending.signal), pending.ended()]);
    this.#pending.delete(pending);
    pending.release();
    if (verdict === "gone" || upgrade.stream.destroyed) upgrade.stream.destroy();
    else if (verdict === "timeout") upgrade.refuse(refusalOf(VERIFICATION_TIMED_OUT));
    else if (verdict === "cancelled" || this.#closing !== undefined) upgrade.refuse(refusalOf(SHUTTING_DOWN));
    else if (verdict !== undefined) upgrade.refuse(verdict);
    else this.#take(upgrade, callback);
  }

  async #verdict(verify: Verify, request: IncomingMessage, signal: AbortSignal): Promise<UpgradeRefusal | undefined> {
    try {
      return await verify(request, signal);
    } catch (error) {
      if (!signal.aborted) this.#report(error);
      return refusalOf(VERIFICATION_FAILED);
    }
  }

  /** The answer that was asked for cannot be given, e.g. because its headers are no headers. */
  #abandon(upgrade: Upgrade, error: unknown): void {
    upgrade.stream.destroy();
    this.#report(error);
  }

  #take(upgrade: Upgrade, callback: UpgradeCallback | undefined): void {
    let connection: Connection | HandshakeFailure;
    try {
      connection = upgrade.accept(this.#accept);
    } catch (error) {
      this.#abandon(upgrade, error);
      return;
    }
    if (!(connection instanceof HandshakeFailure)) this.#handOut(connection, upgrade.request, callback);
  }

  #handOut(connection: Connection, request: IncomingMessage, callback: UpgradeCallback | undefined): void {
    const socket = new (this.options.WebSocket ?? WebSocket)(null, undefined, this.options);
    if (this.options.clientTracking !== false) this.clients.add(socket);
    WebSocket.attach(socket, connection, this.#onClosed);
    try {
      if (callback === undefined) this.emit("connection", socket, request);
      else callback(socket, request);
    } catch (error) {
      this.#report(error);
      socket.close(INTERNAL_ERROR);
    }
    WebSocket.start(socket);
  }

  #report(error: unknown): void {
    if (this.options.onError !== undefined) this.options.onError(error);
    else console.error(error);
  }

  /**
   * An asynchronous listener failed: as a throw, that costs one connection. That the connection ended while it was read is
   * no failure, and there is nobody else to hear of it.
   */
  readonly #onRejection = (error: unknown, _event: unknown, socket?: unknown): void => {
    if (socket instanceof WebSocket) {
      if (error instanceof ConnectionClosedError && socket.readyState === socket.CLOSED) return;
      socket.close(INTERNAL_ERROR);
    }
    this.#report(error);
  };

  readonly #onUpgrade = (upgrade: Upgrade): void => this.#turns.take(upgrade);

  readonly #onClosed = (socket: WebSocket): void => {
    this.clients.delete(socket);
    if (this.clients.size === 0) for (const resolve of this.#whenEmpty.splice(0)) resolve();
  };

  readonly #onListening = (): void => {
    this.emit("listening");
  };

  readonly #onServerError = (error: Error): void => {
    this.emit("error", error);
  };
}

function upgradeOf(request: IncomingMessage | Http2ServerRequest, stream: Duplex, head: Buffer): Upgrade {
  if (isHttp2Request(request)) return new Http2Upgrade(request.stream, request.headers);
  return new HttpUpgrade(request, stream, head);
}

function isHttp2Request(request: IncomingMessage | Http2ServerRequest): request is Http2ServerRequest {
  return "stream" in request && "authority" in request;
}

function ignoreError(): void {}
