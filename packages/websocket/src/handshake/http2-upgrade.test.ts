import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect as connectHttp2,
  createSecureServer,
  createServer,
  type Http2Server,
  type Http2ServerRequest,
  type OutgoingHttpHeaders,
} from "node:http2";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { Connection } from "../connection/connection.ts";
import { closeAfterTests, until, within } from "../raw-peer.test.ts";
import type { WebSocketServerOptions } from "../socket/server-options.ts";
import { WebSocket } from "../socket/websocket.ts";
import { WebSocketServer } from "../socket/websocket-server.ts";
import { certificate, privateKey } from "../test-certificate.test.ts";

interface Tunnels {
  readonly http: Http2Server;
  readonly server: WebSocketServer;
  readonly session: ClientHttp2Session;
  readonly requests: IncomingMessage[];
}

/** An HTTP/2 server that echoes, and a session to it that knows it may ask for tunnels. */
async function tunnels(options: WebSocketServerOptions = {}): Promise<Tunnels> {
  const http = createServer();
  const server = new WebSocketServer({ server: http, ...options });
  const requests: IncomingMessage[] = [];
  server.on("connection", (socket, request) => {
    requests.push(request);
    socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const session = await openSession(http);
  closeAfterTests(() => {
    session.destroy();
    for (const socket of server.clients) socket.terminate();
    http.close();
  });
  return { http, server, session, requests };
}

async function openSession(http: Http2Server): Promise<ClientHttp2Session> {
  // After `listening` a TCP server has an address of this form.
  const session = connectHttp2(`http://127.0.0.1:${(http.address() as AddressInfo).port}`);
  const [settings] = await once(session, "remoteSettings");
  assert.equal(settings.enableConnectProtocol, true);
  return session;
}

function ask(session: ClientHttp2Session, headers: OutgoingHttpHeaders = {}): ClientHttp2Stream {
  const stream = session.request(
    {
      ":method": "CONNECT",
      ":protocol": "websocket",
      ":scheme": "http",
      ":path": "/chat?a=b",
      ":authority": "example.com",
      "sec-websocket-version": "13",
      ...headers,
    },
    { endStream: false },
  );
  stream.on("error", () => {});
  return stream;
}

async function answerTo(stream: ClientHttp2Stream): Promise<Record<string, unknown>> {
  const [headers] = await within(3000, once(stream, "response"), "the answer");
  return headers;
}

/** The client's end of an accepted tunnel. */
async function dial(session: ClientHttp2Session, headers?: OutgoingHttpHeaders): Promise<Connection> {
  const stream = ask(session, headers);
  const answer = await answerTo(stream);
  assert.equal(answer[":status"], 200);
  const protocol = String(answer["sec-websocket-protocol"] ?? "");
  return new Connection(stream, { role: "client", head: Buffer.alloc(0), protocol, options: undefined });
}

describe("WebSockets over HTTP/2", { concurrency: 4, timeout: 30_000 }, () => {
  it("go both ways, several in one session, and close as others do", async () => {
    const { session, server } = await tunnels();
    const connections = await Promise.all([dial(session), dial(session)]);
    assert.equal(server.clients.size, 2);
    const ends = connections.map((connection, at) => {
      const payloads = [`né ${at}`, Buffer.alloc(200_000, at)];
      return new Promise<unknown[]>((resolve) => {
        const heard: unknown[] = [];
        connection.start({
          message: (data) => {
            heard.push(data);
            if (heard.length === payloads.length) connection.close(4000, "enough");
          },
          close: (code, reason) => resolve([heard, code, reason]),
        });
        for (const payload of payloads) connection.send(payload);
      });
    });
    for (const [at, end] of ends.entries()) {
      assert.deepEqual(await within(5000, end, "the end"), [[`né ${at}`, Buffer.alloc(200_000, at)], 4000, "enough"]);
    }
    await until(() => server.clients.size === 0, "the end of both");
    assert.equal(session.destroyed, false);
  });

  it("come with a request like those of HTTP/1.1, and agree on a subprotocol", async () => {
    const { session, server, requests } = await tunnels();
    server.on("headers", (lines) => lines.push("Set-Cookie: a=b"));
    const headers = { origin: "https://example.com", cookie: "c=d", "sec-websocket-protocol": "chat, other" };
    const stream = ask(session, headers);
    const answer = await answerTo(stream);
    assert.deepEqual([answer["sec-websocket-protocol"], answer["set-cookie"]], ["chat", ["a=b"]]);
    assert.equal(answer.connection ?? answer.upgrade ?? answer["sec-websocket-accept"], undefined);
    const [request] = requests;
    assert.deepEqual([request?.url, request?.method, request?.httpVersion], ["/chat?a=b", "GET", "2.0"]);
    assert.deepEqual(
      [request?.headers.host, request?.headers.origin, request?.headers.cookie],
      ["example.com", "https://example.com", "c=d"],
    );
    assert.equal(request?.socket.remoteAddress, "127.0.0.1");
    stream.destroy();
  });

  for (const [name, options, headers, status] of [
    ["another version", {}, { "sec-websocket-version": "12" }, 426],
    ["a bad subprotocol", {}, { "sec-websocket-protocol": "a,a" }, 400],
    ["another path", { path: "/only" }, {}, 404],
    ["what verify refuses", { verify: () => ({ status: 403, body: "no" }) }, {}, 403],
    ["what verify fails on", { verify: () => Promise.reject(new Error("x")), onError: () => {} }, {}, 500],
    ["a choice that was not offered", { handleProtocols: () => "x" }, { "sec-websocket-protocol": "a" }, 500],
  ] as const) {
    it(`refuse ${name} with ${status}`, async () => {
      const { session, server } = await tunnels(options);
      const stream = ask(session, headers);
      assert.equal((await answerTo(stream))[":status"], status);
      stream.end();
      stream.resume();
      await within(3000, once(stream, "close"), "the end of the stream");
      assert.equal(server.clients.size, 0);
    });
  }

  it("hear of a stream that is reset", async () => {
    const { session, server } = await tunnels();
    const accepted = once(server, "connection");
    const stream = ask(session);
    await answerTo(stream);
    const [socket] = await accepted;
    const closed = once(socket, "close");
    stream.destroy();
    assert.equal((await within(3000, closed))[0], 1006);
  });

  it("are closed with their server, other streams are left alone", async () => {
    const { http, session, server } = await tunnels();
    http.on("request", (_request: Http2ServerRequest, response: { end(body: string): void }) => response.end("a page"));
    const connection = await dial(session);
    const code = new Promise((resolve) => connection.start({ message: () => {}, close: resolve }));
    const page = session.request({ ":path": "/" });
    let body = "";
    for await (const chunk of page) body += chunk;
    assert.equal(body, "a page");
    await within(3000, server.close(), "the close");
    assert.equal(await code, 1001);
  });

  it("are taken although the server has request listeners; another CONNECT is not", async () => {
    const { http, session } = await tunnels();
    http.on("request", (_request: Http2ServerRequest, response: { end(): void }) => response.end());
    (await dial(session)).terminate();
    const plain = session.request({ ":method": "CONNECT", ":authority": "example.com:443" });
    plain.on("error", () => {});
    assert.equal((await answerTo(plain))[":status"], 405);
    plain.destroy();
  });

  it("are taken by handleUpgrade of a server without one", async () => {
    const http = createServer({ settings: { enableConnectProtocol: true } });
    const server = new WebSocketServer({ noServer: true });
    http.on("connect", (request: Http2ServerRequest) => {
      server.handleUpgrade(request, request.stream, Buffer.alloc(0), (socket) => socket.send("hello"));
    });
    http.on("request", () => {});
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    const session = await openSession(http);
    closeAfterTests(() => {
      session.destroy();
      http.close();
    });
    const connection = await dial(session);
    assert.equal(await new Promise((resolve) => connection.start({ message: resolve, close: () => {} })), "hello");
    connection.terminate();
  });

  it("share a server with those over HTTP/1.1 and TLS", async () => {
    const https = createSecureServer({ key: privateKey, cert: certificate, allowHTTP1: true });
    const server = new WebSocketServer({ server: https });
    closeAfterTests(() => https.close());
    server.on("connection", (socket, request) => socket.send(request.httpVersion));
    https.listen(0, "127.0.0.1");
    await once(https, "listening");
    const { port } = https.address() as AddressInfo;
    const socket = await WebSocket.connect(`wss://localhost:${port}/`, { ca: certificate, lookup: loopback });
    assert.equal((await socket.receive()).data, "1.1");
    socket.terminate();
    const session = connectHttp2(`https://localhost:${port}`, { ca: certificate, lookup: loopback });
    await once(session, "remoteSettings");
    const connection = await dial(session, { ":scheme": "https" });
    assert.equal(await new Promise((resolve) => connection.start({ message: resolve, close: () => {} })), "2.0");
    connection.terminate();
    session.destroy();
    https.close();
  });
});

function loopback(
  _host: string,
  options: { all?: boolean | undefined },
  done: (error: null, address: string | { address: string; family: number }[], family?: number) => void,
): void {
  if (options.all === true) done(null, [{ address: "127.0.0.1", family: 4 }]);
  else done(null, "127.0.0.1", 4);
}
