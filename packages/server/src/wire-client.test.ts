import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import {
  type DefaultEventMap,
  EnginePayloadReader,
  type EventMap,
  encodeEnginePayload,
  ProtocolFailure,
} from "@everwire/protocol";
import type { ServerOptions } from "./runtime/server-options.ts";
import { Server } from "./server/server.ts";

const PATIENCE = 5000;

/** Resolves as `promise` does, and rejects when that takes too long. */
export async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited too long for ${what}`)), PATIENCE);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves as soon as `condition` holds. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited too long for ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export type Message = string | Uint8Array;

/** A client that knows only HTTP polling and says exactly what it is told to say. */
export class WireClient {
  readonly sid: string;
  /** Resolves when the server ended the session. */
  readonly closed: Promise<void>;
  readonly #url: string;
  readonly #messages: Message[] = [];
  readonly #waiting: ((message: Message | undefined) => void)[] = [];
  #posts: Promise<unknown> = Promise.resolve();
  #over = false;

  private constructor(url: string, sid: string) {
    this.#url = `${url}&sid=${sid}`;
    this.sid = sid;
    this.closed = this.#poll();
  }

  static async open(origin: string): Promise<WireClient> {
    const url = `${origin}/socket.io/?EIO=4&transport=polling&token=t`;
    const body = await (await fetch(url)).text();
    assert.match(body, /^0\{/);
    const handshake: unknown = JSON.parse(body.slice(1));
    assert.ok(typeof handshake === "object" && handshake !== null && "sid" in handshake);
    return new WireClient(url, String(handshake.sid));
  }

  /** Sends messages in one request body. */
  send(...messages: Message[]): Promise<unknown> {
    const body = encodeEnginePayload(messages.map((data) => ({ type: "message", data })));
    this.#posts = this.#posts.then(() => fetch(this.#url, { method: "POST", body })).catch(() => undefined);
    return this.#posts;
  }

  /** The next message of the server. */
  take(): Promise<Message> {
    const message = this.#messages.shift();
    if (message !== undefined) return Promise.resolve(message);
    if (this.#over) return Promise.reject(new Error("the session is over"));
    const next = new Promise<Message>((resolve, reject) => {
      this.#waiting.push((received) => {
        if (received === undefined) reject(new Error("the session is over"));
        else resolve(received);
      });
    });
    return within(next, "a message of the server");
  }

  /** The next message, which must be a text: its prefix before the JSON, and the JSON. */
  async packet(): Promise<[prefix: string, payload: unknown]> {
    const text = await this.take();
    assert.ok(typeof text === "string");
    const at = text.search(/[[{]/);
    return at === -1 ? [text, undefined] : [text.slice(0, at), JSON.parse(text.slice(at))];
  }

  /** Connects to a namespace and returns the socket's id. */
  async connect(namespace = "/", auth?: object): Promise<string> {
    const prefix = namespace === "/" ? "" : `${namespace},`;
    await this.send(`0${prefix}${auth === undefined ? "" : JSON.stringify(auth)}`);
    const [type, payload] = await this.packet();
    assert.equal(type, `0${prefix}`);
    assert.ok(typeof payload === "object" && payload !== null && "sid" in payload);
    return String(payload.sid);
  }

  /** Messages that have arrived and were not taken. */
  get unread(): readonly Message[] {
    return this.#messages;
  }

  async #poll(): Promise<void> {
    while (!this.#over) {
      const answer = await fetch(this.#url).catch(() => undefined);
      if (answer?.status === 200) this.#read(await answer.text());
      else this.#over = true;
    }
    for (const waiting of this.#waiting.splice(0)) waiting(undefined);
  }

  #read(body: string): void {
    const reader = new EnginePayloadReader(body);
    for (let packet = reader.next(); packet !== undefined; packet = reader.next()) {
      assert.ok(!(packet instanceof ProtocolFailure));
      if (packet.type === "close") this.#over = true;
      if (packet.type === "message") this.#receive(packet.data);
    }
  }

  #receive(message: Message): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#messages.push(message);
    else waiting(message);
  }
}

export interface Rig<L extends EventMap = DefaultEventMap, E extends EventMap = L> {
  readonly server: Server<L, E>;
  readonly origin: string;
  /** Opens a session without connecting to any namespace. */
  open(): Promise<WireClient>;
  /** Opens a session and connects it. */
  join(namespace?: string, auth?: object): Promise<WireClient>;
}

/** A server on a free port that is closed when the test ends. */
export async function rig<L extends EventMap = DefaultEventMap, E extends EventMap = L>(
  context: TestContext,
  options: Partial<ServerOptions> = {},
): Promise<Rig<L, E>> {
  const http = createServer((_request, response) => response.writeHead(404).end());
  const server = new Server<L, E>(http, { log: () => undefined, ...options });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  context.after(() => server.close());
  // Listening on a TCP port, so the address is not a path.
  const origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const open = (): Promise<WireClient> => WireClient.open(origin);
  const join = async (namespace?: string, auth?: object): Promise<WireClient> => {
    const client = await open();
    await client.connect(namespace, auth);
    return client;
  };
  return { server, origin, open, join };
}

/** Resolves with the next socket that connects to the namespace. */
export function nextSocket<S>(namespace: {
  once(event: "connection", listener: (socket: S) => unknown): unknown;
}): Promise<S> {
  return within(new Promise((resolve) => namespace.once("connection", resolve)), "a connection");
}

test("a session opens, connects and is closed by the server", async (context) => {
  const { server, open } = await rig(context);
  const client = await open();
  assert.match(client.sid, /^[A-Za-z0-9_-]{20}$/);
  const id = await client.connect();
  assert.match(id, /^[A-Za-z0-9_-]{20}$/);
  assert.notEqual(id, client.sid);
  await server.close();
  await within(client.closed, "the end of the session");
});
