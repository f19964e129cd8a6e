import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpServer, type IncomingMessage } from "node:http";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { PreparedMessage } from "../frame/prepared-message.ts";
import { HandshakeError } from "../handshake/handshake-error.ts";
import { closeAfterTests, until, within } from "../raw-peer.test.ts";
import { ConnectionClosedError } from "./connection-closed-error.ts";
import type { WebSocketServerOptions } from "./server-options.ts";
import { WebSocket } from "./websocket.ts";
import { WebSocketServer } from "./websocket-server.ts";

interface Pair {
  readonly server: WebSocketServer;
  readonly url: string;
  readonly accepted: WebSocket[];
  readonly requests: IncomingMessage[];
}

/** A server that notes whom it accepts, and sends back every message unless it is told what to do. */
async function listening(
  options: WebSocketServerOptions = {},
  connected: (socket: WebSocket) => void = (socket) => {
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
  },
): Promise<Pair> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", ...options });
  const accepted: WebSocket[] = [];
  const requests: IncomingMessage[] = [];
  server.on("connection", (socket, request) => {
    accepted.push(socket);
    requests.push(request);
    connected(socket);
  });
  closeAfterTests(() => {
    for (const socket of accepted) socket.terminate();
    return server.close();
  });
  const address = await server.ready();
  return { server, url: `ws://127.0.0.1:${address?.port}/`, accepted, requests };
}

async function dial(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url);
  closeAfterTests(() => socket.terminate());
  await once(socket, "open");
  return socket;
}

/** A TCP port that accepts and says nothing. */
async function silentPort(): Promise<{ server: Server; url: string }> {
  const server = createServer((socket) => {
    closeAfterTests(() => socket.destroy());
    socket.on("error", () => {});
  });
  closeAfterTests(() => server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, url: `ws://127.0.0.1:${portOf(server)}/` };
}

function portOf(server: Server): number {
  const address = server.address();
  return address === null || typeof address === "string" ? 0 : address.port;
}

