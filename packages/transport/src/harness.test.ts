// What the tests of this package share: a server on a free port, plain requests, and WebSockets whose messages can be
// awaited. It holds no test of its own.
import assert from "node:assert/strict";
import http from "node:http";
import type { AddressInfo } from "node:net";
import net from "node:net";
import type { TestContext } from "node:test";
import { type CloseReason, decodeEngineHandshake, type EngineHandshake, ProtocolFailure } from "@everwire/protocol";
import { type Connection, type ConnectOptions, connect } from "@everwire/websocket";
import { Listener } from "./listener/listener.ts";
import { OutgoingPacket } from "./packet/outgoing-packet.ts";
import type { ListenerOptions } from "./session/listener-options.ts";
import type { LogEntry } from "./session/refusal-log.ts";
import type { SendOptions, Session, SessionHandler } from "./session/session.ts";

/** How long any wait of a test may last before it is a failure. */
export const PATIENCE_MS = 5000;

/** Values that arrive at any time, taken in order. */
export class Inbox<T> {
  readonly #values: T[] = [];
  readonly #takers: ((value: T) => void)[] = [];

  put(value: T): void {
    const taker = this.#takers.shift();
    if (taker === undefined) this.#values.push(value);
    else taker(value);
  }

  get waiting(): readonly T[] {
    return this.#values;
  }

  async take(what: string): Promise<T> {
    const [value] = this.#values.splice(0, 1);
    if (value !== undefined) return value;
    return within(new Promise<T>((resolve) => this.#takers.push(resolve)), what);
  }
}

/** The promise, or a failure that says what did not come. */
export function within<T>(promise: Promise<T>, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), PATIENCE_MS);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** A session as its handler saw it. */
export class Peer {
  readonly session: Session;
  readonly messages: Inbox<string | Buffer> = new Inbox();
  readonly closed: Inbox<{ reason: CloseReason; detail: string | undefined }> = new Inbox();
  readonly calls: string[] = [];

  constructor(session: Session) {
    this.session = session;
  }

