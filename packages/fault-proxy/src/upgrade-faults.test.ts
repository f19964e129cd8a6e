import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { Socket } from "node:net";
import { describe, it, type TestContext } from "node:test";
import type { FaultProxy } from "./fault-proxy.ts";
import { type Options, proxyTo, RawClient, told, until } from "./test-peers.test.ts";

const UPGRADE = "GET /live HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: echo\r\n\r\n";

/** Echoes after the upgrade, beginning with bytes right behind its answer; answers other requests with their headers. */
async function upgradable(t: TestContext, options: Options): Promise<{ proxy: FaultProxy; sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const server = createServer((request, response) => response.end(JSON.stringify(request.headers)));
  server.on("upgrade", (_request, socket: Socket, head) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello ");
    socket.write(head);
    socket.pipe(socket);
  });
  t.after(() => sockets.forEach((socket) => void socket.destroy()));
  return { proxy: await proxyTo(t, server, options), sockets };
}

describe("an upgrade", () => {
  it("makes a pipe, however the bytes round it are cut", async (t) => {
    const { proxy } = await upgradable(t, { chunkSize: 1 });
    const client = new RawClient(t, proxy);
    client.socket.write(`${UPGRADE}GET / looks like HTTP\r\n\r\n`);
    await client.receives("\r\n\r\nhello GET / looks like HTTP\r\n\r\n");
    assert.equal(proxy.connections[0]?.upgraded, true);
    client.socket.end("the end");
    await client.receives("the end");
    await client.isEnded("fin");
  });

  it("is left alone by the faults of messages", async (t) => {
    const { proxy } = await upgradable(t, { bufferResponses: true, bufferRequests: true, truncate: 0 });
    const client = new RawClient(t, proxy);
    client.socket.write(UPGRADE);
    await client.receives("hello ");
    client.socket.write("through");
    await client.receives("through");
  });

  it("that the server refuses leaves a connection of HTTP", async (t) => {
    const server = createServer((_request, response) => response.end("plain"));
    const proxy = await proxyTo(t, server);
    const client = new RawClient(t, proxy);
    client.socket.write(UPGRADE);
    await client.receives("plain");
    proxy.set({ injectStatus: 503 });
    client.socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await client.receives("503 Service");
  });

  it("blockUpgrade, strip: reaches the server as an ordinary request", async (t) => {
    const { proxy } = await upgradable(t, { blockUpgrade: "strip" });
    const client = new RawClient(t, proxy);
    client.socket.write(UPGRADE);
    await client.receives('{"host":"x"}');
    assert.match(client.text, /^HTTP\/1.1 200/);
    client.socket.write("GET / HTTP/1.1\r\nHost: again\r\n\r\n");
    await client.receives('{"host":"again"}');
  });

  for (const status of [403, 502]) {
    it(`blockUpgrade, ${status}: is refused, and only that`, async (t) => {
      const { proxy, sockets } = await upgradable(t, { blockUpgrade: status });
      const client = new RawClient(t, proxy);
      client.socket.write(UPGRADE);
      await client.receives(`HTTP/1.1 ${status} `);
      client.socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      await client.receives('{"host":"x"}');
      assert.equal(sockets.length, 0);
    });
  }

  it("blockUpgrade, hang: is never answered, and can be given up", async (t) => {
    const { proxy, sockets } = await upgradable(t, { blockUpgrade: "hang" });
    const client = new RawClient(t, proxy);
    client.socket.write(UPGRADE);
    await until("hung", () => told(proxy, "blockUpgrade").length === 1);
    assert.deepEqual([client.text, sockets.length], ["", 0]);
    client.socket.destroy();
    await until("gone", () => proxy.connections.length === 0);
  });

  it("blockUpgrade, mute: is granted, and nothing passes", async (t) => {
    const { proxy, sockets } = await upgradable(t, { blockUpgrade: "mute" });
    const client = new RawClient(t, proxy);
    client.socket.write(UPGRADE);
    await client.receives("HTTP/1.1 101 ");
    let heard = 0;
    sockets[0]?.on("data", () => heard++);
    await until("mute", () => told(proxy, "blockUpgrade").length === 2);
    client.socket.write("anybody?");
    const other = new RawClient(t, proxy);
    other.socket.write("GET / HTTP/1.1\r\nHost: other\r\n\r\n");
    await other.receives('"other"');
    assert.deepEqual([heard, client.text.includes("hello"), client.ended], [0, false, undefined]);
  });
});