describe("WebSocket, in the manner of ws", { concurrency: 4, timeout: 60_000 }, () => {
  for (const [name, data, expected, binary] of [
    ["text", "né", Buffer.from("né"), false],
    ["an empty text", "", Buffer.alloc(0), false],
    ["a Buffer", Buffer.from([0, 255]), Buffer.from([0, 255]), true],
    ["a typed array's part", new Uint16Array([1, 2, 3]).subarray(1), Buffer.from([2, 0, 3, 0]), true],
    ["an ArrayBuffer", new Uint8Array([7, 8]).buffer, Buffer.from([7, 8]), true],
    ["a DataView", new DataView(new Uint8Array([1, 2, 3]).buffer, 1), Buffer.from([2, 3]), true],
    ["pieces", [Buffer.from("a"), Buffer.from("b")], Buffer.from("ab"), true],
  ] as const) {
    it(`sends ${name} and hears it as bytes`, async () => {
      const { url } = await listening();
      const socket = await dial(url);
      socket.send(data);
      assert.deepEqual(await once(socket, "message"), [expected, binary]);
      socket.close(1000);
      await once(socket, "close");
    });
  }

  it("sends bytes as text and text as bytes when it is told to", async () => {
    const { url } = await listening();
    const socket = await dial(url);
    socket.send(Buffer.from("né"), { binary: false });
    assert.deepEqual(await once(socket, "message"), [Buffer.from("né"), false]);
    socket.send("né", { binary: true });
    assert.deepEqual(await once(socket, "message"), [Buffer.from("né"), true]);
    assert.throws(() => socket.send(Buffer.from([0xff]), { binary: false }), TypeError);
    socket.terminate();
  });

  it("sends a prepared message to many", async () => {
    const { url, accepted } = await listening();
    const sockets = await Promise.all([dial(url), dial(url), dial(url)]);
    const heard = sockets.map((socket) => once(socket, "message"));
    const message = new PreparedMessage("to all");
    for (const socket of accepted) socket.send(message);
    for (const one of heard) assert.deepEqual(await one, [Buffer.from("to all"), false]);
    for (const socket of sockets) socket.terminate();
  });

  for (const [name, data] of [
    ["an object", {}],
    ["null", null],
    ["undefined", undefined],
  ] as const) {
    it(`refuses to send ${name}`, async () => {
      const { url } = await listening();
      const socket = await dial(url);
      // @ts-expect-error: what TypeScript refuses, JavaScript may still try.
      assert.throws(() => socket.send(data), TypeError);
      assert.throws(() => socket.send("half", { fin: false }), TypeError);
      socket.terminate();
    });
  }

  it("calls back when a message has been taken, and with an error when it was not", async () => {
    const { url } = await listening();
    const socket = new WebSocket(url);
    assert.throws(() => socket.send("too early"), /not open/);
    await once(socket, "open");
    assert.equal(await new Promise((resolve) => socket.send("x", resolve)), undefined);
    assert.equal(await new Promise((resolve) => socket.send("x", { binary: true }, resolve)), undefined);
    assert.equal(await new Promise((resolve) => socket.ping("x", true, resolve)), undefined);
    assert.equal(socket.bufferedAmount, 0);
    socket.terminate();
    await once(socket, "close");
    assert.ok((await new Promise((resolve) => socket.send("late", resolve))) instanceof Error);
    socket.send("late");
  });

  it("hands out the form of binary data that was asked for", async () => {
    const { url } = await listening();
    const socket = await dial(url);
    for (const [type, expected] of [
      ["arraybuffer", new Uint8Array([1, 2]).buffer],
      ["fragments", [Buffer.from([1, 2])]],
      ["nodebuffer", Buffer.from([1, 2])],
    ] as const) {
      socket.binaryType = type;
      socket.send(Buffer.from([1, 2]));
      assert.deepEqual(await once(socket, "message"), [expected, true]);
    }
    Reflect.set(socket, "binaryType", "blob");
    assert.equal(socket.binaryType, "nodebuffer");
    socket.terminate();
  });

  it("goes through its states, at both ends", async () => {
    const { url, accepted } = await listening();
    const socket = new WebSocket(url);
    assert.equal(socket.readyState, WebSocket.CONNECTING);
    await once(socket, "open");
    assert.equal(socket.readyState, socket.OPEN);
    const [other] = accepted;
    assert.ok(other);
    assert.equal(other.readyState, WebSocket.OPEN);
    socket.close(4001, Buffer.from("enough"));
    assert.equal(socket.readyState, WebSocket.CLOSING);
    const [mine, theirs] = await Promise.all([once(socket, "close"), once(other, "close")]);
    assert.deepEqual(mine, [4001, Buffer.from("enough")]);
    assert.deepEqual(theirs, [4001, Buffer.from("enough")]);
    assert.deepEqual([socket.readyState, other.readyState], [WebSocket.CLOSED, WebSocket.CLOSED]);
    assert.deepEqual([socket.url, other.url], [url, ""]);
  });

  it("pings and pongs, and leaves the pong to who says so", async () => {
    const { url } = await listening({ autoPong: false }, (socket) => {
      socket.on("ping", (data) => socket.pong(Buffer.concat([data, Buffer.from("!")])));
    });
    const socket = await dial(url);
    socket.ping("are you there");
    assert.deepEqual(await once(socket, "pong"), [Buffer.from("are you there!")]);
    assert.throws(() => socket.ping(Buffer.alloc(126)), RangeError);
    socket.terminate();
  });

  it("stops reading while it is paused", async () => {
    const { url, accepted } = await listening();
    const socket = await dial(url);
    const heard: string[] = [];
    socket.on("message", (data) => heard.push(String(data)));
    socket.pause();
    assert.equal(socket.isPaused, true);
    const [other] = accepted;
    other?.send("one");
    await new Promise((resolve) => other?.send("two", resolve));
    await until(() => other?.bufferedAmount === 0, "the messages to be on their way");
    assert.deepEqual(heard, []);
    socket.resume();
    await until(() => heard.length === 2, "the messages");
    assert.deepEqual([heard, socket.isPaused], [["one", "two"], false]);
    socket.pause();
    socket.close(1000);
    assert.equal((await once(socket, "close"))[0], 1000);
  });

  it("emits an error when the peer breaks a rule, and does no harm when nobody listens", async () => {
    const errors: unknown[] = [];
    const { url, accepted } = await listening({ maxPayload: 10 }, (socket) => {
      if (socket.listenerCount("error") === 0) socket.once("message", () => socket.on("error", (e) => errors.push(e)));
    });
    const unheard = await dial(url);
    unheard.send("x".repeat(11));
    assert.equal((await once(unheard, "close"))[0], 1009);
    const heard = await dial(url);
    heard.send("x");
    heard.send("x".repeat(11));
    assert.equal((await once(heard, "close"))[0], 1009);
    await until(() => errors.length === 1, "the error");
    const [error] = errors;
    assert.ok(error instanceof ConnectionClosedError);
    assert.deepEqual([error.code, error.closeCode], ["message_too_big", 1009]);
    assert.deepEqual(await accepted[1]?.closed, { code: 1009, reason: "message_too_big", wasClean: false });
  });

  it("tells of an upgrade, with the answer's headers", async () => {
    const { server, url } = await listening();
    server.on("headers", (lines, request) => lines.push(`X-Path: ${request.url}`));
    const socket = new WebSocket(`${url}deep?a=b`);
    const [response] = await once(socket, "upgrade");
    assert.equal(response.headers["x-path"], "/deep?a=b");
    socket.close();
    await once(socket, "close");
  });
});

