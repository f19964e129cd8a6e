import { type Connection, connect, HandshakeError } from "@everwire/websocket";
import { systemClock } from "../transport/clock.ts";
import type { Connector, ConnectorOptions, PlatformSocket, PlatformSocketHandler } from "../transport/connector.ts";
import { REQUEST_DOWNLINKS } from "../transport/downlinks.ts";
import { fetchRequest, fetchStream } from "../transport/fetch-request.ts";
import type { Platform } from "../transport/platform.ts";
import { BoundedMemory } from "./bounded-memory.ts";
import { CookieJar } from "./cookie-jar.ts";

/** Node: WebSockets of @everwire/websocket, the built-in fetch, and cookies of our own. */
export const nodePlatform: Platform = {
  clock: systemClock,
  base: undefined,
  connector: (options) => new NodeConnector(options),
  online: () => true,
  downlinks: new Map(REQUEST_DOWNLINKS),
  memory: new BoundedMemory(),
  watch: () => () => undefined,
  binary: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
};

/** Headers and cookies go with WebSockets as with requests: a load balancer must see the same client. */
class NodeConnector implements Connector {
  readonly #options: ConnectorOptions;
  readonly #jar: CookieJar = new CookieJar();

  readonly page: undefined;
  readonly events: undefined;

  constructor(options: ConnectorOptions) {
    this.#options = options;
  }

  get maxMessageBytes(): number {
    return this.#options.maxMessageBytes;
  }

  dial(url: string, handler: PlatformSocketHandler): PlatformSocket {
    return new NodeSocket(url, this.#headers(), this.#options.maxMessageBytes, handler);
  }

  async request(request: Parameters<Connector["request"]>[0]): Promise<{ status: number; body: string }> {
    const { maxMessageBytes: limit } = this.#options;
    const response = await fetchRequest(request, { headers: this.#headers(), credentials: "same-origin", limit });
    this.#takeCookies(response.headers);
    return response;
  }

  stream(...[request, text]: Parameters<Connector["stream"]>): Promise<void> {
    const options = { headers: this.#headers(), credentials: "same-origin" } as const;
    return fetchStream(request, options, { headers: (headers) => this.#takeCookies(headers), text });
  }

  #takeCookies(headers: Headers): void {
    if (this.#options.withCredentials) this.#jar.take(headers.getSetCookie());
  }

  #headers(): Readonly<Record<string, string>> {
    const cookie = this.#jar.header;
    return cookie === undefined ? this.#options.extraHeaders : { ...this.#options.extraHeaders, cookie };
  }
}

/** Dialling is asynchronous here; a `close` in the meantime gives it up. */
class NodeSocket implements PlatformSocket {
  readonly #abort = new AbortController();
  #connection: Connection | undefined;

  constructor(
    url: string,
    headers: Readonly<Record<string, string>>,
    maxPayload: number,
    handler: PlatformSocketHandler,
  ) {
    connect(url, {
      headers,
      maxPayload,
      signal: this.#abort.signal,
      // Engine.IO has its own heartbeat.
      heartbeat: false,
    }).then(
      (connection) => this.#opened(connection, handler),
      (error: unknown) => handler.close(describe(error)),
    );
  }

  get bufferedAmount(): number {
    return this.#connection?.bufferedAmount ?? 0;
  }

  send(data: string | Uint8Array): void {
    this.#connection?.send(data);
  }

  close(code = 1000): void {
    this.#abort.abort();
    this.#connection?.close(code);
  }

  #opened(connection: Connection, handler: PlatformSocketHandler): void {
    if (this.#abort.signal.aborted) {
      connection.terminate();
      return;
    }
    this.#connection = connection;
    // First, because what came with the handshake's last bytes is delivered by `start` itself.
    handler.open();
    connection.start({
      message: (data) => handler.message(data),
      close: (code, reason) => handler.close(`${code} ${reason}`.trim()),
    });
  }
}

/** What the server or the network said, for the message of a connect_error. */
function describe(error: unknown): string {
  if (error instanceof HandshakeError && error.status !== undefined) {
    return `HTTP ${error.status}: ${(error.body ?? "").slice(0, 200)}`;
  }
  if (error instanceof Error && error.cause instanceof Error) return error.cause.message;
  return String(error);
}
