import { createServer, type Server as HttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { type AcceptOptions, acceptUpgrade, checkUpgrade, refuseUpgrade } from "./accept.ts";
import type { Connection } from "./connection.ts";
import type { ConnectionHandler } from "./connection-handler.ts";
import { resolveConnectionOptions } from "./connection-options.ts";
import { HandshakeFailure, handshakeFailure } from "./failures.ts";
import { acceptResponse } from "./handshake-response.ts";
import { PendingUpgrade } from "./pending-upgrade.ts";

const NOT_FOUND = handshakeFailure("not_found");
const UPGRADE_REQUIRED = handshakeFailure("upgrade_required");
const VERIFICATION_FAILED = handshakeFailure("verification_failed");
const VERIFICATION_TIMED_OUT = handshakeFailure("verification_timed_out");
const SHUTTING_DOWN = handshakeFailure("shutting_down");

/** A request's headers must be complete this long after the connection; looked at every second. */
const HEADERS_TIMEOUT = 10_000;
const VERIFY_TIMEOUT = 10_000;

const GOING_AWAY = 1001;
const INTERNAL_ERROR = 1011;

/** Hears out a connection that nobody took, so that it closes as any other. */
const NOBODY: ConnectionHandler = { message: () => {}, close: () => {} };

/** How `verify` refuses a request. */
export interface UpgradeRefusal {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

type Verdict = UpgradeRefusal | undefined;

/** Exactly one of `port`, `server` and `noServer` is given. */
export interface WebSocketServerOptions extends AcceptOptions {
  /** Listen on this port (0: any free one) with an HTTP server of our own. */
  readonly port?: number;
  readonly host?: string;
  /** Or take the upgrades of this server, whose owner listens and closes it. */
  readonly server?: HttpServer | HttpsServer;
  /** Or neither: the caller passes upgrades to `handleUpgrade`. */
  readonly noServer?: boolean;
  /** Only this path; every path by default. Others are answered with 404. */
  readonly path?: string;
  /**
   * Looks at a request before it is accepted: origin, authentication. Returns a refusal or nothing; a throw is 500, no
   * answer within 10 s is 503. The signal is aborted when the client goes away. Without it every origin is accepted.
   */
  readonly verify?: (request: IncomingMessage, signal: AbortSignal) => Verdict | Promise<Verdict>;
  /** Called for each connection; the handler that it returns is started. */
  readonly onConnection: (connection: Connection, request: IncomingMessage) => ConnectionHandler;
  /** Told of what `verify` and `onConnection` throw; printed by default. */
  readonly onError?: (error: unknown) => void;
}

/** A WebSocket server: an HTTP server's upgrades, admitted, accepted and handed on. */
export class WebSocketServer {
  readonly #options: WebSocketServerOptions;
  readonly #connections = new Set<Connection>();
  readonly #own: HttpServer | undefined;
  readonly #ready: Promise<AddressInfo | undefined>;
  #closing = false;
  readonly #whenEmpty: (() => void)[] = [];

  constructor(options: WebSocketServerOptions) {
    const { port, server, noServer } = options;
    if (Number(port !== undefined) + Number(server !== undefined) + Number(noServer === true) !== 1) {
      throw new TypeError("a WebSocketServer needs exactly one of port, server and noServer");
    }
    // Options that make no sense are refused here, not when the first peer comes.
    resolveConnectionOptions(options);
    acceptResponse("", undefined, options.headers);
    this.#options = options;
    this.#own = port === undefined ? undefined : this.#createServer();
    (server ?? this.#own)?.on("upgrade", this.#onUpgrade);
    this.#ready = this.#own === undefined ? Promise.resolve(undefined) : listen(this.#own, port ?? 0, options.host);
  }

  /** How many connections are open or closing. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Resolves with the address when a server of our own listens; rejects, heard or not, when it cannot. */
  ready(): Promise<AddressInfo | undefined> {
    return this.#ready;
  }

  /** Admits one upgrade. Whatever becomes of it, the socket is answered. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const failure = this.#check(request);
    if (failure !== undefined) refuseWith(socket, failure);
    else if (this.#options.verify === undefined) this.#accept(request, socket, head);
    else this.#verify(request, socket, head, this.#options.verify).catch((error) => this.#abandon(socket, error));
  }

  /** Stops listening, closes every connection with 1001, and resolves when all sockets are closed. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#options.server?.off("upgrade", this.#onUpgrade);
    for (const connection of this.#connections) connection.close(GOING_AWAY, "server shutting down");
    const own = this.#own;
    if (own !== undefined) {
      await this.#ready.catch(ignoreError);
      await new Promise<void>((resolve) => {
        own.close(() => resolve());
        // What is left of HTTP is a request that no longer gets an answer, or none at all: it may never end by itself.
        own.closeAllConnections();
      });
    }
    if (this.#connections.size > 0) await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
  }

  #createServer(): HttpServer {
    const server = createServer(
      { headersTimeout: HEADERS_TIMEOUT, requestTimeout: HEADERS_TIMEOUT, connectionsCheckingInterval: 1_000 },
      (request, response) => this.#answerPlain(request, response),
    );
    server.maxHeadersCount = 200;
    return server;
  }

  /** HTTP without an upgrade has nothing to find here. */
  #answerPlain(request: IncomingMessage, response: ServerResponse): void {
    const failure = this.#takesPath(request) ? UPGRADE_REQUIRED : NOT_FOUND;
    const connection = failure === UPGRADE_REQUIRED ? "Upgrade, close" : "close";
    response.writeHead(failure.status, { ...failure.headers, Connection: connection, "Content-Type": "text/plain" });
    response.end(failure.meaning);
  }

  #check(request: IncomingMessage): HandshakeFailure | undefined {
    if (this.#closing) return SHUTTING_DOWN;
    return this.#takesPath(request) ? checkUpgrade(request) : NOT_FOUND;
  }

  #takesPath(request: IncomingMessage): boolean {
    const { path } = this.#options;
    return path === undefined || request.url?.split("?", 1)[0] === path;
  }

  async #verify(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    verify: NonNullable<WebSocketServerOptions["verify"]>,
  ): Promise<void> {
    const pending = new PendingUpgrade(socket, VERIFY_TIMEOUT);
    const verdict = await Promise.race([this.#ask(verify, request, pending.signal), pending.ended()]);
    pending.release();
    if (verdict === "gone" || socket.destroyed) {
      socket.destroy();
    } else if (verdict === "timeout") {
      refuseWith(socket, VERIFICATION_TIMED_OUT);
    } else if (verdict !== undefined) {
      refuseUpgrade(socket, verdict.status, verdict.body, verdict.headers);
    } else if (this.#closing) {
      refuseWith(socket, SHUTTING_DOWN);
    } else {
      this.#accept(request, socket, head);
    }
  }

  async #ask(
    verify: NonNullable<WebSocketServerOptions["verify"]>,
    request: IncomingMessage,
    signal: AbortSignal,
  ): Promise<Verdict> {
    try {
      return await verify(request, signal);
    } catch (error) {
      if (!signal.aborted) this.#report(error);
      return { status: VERIFICATION_FAILED.status, body: VERIFICATION_FAILED.meaning };
    }
  }

  /** The answer that was asked for cannot be given, e.g. because its headers are no headers. */
  #abandon(socket: Duplex, error: unknown): void {
    socket.destroy();
    this.#report(error);
  }

  #accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const connection = acceptUpgrade(request, socket, head, this.#options);
    if (connection instanceof HandshakeFailure) return;
    this.#connections.add(connection);
    socket.once("close", () => this.#forget(connection));
    connection.start(this.#handlerOf(connection, request));
  }

  #handlerOf(connection: Connection, request: IncomingMessage): ConnectionHandler {
    try {
      return this.#options.onConnection(connection, request);
    } catch (error) {
      this.#report(error);
      connection.close(INTERNAL_ERROR);
      return NOBODY;
    }
  }

  #forget(connection: Connection): void {
    this.#connections.delete(connection);
    if (this.#connections.size === 0) for (const resolve of this.#whenEmpty.splice(0)) resolve();
  }

  #report(error: unknown): void {
    if (this.#options.onError !== undefined) this.#options.onError(error);
    else console.error(error);
  }

  readonly #onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    this.handleUpgrade(request, socket, head);
  };
}

function listen(server: HttpServer, port: number, host: string | undefined): Promise<AddressInfo | undefined> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      const address = server.address();
      resolve(address === null || typeof address === "string" ? undefined : address);
    });
  });
}

function refuseWith(socket: Duplex, failure: HandshakeFailure): void {
  refuseUpgrade(socket, failure.status, failure.meaning, failure.headers);
}

function ignoreError(): void {}