describe("a dial that fails", { concurrency: 4, timeout: 60_000 }, () => {
  it("tells what the server answered, then that it is closed", async () => {
    const http = createHttpServer((_, response) => response.writeHead(403, { "X-Why": "because" }).end("no"));
    closeAfterTests(() => http.close());
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    const socket = new WebSocket(`ws://127.0.0.1:${portOf(http)}/`);
    const [[, response], [error], [code]] = await Promise.all([
      once(socket, "unexpected-response"),
      once(socket, "error"),
      new Promise<unknown[]>((resolve) => socket.on("close", (...all) => resolve(all))),
    ]);
    assert.equal(response.statusCode, 403);
    assert.ok(error instanceof HandshakeError);
    assert.deepEqual([error.status, error.headers?.["x-why"], error.body, code], [403, "because", "no", 1006]);
  });

  for (const [name, end] of [
    ["close", (socket: WebSocket) => socket.close(1000)],
    ["terminate", (socket: WebSocket) => socket.terminate()],
  ] as const) {
    it(`can be given up with ${name}`, async () => {
      const { url } = await silentPort();
      const socket = new WebSocket(url);
      end(socket);
      assert.equal(socket.readyState, WebSocket.CLOSING);
      const closed = socket.closed;
      const [error] = await once(socket, "error");
      assert.equal(error.code, "given_up");
      assert.deepEqual(await closed, { code: 1006, reason: "", wasClean: false });
      assert.deepEqual(await socket.closed, { code: 1006, reason: "", wasClean: false });
    });
  }

  it("ends in time, or by its signal, and needs no listener", async () => {
    const { url } = await silentPort();
    const late = new WebSocket(url, { handshakeTimeout: 50 });
    assert.equal((await late.closed).code, 1006);
    const aborted = new WebSocket(url, [], { signal: AbortSignal.abort(new Error("no longer")) });
    const [error] = await once(aborted, "error");
    assert.equal(error.message, "no longer");
    await assert.rejects(WebSocket.connect(url, { signal: AbortSignal.timeout(20) }), { name: "TimeoutError" });
  });

  for (const url of [
    "",
    "nonsense",
    "ftp://host/",
    "ws://host/#part",
    "ws://u:p@host/",
    "ws+unix://",
    "ws+unix:///a:b",
  ]) {
    it(`does not begin with the URL ${JSON.stringify(url)}`, () => {
      assert.throws(() => new WebSocket(url), SyntaxError);
    });
  }

  it("does not begin with credentials in the URL, nor tells them to whoever reads the error", () => {
    const fails = (error: unknown): boolean => error instanceof SyntaxError && !/secret/.test(error.message);
    assert.throws(() => new WebSocket("ws://me:secret@127.0.0.1:1/"), fails);
    assert.throws(() => new WebSocket("ws://me:secret@127.0.0.1:1/"), /Authorization header/);
  });
});

describe("a dial over", { concurrency: 4, timeout: 60_000 }, () => {
  it("a Unix domain socket, with a path", async () => {
    const path = join(tmpdir(), `everwire-${process.pid}.sock`);
    const http = createHttpServer();
    const server = new WebSocketServer({ server: http, path: "/deep" });
    closeAfterTests(() => http.close());
    http.listen(path);
    await once(http, "listening");
    const socket = await dial(`ws+unix://${path}:/deep?x=1`);
    assert.equal(server.clients.size, 1);
    socket.close(1000);
    await once(socket, "close");
    await server.close();
    http.close();
  });

  it("redirects, as many as are allowed, and with the credentials of one origin", async () => {
    const { url, requests } = await listening();
    const http = createHttpServer();
    closeAfterTests(() => http.close());
    const seen: (string | undefined)[] = [];
    http.on("request", (request, response) => {
      seen.push(request.headers.cookie);
      response.writeHead(302, { Location: request.url === "/first" ? "/second" : url }).end();
    });
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    const first = `ws://127.0.0.1:${portOf(http)}/first`;
    const headers = { Cookie: "a=b", Authorization: "secret", "X-Other": "kept" };
    await assert.rejects(WebSocket.connect(first, { headers }), { code: "unexpected_status", status: 302 });
    await assert.rejects(WebSocket.connect(first, { headers, maxRedirects: 1 }), { code: "too_many_redirects" });
    const followed: string[] = [];
    const socket = new WebSocket(first, { headers, followRedirects: true });
    socket.on("redirect", (to) => followed.push(to));
    await once(socket, "open");
    assert.deepEqual(followed, [first.replace("first", "second"), url]);
    assert.equal(socket.url, url);
    assert.deepEqual(seen, ["a=b", "a=b", "a=b", "a=b", "a=b"]);
    const { cookie, authorization, "x-other": other } = requests[0]?.headers ?? {};
    assert.deepEqual([cookie, authorization, other], [undefined, undefined, "kept"]);
    socket.terminate();
  });
});

describe("close()", { timeout: 60_000 }, () => {
  it("refuses codes that must not be sent, and may be called twice", async () => {
    const { url } = await listening();
    const socket = await dial(url);
    assert.throws(() => socket.close(1006), RangeError);
    assert.throws(() => socket.close(1000, "x".repeat(124)), RangeError);
    assert.equal(socket.readyState, WebSocket.OPEN);
    socket.close();
    socket.close(1000);
    assert.equal((await within(3000, once(socket, "close")))[0], 1005);
    socket.close();
    socket.terminate();
    socket.pause();
    assert.equal(socket.isPaused, false);
  });
});
