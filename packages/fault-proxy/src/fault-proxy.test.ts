import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { FaultProxy, type FaultProxyOptions } from "./fault-proxy.ts";
import { FaultOptionError } from "./fields.ts";
import { ask, echoProxy, httpProxy, RawClient, until } from "./test-peers.test.ts";

describe("the proxy", () => {
  it("lists its open connections with what they carried", async (t) => {
    const { proxy } = await echoProxy(t);
    const clients = [new RawClient(t, proxy), new RawClient(t, proxy)];
    for (const [at, client] of clients.entries()) {
      client.socket.write("\0".repeat(at + 1));
      await until("back", () => client.length === at + 1);
    }
    const views = proxy.connections.map(({ age: _, ...view }) => view);
    const plain = { request: undefined, requests: 0, upgraded: false };
    assert.deepEqual(views, [
      { id: 1, ...plain, bytesToServer: 1, bytesToClient: 1 },
      { id: 2, ...plain, bytesToServer: 2, bytesToClient: 2 },
    ]);
    clients[0]?.socket.destroy();
    await until("one left", () => proxy.connections.length === 1);
  });

  for (const how of ["fin", "rst"] as const) {
    it(`cuts both sides (${how})`, async (t) => {
      const { proxy, sockets } = await echoProxy(t);
      const client = new RawClient(t, proxy);
      client.socket.write("\0");
      await until("echoed", () => client.length === 1);
      assert.equal(proxy.cut({ how }), 1);
      await client.isEnded(how === "fin" ? "fin" : "ECONNRESET");
      await until("server told", () => sockets[0]?.readableEnded === true || sockets[0]?.destroyed === true);
      assert.equal(sockets[0]?.errored !== null, how === "rst");
      assert.equal(proxy.connections.length, 0);
    });

    for (const side of ["client", "server"] as const) {
      it(`cuts one side, and the other does not learn of it (${how}, ${side})`, async (t) => {
        const { proxy, sockets } = await echoProxy(t);
        const client = new RawClient(t, proxy);
        client.socket.write("\0");
        await until("echoed", () => client.length === 1);
        proxy.cut({ side, how });
        const [server] = sockets;
        assert.ok(server);
        if (side === "client") await until("client told", () => client.ended !== undefined);
        else await until("server told", () => server.readableEnded || server.destroyed);
        server.write("?");
        client.socket.write("?");
        const other = new RawClient(t, proxy);
        other.socket.write("\0");
        await until("others are served", () => other.length === 1);
        assert.equal(side === "client" ? server.readableEnded || server.destroyed : client.ended !== undefined, false);
        assert.equal(client.length, 1);
        // The side that is left goes when its peer does.
        if (side === "client") server.end();
        else client.socket.end();
        await until("let go", () => proxy.connections.length === 1);
      });
    }
  }

  it("cuts those that are picked, or goes silent on them", async (t) => {
    const { proxy } = await echoProxy(t);
    const clients = [1, 2, 3].map(() => new RawClient(t, proxy));
    await until("three", () => proxy.connections.length === 3);
    assert.equal(proxy.cut({ which: 2, how: "rst" }), 1);
    assert.equal(proxy.cut({ which: ({ id }) => id === 3, how: "silent" }), 1);
    assert.equal(proxy.cut({ which: 99, how: "rst" }), 0);
    for (const client of clients) client.socket.write("\0");
    await until("the first is served", () => clients[0]?.length === 1);
    await until("the second is cut", () => clients[1]?.ended !== undefined);
    assert.deepEqual([clients[2]?.length, clients[2]?.ended], [0, undefined]);
  });

  it("replaces all faults at once, for open connections too", async (t) => {
    const proxy = await httpProxy(t, (_request, response) => response.end("ok"), { injectStatus: 503 });
    assert.equal((await ask(proxy, "/")).status, 503);
    proxy.set({ truncate: 1 });
    const { status, body, isCut } = await ask(proxy, "/");
    assert.deepEqual([status, body, isCut], [200, "o", true]);
    proxy.set({});
    assert.equal((await ask(proxy, "/")).body, "ok");
    assert.deepEqual(
      proxy.log.filter(({ what }) => what === "set").map(({ detail }) => detail),
      ["truncate", "no faults"],
    );
  });

  it("keeps the old faults when the new ones make no sense", async (t) => {
    const proxy = await httpProxy(t, (_request, response) => response.end("ok"), { injectStatus: 503 });
    assert.throws(() => proxy.set({ delay: -1 }), FaultOptionError);
    assert.equal((await ask(proxy, "/")).status, 503);
  });

  it("logs its seed, what came and what it did, and hands each entry out", async (t) => {
    const entries: unknown[] = [];
    const onLog = (entry: unknown): void => void entries.push(entry);
    const proxy = await httpProxy(t, (_request, response) => response.end("ok"), { seed: 7, injectStatus: 503, onLog });
    await ask(proxy, "/a%1bb");
    await until("closed", () => proxy.log.at(-1)?.what === "close");
    assert.deepEqual(
      proxy.log.map(({ what, fault }) => fault ?? what),
      ["start", "open", "request", "injectStatus", "close"],
    );
    assert.match(proxy.log[0]?.detail ?? "", /^http:\/\/127\.0\.0\.1:\d+ to 127\.0\.0\.1:\d+, seed 7$/);
    assert.deepEqual(entries, proxy.log);
  });

  it("writes nothing into the log that a terminal would obey", async (t) => {
    const proxy = await httpProxy(t, (_request, response) => response.end("ok"));
    const client = new RawClient(t, proxy);
    client.socket.write("GET /\x1b[2J\x9b HTTP/1.1\r\nHost: x\r\n\r\n", "latin1");
    await until("logged", () => proxy.log.some(({ what }) => what === "request"));
    assert.equal(proxy.log.find(({ what }) => what === "request")?.detail, "GET /%1B[2J%C2%9B HTTP/1.1");
  });

  it("draws a seed when none is given", async () => {
    const target = { host: "127.0.0.1", port: 1 };
    const proxies = await Promise.all([FaultProxy.start({ target }), FaultProxy.start({ target })]);
    assert.notEqual(proxies[0].seed, proxies[1].seed);
    await Promise.all(proxies.map((proxy) => proxy[Symbol.asyncDispose]()));
  });

  it("closes with everything that is open, twice if asked to", async (t) => {
    const { proxy, sockets } = await echoProxy(t, { delay: 600_000 });
    const client = new RawClient(t, proxy);
    client.socket.write("\0");
    await until("connected", () => sockets.length === 1);
    proxy.set({ delay: 600_000, rejectConnections: "hang" });
    const hung = new RawClient(t, proxy);
    await once(hung.socket, "connect");
    const { url } = proxy;
    await Promise.all([proxy.close(), proxy.close()]);
    await until("both ended", () => client.ended !== undefined && hung.ended !== undefined);
    await assert.rejects(fetch(url));
    assert.deepEqual(proxy.connections, []);
  });

  const REFUSED: [unknown, RegExp][] = [
    [{ target: { host: "127.0.0.1", port: 70_000 } }, /target: port takes a number from 1 to 65535/],
    [{ target: { host: "", port: 1 } }, /target: host is empty/],
    [{ target: { host: "a", port: 1 }, seed: -1 }, /seed: seed takes a number/],
    [{ target: { host: "a", port: 1 }, lost: true }, /there is no fault "lost"/],
  ];
  for (const [options, message] of REFUSED) {
    it(`does not start with ${JSON.stringify(options)}`, async () => {
      // The wrong values are the point.
      await assert.rejects(FaultProxy.start(options as FaultProxyOptions), message);
    });
  }

  it("says that its port is taken", async (t) => {
    const { proxy } = await echoProxy(t);
    const { target, port } = proxy;
    await assert.rejects(FaultProxy.start({ target, listen: { port } }), { code: "EADDRINUSE" });
  });
});
