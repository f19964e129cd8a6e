import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { describe, it } from "node:test";
import { closeAfterTests, within } from "../raw-peer.test.ts";
import { WebSocket } from "./websocket.ts";
import { WebSocketServer } from "./websocket-server.ts";

// Habits of programs for `ws`, each of which goes on here as there.

async function pair(query = ""): Promise<{ socket: WebSocket; other: WebSocket; url: string }> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", handleProtocols: () => false });
  closeAfterTests(() => {
    for (const socket of server.clients) socket.terminate();
    return server.close();
  });
  const url = `ws://127.0.0.1:${(await server.ready())?.port}/${query}`;
  const accepted = once(server, "connection");
  const socket = await WebSocket.connect(url);
  return { socket, other: (await accepted)[0], url };
}

describe("habits of programs for ws", { concurrency: 4, timeout: 30_000 }, () => {
  for (const [value, text] of [
    [5, "5"],
    [0, "0"],
    [-1.5, "-1.5"],
    [Number.NaN, "NaN"],
  ] as const) {
    it(`a number is sent as its text: ${text}`, async () => {
      const { socket, other } = await pair();
      const heard = once(other, "message");
      socket.send(value);
      assert.deepEqual(await heard, [Buffer.from(text), false]);
      const pinged = once(other, "ping");
      socket.ping(value);
      assert.deepEqual(await pinged, [Buffer.from(text)]);
      socket.terminate();
    });
  }

  for (const reason of ["a reason", Buffer.from("a reason"), "x".repeat(200), undefined]) {
    it(`close(undefined, ${String(reason).slice(0, 10)}) says neither code nor reason`, async () => {
      const { socket, other } = await pair();
      const closed = once(other, "close");
      socket.close(undefined, reason);
      assert.deepEqual(await closed, [1005, Buffer.alloc(0)]);
    });
  }

  it("a close() that is refused is none: a loop still tells that the connection broke", async () => {
    const { socket, other } = await pair();
    assert.throws(() => socket.close(1006), RangeError);
    const message = socket.receive();
    const loop = (async () => {
      for await (const _ of socket) assert.fail("a message");
    })();
    other.terminate();
    await assert.rejects(message, { code: "connection_closed", closeCode: 1006 });
    await assert.rejects(loop, { code: "connection_closed", closeCode: 1006 });
  });

  it("url is in normal form, with the scheme of a WebSocket", async () => {
    const { socket, url } = await pair();
    socket.terminate();
    const shouted = new WebSocket(url.replace("ws://", "HTTP://").replace(/\/$/, ""));
    assert.equal(shouted.url, url);
    const parsed = new WebSocket(new URL(`${url}a/../b?c#`));
    assert.equal(parsed.url, `${url}b?c#`);
    await Promise.all([once(shouted, "open"), once(parsed, "open")]);
    shouted.terminate();
    parsed.terminate();
  });

  it("finishRequest adds headers and sends the request", async () => {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    closeAfterTests(() => server.close());
    const url = `ws://127.0.0.1:${(await server.ready())?.port}/`;
    const accepted = once(server, "connection");
    const seen: unknown[] = [];
    const socket = new WebSocket(url, {
      finishRequest: (request, given) => {
        seen.push(given);
        request.setHeader("X-Late", "yes");
        request.end();
      },
    });
    const [, request] = await accepted;
    assert.equal(request.headers["x-late"], "yes");
    assert.equal(seen[0], socket);
    socket.terminate();
  });

  it("handshakeTimeout: 0 waits for as long as it takes", async () => {
    const silent = createServer((socket) => {
      closeAfterTests(() => socket.destroy());
      socket.on("error", () => {});
    });
    closeAfterTests(() => silent.close());
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    const address = silent.address();
    const url = `ws://127.0.0.1:${typeof address === "object" ? address?.port : 0}/`;
    const patient = new WebSocket(url, { handshakeTimeout: 0 });
    const hasty = new WebSocket(url, { handshakeTimeout: 50 });
    const [error] = await once(hasty, "error");
    assert.equal(error.code, "connect_timed_out");
    assert.equal(patient.readyState, WebSocket.CONNECTING);
    patient.terminate();
    assert.equal((await within(3000, patient.closed)).code, 1006);
  });
});
