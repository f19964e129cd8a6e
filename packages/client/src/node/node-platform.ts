import { type Connection, type ConnectOptions, connect, HandshakeError } from "@everwire/websocket";
import { PREFERENCE } from "../session/opening-order.ts";
import { systemClock } from "../transport/clock.ts";
import type {
  Connector,
  ConnectorOptions,
  FetchOptions,
  PlatformSocket,
  PlatformSocketHandler,
} from "../transport/connector.ts";
import { fetchRequest } from "../transport/fetch-request.ts";
import { fetchStream } from "../transport/fetch-stream.ts";
import type { Platform } from "../transport/platform.ts";
import { BoundedMemory } from "./bounded-memory.ts";
import { CookieJar } from "./cookie-jar.ts";
import { looseClock } from "./loose-clock.ts";
import { NodeRequests } from "./node-requests.ts";

/** Node: WebSockets of @everwire/websocket, the built-in fetch, and cookies of our own. */
export const nodePlatform: Platform = {
  clock: systemClock,
  looseClock,
  base: undefined,
  connector: (options) => new NodeConnector(options),
  online: () => true,
  transports: PREFERENCE,
  memory: new BoundedMemory(),
  watch: () => () => undefined,
  binary: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
};

/** Headers and cookies go with WebSockets as with requests: a load balancer must see the same client. */
class NodeConnector implements Connector {
  readonly #options: ConnectorOptions;
  readonly #jar: CookieJar = new CookieJar();
  readonly #requests: NodeRequests;

  readonly events: undefined;

  constructor(options: ConnectorOptions) {
    this.#options = options;
    this.#requests = new NodeRequests(options);
  }

  get withCredentials(): boolean {
    return this.#options.withCredentials;
  }

  get maxMessageBytes(): number {
    return this.#options.maxMessageBytes;
  }

  dial(url: string, handler: PlatformSocketHandler): PlatformSocket {
    const { maxMessageBytes: maxPayload, protocols } = this.#options;
    const options: ConnectOptions = {
      ...this.#requests.dialling(url),
      headers: this.#headers(),
      maxPayload,
      protocols: typeof protocols === "string" ? [protocols] : protocols,
      // Engine.IO has its own heartbeat.
      heartbeat: false,
    };
    return new NodeSocket(url, options, handler);
  }

  async request(request: Parameters<Connector["request"]>[0]): Promise<{ status: number; body: string }> {
    const { maxMessageBytes: limit } = this.#options;
    const response = await fetchRequest(request, { ...this.#fetching(), limit });
    this.#takeCookies(response.headers);
    return response;
  }

  stream(...[request, text]: Parameters<Connector["stream"]>): Promise<void> {
    return fetchStream(request, this.#fetching(), { headers: (headers) => this.#takeCookies(headers), text });
  }

  #fetching(): Omit<FetchOptions, "limit"> {
    return { headers: this.#headers(), credentials: "same-origin", fetch: this.#requests.fetch };
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

  constructor(url: string, options: ConnectOptions, handler: PlatformSocketHandler) {
    connect(url, { ...options, signal: this.#abort.signal }).then(
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
