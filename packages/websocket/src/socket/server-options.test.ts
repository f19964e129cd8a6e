import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { describeCloseCode } from "../frame/close-code.ts";
import { closeAfterTests, RawPeer, until, upgradeRequest, within } from "../raw-peer.test.ts";
import type { WebSocketServerOptions } from "./server-options.ts";
import type { VerifyDone } from "./verification.ts";
import { WebSocket } from "./websocket.ts";
import { WebSocketServer } from "./websocket-server.ts";

async function serving(options: WebSocketServerOptions = {}): Promise<{ server: WebSocketServer; url: string }> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", ...options });
  closeAfterTests(() => {
    for (const socket of server.clients) socket.terminate();
    return server.close();
  });
  return { server, url: `ws://127.0.0.1:${(await server.ready())?.port}/` };
}

function connect(
  url: string,
  protocols: readonly string[] = [],
  headers: Record<string, string> = {},
): Promise<WebSocket> {
  return WebSocket.connect(url, { protocols, headers, origin: "https://example.com" });
}

describe("verifyClient", { concurrency: 4, timeout: 30_000 }, () => {
  const later = (answer: (done: VerifyDone) => void) => (_: unknown, done: VerifyDone) => {
    setImmediate(answer, done);
  };
  for (const [name, verifyClient, expected] of [
    ["returns true", () => true, undefined],
    ["returns false", () => false, { status: 401, body: "" }],
    ["calls done with true", later((done) => done(true)), undefined],
    ["calls done with false", later((done) => done(false)), { status: 401, body: "" }],
    ["says how", later((done) => done(false, 429, "later", { "Retry-After": "9" })), { status: 429, body: "later" }],
  ] as const) {
    it(`answers what it ${name}`, async () => {
      const { url } = await serving({ verifyClient });
      if (expected === undefined) (await connect(url)).terminate();
      else await assert.rejects(connect(url), expected);
    });
  }

  it("is told of the origin, the encryption and the request", async () => {
    const seen: unknown[] = [];
    const { url } = await serving({
      verifyClient: ({ origin, secure, req }) => seen.push(origin, secure, req.url) > 0,
    });
    (await connect(`${url}path`)).terminate();
    assert.deepEqual(seen, ["https://example.com", false, "/path"]);
  });

  it("is refused beside verify", () => {
    const both = { noServer: true, verify: () => undefined, verifyClient: () => true };
    assert.throws(() => new WebSocketServer(both), TypeError);
    assert.throws(() => new WebSocketServer({ noServer: true, ...{ skipUTF8Validation: true } }), TypeError);
  });
});

describe("subprotocols", { concurrency: 4, timeout: 30_000 }, () => {
  for (const [name, options, expected] of [
    ["the first without a choice", {}, "one"],
    ["handleProtocols' choice", { handleProtocols: (offered: Set<string>) => [...offered][1] ?? false }, "two"],
    ["none when it says false", { handleProtocols: () => false as const }, ""],
    ["protocols' choice", { protocols: (offered: readonly string[]) => offered[1] }, "two"],
  ] as const) {
    it(`agree on ${name}`, async () => {
      const { server, url } = await serving(options);
      const accepted = once(server, "connection");
      const socket = await connect(url, ["one", "two"]);
      assert.deepEqual([socket.protocol, (await accepted)[0].protocol], [expected, expected]);
      socket.terminate();
    });
  }
});

