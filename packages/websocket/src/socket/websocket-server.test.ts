import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { describe, it } from "node:test";
import type { ConnectionHandler } from "../connection/connection-handler.ts";
import { connect } from "../handshake/connect.ts";
import { closeAfterTests, RawPeer, rawFrame, until, upgradeRequest, within } from "../raw-peer.test.ts";
import type { WebSocketServerOptions } from "./server-options.ts";
import type { WebSocket } from "./websocket.ts";
import { WebSocketServer } from "./websocket-server.ts";

const silent: ConnectionHandler = { message: () => {}, close: () => {} };

interface EchoServer {
  readonly server: WebSocketServer;
  readonly port: number;
  readonly messages: unknown[];
  close(): Promise<void>;
}

/** A server that sends back every message and notes what it hears. */
async function echoServer(
  options: Partial<WebSocketServerOptions> = {},
  onConnection: (socket: WebSocket) => void = () => {},
): Promise<EchoServer> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", ...options });
  const messages: unknown[] = [];
  server.on("connection", (socket) => {
    socket.onmessage = ({ data }) => {
      messages.push(data);
      socket.send(data);
    };
    onConnection(socket);
  });
  const close = async (): Promise<void> => {
    for (const socket of server.clients) socket.terminate();
    await server.close();
  };
  closeAfterTests(close);
  return { server, port: (await server.ready())?.port ?? 0, messages, close };
}

/** Sends a request as it is and gives the head of the answer, once the server has closed. */
async function refused(echo: EchoServer, request: string, after: Buffer = Buffer.alloc(0)): Promise<string> {
  const peer = await RawPeer.dial(echo.port);
  peer.write(Buffer.concat([Buffer.from(request, "latin1"), after]));
  const head = await peer.head();
  await peer.gone();
  return head;
}

