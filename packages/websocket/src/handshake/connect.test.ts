import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createServer, type Server, type Socket } from "node:net";
import { describe, it } from "node:test";
import { closeAfterTests, echoServer, until } from "../raw-peer.test.ts";
import { WebSocketServer } from "../socket/websocket-server.ts";
import { certificate, privateKey } from "../test-certificate.test.ts";
import { connect } from "./connect.ts";
import { HandshakeError } from "./handshake-error.ts";
import { acceptResponse } from "./handshake-response.ts";

/** A server that does with each socket and the key it was sent what a test wants. */
async function answering(answer: (socket: Socket, key: string) => void): Promise<{ server: Server; url: string }> {
  const server = createServer((socket) => {
    closeAfterTests(() => socket.destroy());
    socket.on("error", () => {});
    socket.once("data", (request) => {
      const key = /^sec-websocket-key: (.*)\r$/im.exec(request.toString("latin1"))?.[1];
      answer(socket, key ?? "");
    });
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

async function failure(promise: Promise<unknown>): Promise<HandshakeError> {
  const error = await promise.then(
    () => assert.fail("connected"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof HandshakeError, String(error));
  return error;
}

describe("connect", { concurrency: 4, timeout: 60_000 }, () => {
  it("offers subprotocols and headers, and tells which subprotocol was chosen", async () => {
    const echo = await echoServer({ protocols: (offered) => offered[1] });
    const connection = await connect(`ws://127.0.0.1:${echo.port}/deep?a=b`, { protocols: ["one", "two"] });
    assert.equal(connection.protocol, "two");
    assert.equal(connection.remoteAddress, "127.0.0.1");
    connection.terminate();
    await echo.close();
  });

  it("rejects with the status, the headers and the first KiB of a refusal", async () => {
    const server = createHttpServer((_, response) => {
      response.writeHead(401, { "X-Why": "because" }).end("n".repeat(5000));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const error = await failure(connect(`ws://127.0.0.1:${portOf(server)}/`));
    assert.deepEqual([error.code, error.status, error.headers?.["x-why"]], ["unexpected_status", 401, "because"]);
    assert.equal(error.body, "n".repeat(1024));
    server.close();
  });

  for (const [name, code, change] of [
    [
      "a wrong Sec-WebSocket-Accept",
      "accept_invalid",
      (answer: string) => answer.replace(/Accept: ..../, "Accept: AAAA"),
    ],
    [
      "a subprotocol",
      "protocol_not_requested",
      (answer: string) => answer.replace("\r\n\r\n", "\r\nSec-WebSocket-Protocol: x\r\n\r\n"),
    ],
    [
      "an extension",
      "extension_not_requested",
      (answer: string) => answer.replace("\r\n\r\n", "\r\nSec-WebSocket-Extensions: x\r\n\r\n"),
    ],
    ["another upgrade", "upgrade_header_invalid", (answer: string) => answer.replace(": websocket", ": other")],
  ] as const) {
    it(`refuses ${name} that it did not ask for`, async () => {
      const { server, url } = await answering((socket, key) => socket.write(change(acceptResponse(key, undefined))));
      assert.equal((await failure(connect(url))).code, code);
      server.close();
    });
  }

  for (const version of ["HTTP/1.0", "HTTP/2.0", "HTTP/0.9"]) {
    it(`refuses an answer of ${version}`, async () => {
      const { server, url } = await answering((socket, key) => {
        socket.write(acceptResponse(key, undefined).replace("HTTP/1.1", version));
      });
      const error = await failure(connect(url));
      assert.deepEqual([error.code, error.status], ["http_version_unsupported", 101]);
      server.close();
    });
  }

  it("receives frames that come in the segment of the answer", async () => {
    const { server, url } = await answering((socket, key) => {
      socket.write(Buffer.concat([Buffer.from(acceptResponse(key, undefined)), Buffer.from([0x81, 2, 0x68, 0x69])]));
    });
    const connection = await connect(url);
    const message = await new Promise((resolve) => connection.start({ message: resolve, close: () => {} }));
    assert.equal(message, "hi");
    connection.terminate();
    server.close();
  });

  it("fails a connection whose server masks its frames", async () => {
    const { server, url } = await answering((socket, key) => {
      socket.write(Buffer.concat([Buffer.from(acceptResponse(key, undefined)), Buffer.from([0x81, 0x80, 1, 2, 3, 4])]));
    });
    const connection = await connect(url, { closeTimeout: 100 });
    const closed = await new Promise((resolve) => {
      connection.start({ message: () => {}, close: (...end) => resolve(end) });
    });
    assert.deepEqual(closed, [1002, "masked_frame"]);
    server.close();
  });

  it("gives up at the deadline when the server does not answer", async () => {
    const { server, url } = await answering(() => {});
    const error = await failure(connect(url, { handshakeTimeout: 50 }));
    assert.equal(error.code, "connect_timed_out");
    server.close();
  });

  it("gives up when it is aborted, with the reason of the signal", async () => {
    const controller = new AbortController();
    const sockets: Socket[] = [];
    const { server, url } = await answering((socket) => {
      sockets.push(socket);
      controller.abort(new Error("no longer wanted"));
    });
    await assert.rejects(connect(url, { signal: controller.signal }), /no longer wanted/);
    await until(() => sockets.every((socket) => socket.destroyed), "the end of the socket");
    await assert.rejects(connect(url, { signal: controller.signal }), /no longer wanted/);
    server.close();
  });

  it("fails when nobody listens", async () => {
    const { server, url } = await answering(() => {});
    server.close();
    await once(server, "close");
    const error = await failure(connect(url));
    assert.equal(error.code, "connection_failed");
    assert.ok(error.cause instanceof Error);
  });

  for (const url of [
    "",
    "nonsense",
    "ftp://host/",
    "ws://host/#part",
    "ws://user:secret@host/",
    "ws://:secret@host/",
  ]) {
    it(`refuses the URL ${JSON.stringify(url)}`, async () => {
      assert.equal((await failure(connect(url))).code, "invalid_url");
    });
  }

  it("refuses options that make no sense before it dials", async () => {
    const { server, url } = await answering(() => assert.fail("dialled"));
    for (const options of [{ maxPayload: 0 }, { handshakeTimeout: -1 }, { handshakeTimeout: Number.NaN }]) {
      await assert.rejects(connect(url, options), RangeError);
    }
    const connections = await new Promise((resolve) => server.getConnections((_, count) => resolve(count)));
    assert.equal(connections, 0);
    server.close();
  });

  it("refuses subprotocols that are none", async () => {
    for (const protocols of [["a b"], ["a", "a"], [""], ["a,b"]]) {
      await assert.rejects(connect("ws://127.0.0.1:1/", { protocols }), TypeError);
    }
  });

  it("speaks TLS, and trusts nobody unless it is told to", async () => {
    const https = createHttpsServer({ key: privateKey, cert: certificate });
    closeAfterTests(() => {
      https.close();
      https.closeAllConnections();
    });
    const server = new WebSocketServer({ server: https });
    server.on("connection", (socket) => {
      socket.onmessage = ({ data }) => socket.send(data);
    });
    https.listen(0, "127.0.0.1");
    await once(https, "listening");
    const url = `wss://localhost:${portOf(https)}/`;
    const options = { tls: { host: "127.0.0.1", servername: "localhost" } };
    assert.equal((await failure(connect(url, options))).code, "connection_failed");
    const connection = await connect(url, { tls: { ...options.tls, ca: certificate } });
    const echoed = await new Promise((resolve) => {
      connection.start({ message: resolve, close: () => {} });
      connection.send("é".repeat(50_000));
    });
    assert.equal(echoed, "é".repeat(50_000));
    connection.close();
    await server.close();
    https.close();
  });
});