describe("a WebSocketServer", { concurrency: 4, timeout: 30_000 }, () => {
  it("keeps its connections in clients, until they are closed", async () => {
    const { server, url } = await serving();
    const [accepted] = await Promise.all([once(server, "connection"), connect(url).then((socket) => socket.close())]);
    assert.ok(accepted[0] instanceof WebSocket);
    await until(() => server.clients.size === 0, "the end");
    assert.equal(accepted[0].readyState, WebSocket.CLOSED);
  });

  it("ends with 1011 a connection whose asynchronous listener fails", async () => {
    const errors: unknown[] = [];
    const { server, url } = await serving({ onError: (error) => errors.push(error) });
    const fail: (socket: WebSocket) => unknown = async (socket) => {
      await socket.receive();
      throw new Error("not today");
    };
    server.on("connection", fail);
    const socket = await connect(url);
    socket.send("x");
    assert.equal((await socket.closed).code, 1011);
    assert.match(String(errors), /not today/);
  });

  it("takes it for the end of a loop, not for a failure, that a connection breaks", async () => {
    const errors: unknown[] = [];
    const { server, url } = await serving({ onError: (error) => errors.push(error) });
    let left = false;
    const read: (socket: WebSocket) => unknown = async (socket) => {
      try {
        for await (const { data } of socket) assert.equal(data, "x");
      } finally {
        left = true;
      }
    };
    server.on("connection", read);
    const socket = await connect(url);
    socket.send("x");
    socket.terminate();
    await until(() => left, "the end of the loop");
    await new Promise(setImmediate);
    assert.deepEqual(errors, []);
  });

  it("leaves connections alone that it is told not to keep", async () => {
    const { server, url } = await serving({ clientTracking: false });
    const accepted = once(server, "connection");
    const socket = await connect(url);
    assert.equal(server.clients.size, 0);
    const closed = server.close();
    const message = socket.receive();
    (await accepted)[0].send("still here");
    assert.equal((await message).data, "still here");
    socket.terminate();
    await within(2000, closed);
  });

  it("makes connections of the class that it is given", async () => {
    class Client extends WebSocket {
      alive = true;
    }
    const { server, url } = await serving({ WebSocket: Client });
    const accepted = once(server, "connection");
    (await connect(url)).terminate();
    const [socket] = await accepted;
    assert.ok(socket instanceof Client && socket.alive);
  });

  it("tells when it listens, where, and when it is closed", async () => {
    let listening = 0;
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1", backlog: 10 }, () => listening++);
    await once(server, "listening");
    const address = server.address();
    assert.equal(typeof address === "object" && address?.address, "127.0.0.1");
    const closed = once(server, "close");
    let called = 0;
    void server.close(() => called++);
    await Promise.all([closed, server.close()]);
    assert.deepEqual([listening, called, server.address()], [1, 1, null]);
  });

  it("tells of an error of its HTTP server to who listens", async () => {
    const { server } = await serving();
    const address = server.address();
    const port = typeof address === "object" ? address?.port : 0;
    const second = new WebSocketServer({ port, host: "127.0.0.1" });
    const [error] = await once(second, "error");
    assert.equal(error.code, "EADDRINUSE");
    await second.close();
  });

  it("leaves the errors of a server that is not its own to their listeners", async () => {
    const { server } = await serving();
    const address = server.address();
    const port = typeof address === "object" ? address?.port : 0;
    const errors: string[] = [];
    const http = createServer().on("error", () => errors.push("owner"));
    const second = new WebSocketServer({ server: http });
    const failed = async (): Promise<void> => {
      http.listen(port, "127.0.0.1");
      await once(http, "error").catch(() => {});
    };
    await failed();
    second.on("error", () => errors.push("server"));
    second.on("error", () => errors.push("again"));
    await failed();
    assert.deepEqual(errors, ["owner", "owner", "server", "again"]);
    await second.close();
  });

  it("lets listeners add to the headers of the answer, one line each", async () => {
    const { server, url } = await serving({ headers: { "X-All": "same" }, onError: () => {} });
    server.on("headers", (lines, request) => {
      lines.push("Set-Cookie: a=b", "Set-Cookie: c=d");
      if (request.url === "/bad") lines.push("X: a\r\nY: b");
    });
    const socket = new WebSocket(url);
    const [response] = await once(socket, "upgrade");
    assert.deepEqual([response.headers["set-cookie"], response.headers["x-all"]], [["a=b", "c=d"], "same"]);
    socket.terminate();
    await assert.rejects(connect(`${url}bad`), { code: "connection_failed" });
  });

  it("shows who was refused, and has answered already", async () => {
    const { server, url } = await serving();
    const seen = once(server, "wsClientError");
    const peer = await RawPeer.dial(Number(new URL(url).port));
    peer.write(upgradeRequest({ "Sec-WebSocket-Key": "short" }));
    const [error, stream, request] = await seen;
    assert.deepEqual([error.code, error.status, request.url], ["key_invalid", 400, "/"]);
    assert.ok(stream.writable === false || stream.writableEnded);
    assert.match(await peer.head(), /^HTTP\/1.1 400 /);
    await peer.gone();
  });

  it("handles what its subclass says it does", async () => {
    class Picky extends WebSocketServer {
      override shouldHandle(request: IncomingMessage): boolean {
        return request.headers["x-in"] === "yes";
      }
    }
    const server = new Picky({ port: 0, host: "127.0.0.1" });
    closeAfterTests(() => server.close());
    const url = `ws://127.0.0.1:${(await server.ready())?.port}/`;
    await assert.rejects(connect(url), { status: 404 });
    (await connect(url, [], { "X-In": "yes" })).terminate();
  });

  it("shares an HTTP server with another by noServer and handleUpgrade", async () => {
    const http = createServer();
    const [one, two] = [new WebSocketServer({ noServer: true }), new WebSocketServer({ noServer: true })];
    closeAfterTests(() => http.close());
    http.on("upgrade", (request, socket, head) => {
      if (request.url === "/one") one.handleUpgrade(request, socket, head, (client) => client.send("from one"));
      else two.handleUpgrade(request, socket, head);
    });
    two.on("connection", (client, request) => client.send(`from two at ${request.url}`));
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    // After `listening` a TCP server has an address of this form.
    const url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}`;
    const sockets = await Promise.all([connect(`${url}/one`), connect(`${url}/two`)]);
    const heard = await Promise.all(sockets.map((socket) => socket.receive()));
    assert.deepEqual(
      heard.map(({ data }) => data),
      ["from one", "from two at /two"],
    );
    assert.equal(one.address(), null);
    await Promise.all([one.close(), two.close()]);
    assert.deepEqual(
      (await Promise.all(sockets.map((socket) => socket.closed))).map(({ code }) => code),
      [1001, 1001],
    );
    http.close();
  });
});

describe("a close code", () => {
  for (const [code, name, expected, reconnect] of [
    [1000, "normal_closure", true, false],
    [1001, "going_away", true, true],
    [1006, "abnormal_closure", false, true],
    [1008, "policy_violation", false, false],
    [1012, "service_restart", true, true],
    [3000, "unauthorized", false, false],
    [3500, "library", true, true],
    [4999, "application", true, true],
    [999, "unknown", false, true],
    [1004, "unknown", false, true],
    [5000, "unknown", false, true],
  ] as const) {
    it(`${code} is ${name}`, () => {
      assert.deepEqual(describeCloseCode(code), { name, expected, reconnect });
    });
  }
});