describe("handshakes over TCP", { concurrency: 4, timeout: 60_000 }, () => {
  for (const [row, name, request, status, header] of [
    [19, "POST", upgradeRequest({ "Content-Length": "0" }, "POST / HTTP/1.1"), 405, "Allow: GET"],
    [19, "HEAD", upgradeRequest({}, "HEAD / HTTP/1.1"), 405, "Allow: GET"],
    [20, "HTTP/1.0", upgradeRequest({}, "GET / HTTP/1.0"), 400, "Connection: close"],
    [21, "Upgrade: h2c", upgradeRequest({ Upgrade: "h2c" }), 426, "Upgrade: websocket"],
    [21, "Upgrade: foo, websocket", upgradeRequest({ Upgrade: "foo, websocket" }), 426, "Upgrade: websocket"],
    [22, "no Connection: Upgrade", upgradeRequest({ Connection: "close" }), 426, "Upgrade: websocket"],
    [23, "version 12", upgradeRequest({ "Sec-WebSocket-Version": "12" }), 426, "Sec-WebSocket-Version: 13"],
    [24, "no key", upgradeRequest({ "Sec-WebSocket-Key": undefined }), 400, "Connection: close"],
    [26, "a bad protocol", upgradeRequest({ "Sec-WebSocket-Protocol": "é" }), 400, "Connection: close"],
    [28, "a bad extension", upgradeRequest({ "Sec-WebSocket-Extensions": "a; =" }), 400, "Connection: close"],
    [31, "another path", upgradeRequest({}, "GET /other HTTP/1.1"), 404, "Connection: close"],
    [32, "a body", `${upgradeRequest({ "Content-Length": "10" })}0123456789`, 400, "Connection: close"],
  ] as const) {
    it(`row ${row}: ${name} is refused with ${status}`, async () => {
      const echo = await echoServer({ path: "/" });
      const head = await refused(echo, request);
      assert.ok(head.startsWith(`HTTP/1.1 ${status} `), head);
      assert.ok(head.includes(`\r\n${header}`), head);
      assert.equal(echo.server.clients.size, 0);
      await echo.close();
    });
  }

  it("row 12: 2000 headers before Upgrade are refused", async () => {
    const echo = await echoServer();
    const many = Object.fromEntries(Array.from({ length: 2000 }, (_, at) => [`a${at}`, "1"]));
    const request = `GET / HTTP/1.1\r\n${Object.keys(many)
      .map((name) => `${name}:1`)
      .join("\r\n")}\r\n`;
    const head = await refused(echo, request + upgradeRequest().slice("GET / HTTP/1.1\r\n".length));
    assert.match(head, /^HTTP\/1\.1 4(00|26|31) /);
    await echo.close();
  });

  it("row 27: unknown extensions are ignored", async () => {
    const echo = await echoServer();
    const peer = await RawPeer.dial(echo.port);
    peer.write(upgradeRequest({ "Sec-WebSocket-Extensions": "constructor, __proto__; x=1, permessage-deflate" }));
    const head = await peer.head();
    assert.ok(head.startsWith("HTTP/1.1 101 "));
    assert.doesNotMatch(head, /extensions/i);
    peer.socket.destroy();
    await echo.close();
  });

  it("row 34: what follows a refused handshake is discarded", async () => {
    const echo = await echoServer({ path: "/only" });
    const head = await refused(echo, upgradeRequest(), rawFrame({ opcode: 1, payload: "x".repeat(100_000) }));
    assert.ok(head.startsWith("HTTP/1.1 404 "));
    assert.deepEqual(echo.messages, []);
    await echo.close();
  });

  it("answers plain HTTP with 426, on another path with 404", async () => {
    const echo = await echoServer({ path: "/" });
    const plain = await fetch(`http://127.0.0.1:${echo.port}/`);
    assert.deepEqual([plain.status, plain.headers.get("upgrade")], [426, "websocket"]);
    assert.equal((await fetch(`http://127.0.0.1:${echo.port}/other`)).status, 404);
    await echo.close();
  });

  it("survives a peer that resets a refused handshake", async () => {
    const echo = await echoServer({ path: "/only" });
    for (let at = 0; at < 20; at++) {
      const peer = await RawPeer.dial(echo.port);
      peer.write(upgradeRequest());
      peer.socket.resetAndDestroy();
    }
    const connection = await connect(`ws://127.0.0.1:${echo.port}/only`);
    connection.terminate();
    await echo.close();
  });
});

describe("verify", { concurrency: 4, timeout: 60_000 }, () => {
  it("refuses with the status, body and headers that it returns", async () => {
    const echo = await echoServer({ verify: () => ({ status: 401, body: "who?", headers: { "X-A": "b" } }) });
    await assert.rejects(connect(`ws://127.0.0.1:${echo.port}/`), { status: 401, body: "who?" });
    await echo.close();
  });

  it("row 33: loses nothing that came while it was thinking", async () => {
    let asked = false;
    const echo = await echoServer({
      verify: async ({ socket }) => {
        const before = socket.bytesRead;
        asked = true;
        await until(() => socket.bytesRead > before, "the second frame");
        return undefined;
      },
    });
    const peer = await RawPeer.dial(echo.port);
    peer.write(Buffer.concat([Buffer.from(upgradeRequest()), rawFrame({ opcode: 1, payload: "first" })]));
    await until(() => asked, "the question");
    peer.frame({ opcode: 1, payload: "second" });
    assert.ok((await peer.head()).startsWith("HTTP/1.1 101 "));
    assert.equal((await peer.next()).payload.toString(), "first");
    assert.equal((await peer.next()).payload.toString(), "second");
    peer.socket.destroy();
    await echo.close();
  });

  it("row 36: answers 500 when it throws, and tells of it once", async () => {
    const errors: unknown[] = [];
    const echo = await echoServer({
      verify: () => Promise.reject(new Error("broken")),
      onError: (error) => errors.push(error),
    });
    assert.ok((await refused(echo, upgradeRequest())).startsWith("HTTP/1.1 500 "));
    assert.equal(errors.length, 1);
    await echo.close();
  });

  for (const [name, leave] of [
    ["ends", (peer: RawPeer) => peer.socket.end()],
    ["resets", (peer: RawPeer) => peer.socket.resetAndDestroy()],
  ] as const) {
    it(`row 37: is told when the client ${name} the connection meanwhile`, async () => {
      let seen: AbortSignal | undefined;
      const echo = await echoServer({
        verify: (_, signal) => {
          seen = signal;
          return new Promise(() => {});
        },
      });
      const peer = await RawPeer.dial(echo.port);
      peer.write(upgradeRequest());
      await until(() => seen !== undefined, "the question");
      leave(peer);
      await until(() => seen?.aborted === true, "the abort signal");
      assert.equal(echo.server.clients.size, 0);
      await echo.close();
    });
  }
});