  send(text: string, options?: SendOptions): boolean {
    return this.session.send(OutgoingPacket.message(text), options);
  }
}

export interface Fixture {
  readonly listener: Listener;
  readonly server: http.Server;
  readonly port: number;
  readonly base: string;
  readonly peers: Inbox<Peer>;
  readonly log: LogEntry[];
}

export interface FixtureOptions extends Partial<ListenerOptions> {
  /** Sends every message back, as the public Engine.IO test suite expects. */
  readonly echo?: boolean;
  /** Of the server's sockets. */
  readonly highWaterMark?: number;
  readonly handler?: (peer: Peer) => Partial<SessionHandler>;
}

/** A server with one listener; both end with the test. */
export async function serve(context: TestContext, given: FixtureOptions = {}): Promise<Fixture> {
  const { echo, handler, highWaterMark, ...options } = given;
  const peers = new Inbox<Peer>();
  const log: LogEntry[] = [];
  const listener = new Listener(
    (session) => {
      const peer = new Peer(session);
      const own = handler?.(peer) ?? {};
      peers.put(peer);
      return {
        message(data) {
          peer.calls.push("message");
          if (own.message !== undefined) own.message(data);
          else if (echo === true) session.send(echoOf(data));
          else peer.messages.put(data);
        },
        close(reason, detail) {
          peer.calls.push("close");
          peer.closed.put({ reason, detail });
          own.close?.(reason, detail);
        },
        upgrade(transport) {
          peer.calls.push(`upgrade ${transport}`);
        },
        drain() {
          peer.calls.push("drain");
        },
      };
    },
    { path: "/engine.io/", log: (entry) => log.push(entry), ...options },
  );
  const server = http.createServer(highWaterMark === undefined ? {} : { highWaterMark });
  const sockets: net.Socket[] = [];
  server.on("connection", (socket) => sockets.push(socket));
  listener.attach(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = addressOf(server);
  context.after(async () => {
    await within(listener.close(), "the listener's end");
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { listener, server, port, base: `http://127.0.0.1:${port}/engine.io/?EIO=4`, peers, log };
}

function echoOf(data: string | Buffer): OutgoingPacket {
  return typeof data === "string" ? OutgoingPacket.message(data) : binary(data);
}

function binary(data: Buffer): OutgoingPacket {
  return OutgoingPacket.message("binary follows", [data]);
}

function addressOf(server: net.Server): AddressInfo {
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return address;
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export interface Ask {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
  readonly signal?: AbortSignal;
}

/** One request on a connection of its own. */
export function ask(url: string, { method = "GET", headers = {}, body, signal }: Ask = {}): Promise<Answer> {
  const answered = new Promise<Answer>((resolve, reject) => {
    const options = { method, headers, agent: false, ...(signal === undefined ? {} : { signal }) };
    const request = http.request(url, options, (response) => {
      response.on("error", reject);
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    request.on("error", reject);
    request.end(body);
  });
  return within(answered, `the answer to ${method} ${url.slice(0, 100)}`);
}

export function post(url: string, body: string | Buffer, headers: Record<string, string> = {}): Promise<Answer> {
  return ask(url, { method: "POST", body, headers });
}

/** Opens a polling session; the URL given back is that of its polls and posts. */
export async function openPolling(fixture: Fixture): Promise<{ peer: Peer; url: string; handshake: EngineHandshake }> {
  const answer = await ask(`${fixture.base}&transport=polling`);
  assert.equal(answer.status, 200, answer.body);
  const [first] = answer.body.split("\x1e");
  assert.equal(first?.[0], "0");
  const handshake = decodeEngineHandshake(first.slice(1));
  assert.ok(!(handshake instanceof ProtocolFailure));
  const peer = await fixture.peers.take("the session");
  return { peer, url: `${fixture.base}&transport=polling&sid=${handshake.sid}`, handshake };
}

/** The client's end of a WebSocket. */
export class Wire {
  readonly connection: Connection;
  readonly messages: Inbox<string | Buffer> = new Inbox();
  readonly closed: Inbox<{ code: number; reason: string }> = new Inbox();

  constructor(connection: Connection) {
    this.connection = connection;
    connection.start({
      message: (data) => this.messages.put(data),
      close: (code, reason) => this.closed.put({ code, reason }),
    });
  }

  send(data: string | Uint8Array): void {
    this.connection.send(data);
  }

  next(what = "a message"): Promise<string | Buffer> {
    return this.messages.take(what);
  }
}

export async function dial(fixture: Fixture, query = "", options: ConnectOptions = {}): Promise<Wire> {
  const url = `${fixture.base.replace("http", "ws")}&transport=websocket${query}`;
  return new Wire(await within(connect(url, options), "the WebSocket"));
}

/** Opens a session over WebSocket. */
export async function openWebSocket(fixture: Fixture): Promise<{ peer: Peer; wire: Wire; open: string }> {
  const wire = await dial(fixture);
  const open = await wire.next("the open packet");
  assert.ok(typeof open === "string");
  return { peer: await fixture.peers.take("the session"), wire, open };
}

/** Writes raw bytes and collects all that comes until the server ends the connection. */
export function raw(port: number, text: string): Promise<string> {
  const answered = new Promise<string>((resolve, reject) => {
    const socket = net.connect(port, "127.0.0.1", () => socket.write(text));
    let received = "";
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
    });
    socket.on("close", () => resolve(received)).on("error", reject);
  });
  return within(answered, "the end of a raw connection");
}

/** An upgrade request as a browser writes it, with more headers before the end. */
export function upgradeRequest(target: string, headers: readonly string[] = []): string {
  const lines = [
    `GET ${target} HTTP/1.1`,
    "Host: localhost",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ...headers,
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** The next request that reaches the server; to be called before it is sent. */
export function nextRequest({
  server,
}: Fixture): Promise<{ request: http.IncomingMessage; response: http.ServerResponse }> {
  const arrived = new Promise<{ request: http.IncomingMessage; response: http.ServerResponse }>((resolve) =>
    server.once("request", (request, response) => resolve({ request, response })),
  );
  return within(arrived, "a request");
}

/** The end of a stream. */
export function closeOf(stream: NodeJS.EventEmitter): Promise<void> {
  return within(new Promise((resolve) => stream.once("close", () => resolve())), "the end of a stream");
}

/** The status with which a request under way is answered. */
export function statusOf(request: http.ClientRequest): Promise<number | undefined> {
  const answered = new Promise<number | undefined>((resolve) =>
    request.once("response", (response) => resolve(response.statusCode)),
  );
  return within(answered, "an answer");
}

/** Waits until something holds, looking after each turn of the event loop. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const limit = performance.now() + PATIENCE_MS;
  while (!condition()) {
    if (performance.now() > limit) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