describe("WebSocketServer", { concurrency: 4, timeout: 60_000 }, () => {
  it("closes its connections with 1001 and resolves when they are gone", async () => {
    const echo = await echoServer();
    const connection = await connect(`ws://127.0.0.1:${echo.port}/`);
    const code = new Promise((resolve) => connection.start({ message: () => {}, close: resolve }));
    await until(() => echo.server.clients.size === 1, "the connection");
    await within(3000, echo.server.close(), "the close");
    assert.equal(await code, 1001);
    assert.equal(echo.server.clients.size, 0);
    await assert.rejects(connect(`ws://127.0.0.1:${echo.port}/`));
  });

  for (const [name, bytes] of [
    ["says nothing", ""],
    ["never ends its request", "GET / HTTP/1.1\r\nHost: a\r\n"],
  ] as const) {
    it(`closes although a peer ${name}`, async () => {
      const echo = await echoServer();
      const peer = await RawPeer.dial(echo.port);
      peer.write(bytes);
      const connection = await connect(`ws://127.0.0.1:${echo.port}/`);
      connection.start(silent);
      await within(3000, echo.server.close(), "the close");
      await peer.gone();
    });
  }

  it("ends with 1011 a connection that the application cannot take", async () => {
    const errors: unknown[] = [];
    const echo = await echoServer({ onError: (error) => errors.push(error) }, () => {
      throw new Error("not today");
    });
    const peer = await RawPeer.open(echo.port);
    assert.equal(await peer.closeCode(), 1011);
    assert.equal(errors.length, 1);
    peer.socket.destroy();
    await echo.close();
  });

  it("answers 500 when the subprotocol chosen was not offered", async () => {
    const echo = await echoServer({ protocols: () => "mine" });
    assert.ok((await refused(echo, upgradeRequest({ "Sec-WebSocket-Protocol": "yours" }))).startsWith("HTTP/1.1 500 "));
    await echo.close();
  });

  it("lives on a server of somebody else", async () => {
    const http = createServer((_, response) => response.end("a page"));
    const server = new WebSocketServer({ server: http });
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    const address = http.address();
    const port = address === null || typeof address === "string" ? 0 : address.port;
    const connection = await connect(`ws://127.0.0.1:${port}/`);
    connection.start(silent);
    assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), "a page");
    connection.close(1000);
    await server.close();
    http.close();
    http.closeAllConnections();
  });

  it("rejects when it cannot listen", async () => {
    const echo = await echoServer();
    const second = new WebSocketServer({ port: echo.port, host: "127.0.0.1" });
    await assert.rejects(second.ready(), /EADDRINUSE/);
    await second.close();
    await echo.close();
  });

  it("needs exactly one place to take upgrades from", () => {
    assert.throws(() => new WebSocketServer({}), TypeError);
    assert.throws(() => new WebSocketServer({ port: 0, noServer: true }), TypeError);
  });

  it("refuses options that make no sense before the first peer comes", () => {
    const server = (options: Partial<WebSocketServerOptions>): WebSocketServer =>
      new WebSocketServer({ noServer: true, ...options });
    assert.throws(() => server({ maxPayload: 0 }), RangeError);
    assert.throws(() => server({ headers: { "X-Note": "a\r\nb" } }), TypeError);
  });
});
