import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import { describe, it } from "node:test";
import { echoProxy, proxyTo, RawClient, told, until } from "./test-peers.test.ts";

describe("a proxy without faults", () => {
  for (const protocol of ["http", "tcp"] as const) {
    it(`passes any bytes on, both ways, to the end (${protocol})`, async (t) => {
      const { proxy } = await echoProxy(t, { protocol });
      const bytes = Buffer.concat([Buffer.from([0x16, 3, 1]), randomBytes(3_000_000)]);
      const client = new RawClient(t, proxy);
      client.socket.end(bytes);
      await client.isEnded("fin");
      assert.equal(Buffer.concat(client.segments).compare(bytes), 0);
      await until("connection gone", () => proxy.connections.length === 0);
      assert.match(proxy.log.at(-1)?.detail ?? "", /^3000003 bytes to the server, 3000003 to the client$/);
    });
  }

  it("holds a sender back whose receiver does not read", async (t) => {
    let sent = 0;
    const server = createServer((socket) => {
      socket.on("error", () => {});
      const more = (): void => {
        while (sent < 100_000_000 && socket.write(Buffer.alloc(65_536))) sent += 65_536;
      };
      socket.on("drain", more);
      more();
      t.after(() => socket.destroy());
    });
    const proxy = await proxyTo(t, server);
    const client = new RawClient(t, proxy);
    client.socket.pause();
    let last = -1;
    await until("the sender stands still", () => {
      const stands = sent === last && sent > 0;
      last = sent;
      return stands;
    });
    assert.ok(sent < 50_000_000, `${sent} bytes taken`);
  });

  it("resets the client when the server is not there, or resets", async (t) => {
    const gone = createServer();
    const proxy = await proxyTo(t, gone);
    gone.close();
    await until("server gone", () => !gone.listening);
    const refused = new RawClient(t, proxy);
    await refused.isEnded("ECONNRESET");
    assert.match(proxy.log.find(({ what }) => what === "error")?.detail ?? "", /server: ECONNREFUSED/);

    const { proxy: echo, sockets } = await echoProxy(t);
    const client = new RawClient(t, echo);
    await until("connected", () => sockets.length === 1);
    sockets[0]?.resetAndDestroy();
    await client.isEnded("ECONNRESET");
  });
});

describe("a fault of TCP", () => {
  it("rejectConnections: ends new connections, or lets them hang", async (t) => {
    const { proxy, sockets } = await echoProxy(t, { rejectConnections: true });
    await new RawClient(t, proxy).isEnded("ECONNRESET");
    proxy.set({ rejectConnections: "fin" });
    await new RawClient(t, proxy).isEnded("fin");
    proxy.set({ rejectConnections: "hang" });
    const hung = new RawClient(t, proxy);
    hung.socket.write("hello");
    await until("third refused", () => told(proxy, "rejectConnections").length === 3);
    assert.deepEqual([hung.ended, hung.text], [undefined, ""]);
    assert.equal(sockets.length, 0);
    assert.equal(proxy.connections.length, 0);
  });

  it("dropEvery: resets every nth connection", async (t) => {
    const { proxy } = await echoProxy(t, { dropEvery: 2 });
    for (const round of [1, 2, 3, 4]) {
      const client = new RawClient(t, proxy);
      client.socket.write("\0echo");
      if (round % 2 === 0) await client.isEnded("ECONNRESET");
      else await client.receives("echo");
    }
  });

  it("delay: comes later, in order, and no later than the jitter allows", async (t) => {
    const { proxy } = await echoProxy(t, { delay: { ms: 60, jitter: 40, direction: "toClient" } });
    const client = new RawClient(t, proxy);
    const started = performance.now();
    client.socket.write("\0a");
    await until("taken", () => (proxy.connections[0]?.bytesToServer ?? 0) === 2);
    client.socket.write("bcd");
    await client.receives("\0abcd");
    const took = performance.now() - started;
    assert.ok(took >= 60 && took < 1000, `${took} ms`);
    assert.deepEqual(told(proxy, "delay"), ["toClient: 60 ms + up to 40 ms"]);
  });

  it("delay: what waits is hurried when the fault is off", async (t) => {
    const { proxy } = await echoProxy(t, { delay: 600_000 });
    const client = new RawClient(t, proxy);
    client.socket.write("\0late");
    await until("taken", () => told(proxy, "delay").length > 0);
    proxy.set({});
    await client.receives("late");
  });

  it("bandwidth: forwards no faster", async (t) => {
    const { proxy } = await echoProxy(t, { bandwidth: { bytes: 20_000, direction: "toServer" } });
    const client = new RawClient(t, proxy);
    const started = performance.now();
    client.socket.write(Buffer.alloc(4000));
    await until("all back", () => client.length === 4000);
    const took = performance.now() - started;
    assert.ok(took > 150 && took < 2000, `${took} ms for 200 ms of bytes`);
  });

  it("chunkSize: segments arrive one by one", async (t) => {
    const { proxy } = await echoProxy(t, { chunkSize: { bytes: 3, direction: "toClient" } });
    const client = new RawClient(t, proxy);
    client.socket.write("\0abcdefghi");
    await client.receives("\0abcdefghi");
    assert.ok(client.segments.length > 1, "not in one piece");
    assert.ok(
      client.segments.slice(0, -1).every(({ length }) => length % 3 === 0),
      client.segments.map(({ length }) => length).join(),
    );
  });

  it("corrupt: flips one bit in every nth byte, wherever the bytes are cut", async (t) => {
    const seen = new Set<string>();
    for (const cut of [1, 9, 20]) {
      const { proxy } = await echoProxy(t, { corrupt: { every: 10, direction: "toServer" } });
      const client = new RawClient(t, proxy);
      client.socket.write(Buffer.alloc(cut));
      await until("first part back", () => client.length === cut);
      client.socket.write(Buffer.alloc(35 - cut));
      await until("all back", () => client.length === 35);
      const bytes = Buffer.concat(client.segments);
      const changed = [...bytes.entries()].filter(([, byte]) => byte !== 0);
      assert.deepEqual(
        changed.map(([at]) => at),
        [9, 19, 29],
      );
      assert.ok(
        changed.every(([, byte]) => Number.isInteger(Math.log2(byte))),
        "one bit each",
      );
      seen.add(bytes.toString("hex"));
    }
    assert.equal(seen.size, 1, "the same seed flips the same bits");
  });

  it("corrupt: flips one byte by its number", async (t) => {
    const { proxy } = await echoProxy(t, { corrupt: { at: 3, direction: "toClient" } });
    const client = new RawClient(t, proxy);
    client.socket.write("\0abcdef");
    await until("all back", () => client.length === 7);
    assert.match(client.text, /^\0ab[^c]def$/s);
  });

  for (const how of ["fin", "rst"] as const) {
    it(`cutIdle: ends a connection that is idle, not one that is used (${how})`, async (t) => {
      const { proxy, sockets } = await echoProxy(t, { cutIdle: { ms: 150, how } });
      const client = new RawClient(t, proxy);
      const started = performance.now();
      let at = 0;
      await until("kept alive", () => {
        if (performance.now() - at > 20) {
          client.socket.write("\0");
          at = performance.now();
        }
        return performance.now() - started > 300;
      });
      assert.equal(client.ended, undefined);
      await client.isEnded(how === "fin" ? "fin" : "ECONNRESET");
      await until("the server's side too", () => sockets[0]?.destroyed === true || sockets[0]?.readableEnded === true);
    });
  }

  it("cutIdle, silent: forgets an idle connection without a word, as address translation does", async (t) => {
    const { proxy } = await echoProxy(t, { cutIdle: { ms: 30, how: "silent" } });
    const client = new RawClient(t, proxy);
    await until("forgotten", () => told(proxy, "cutIdle").length === 1);
    client.socket.write("\0nobody hears");
    const other = new RawClient(t, proxy);
    other.socket.write("\0heard");
    await other.receives("heard");
    assert.deepEqual([client.text, client.ended], ["", undefined]);
  });

  it("cutAfter: exactly so many bytes pass, in either direction", async (t) => {
    const { proxy, sockets } = await echoProxy(t, { cutAfter: { toClient: 5 } });
    const client = new RawClient(t, proxy);
    client.socket.write("\0abcdefghi");
    await client.isEnded("fin");
    assert.equal(client.text, "\0abcd");

    proxy.set({ cutAfter: { toServer: 4 } });
    const second = new RawClient(t, proxy);
    let received = 0;
    await until("second there", () => sockets.length === 2);
    sockets[1]?.on("data", (bytes: Buffer) => {
      received += bytes.length;
    });
    second.socket.write("\0abcdefghi");
    await second.isEnded("fin");
    await until("its server's side closed", () => sockets[1]?.readableEnded === true);
    assert.equal(received, 4);
    assert.deepEqual(told(proxy, "cutAfter"), ["5 bytes toClient: fin", "4 bytes toServer: fin"]);
  });

  it("cutAfter and resetAfter: at an age", async (t) => {
    const { proxy } = await echoProxy(t, { cutAfter: 30 });
    const first = new RawClient(t, proxy);
    await first.isEnded("fin");
    proxy.set({ resetAfter: { ms: 30 } });
    const second = new RawClient(t, proxy);
    second.socket.write("\0");
    await second.isEnded("ECONNRESET");
  });

  it("halfOpen: one direction is a black hole, the other goes on, and no end passes", async (t) => {
    const { proxy, sockets } = await echoProxy(t);
    const client = new RawClient(t, proxy);
    client.socket.write("\0before");
    await client.receives("before");
    let heard = 0;
    sockets[0]?.on("data", (bytes: Buffer) => {
      heard += bytes.length;
    });
    proxy.set({ halfOpen: "toServer" });
    client.socket.write("lost");
    sockets[0]?.write("still heard");
    await client.receives("still heard");
    client.socket.end();
    sockets[0]?.write(", after the end");
    await client.receives("after the end");
    assert.equal(heard, 0);
    assert.equal(sockets[0]?.readableEnded, false);
    sockets[0].end();
    await until("the proxy lets go of both", () => proxy.connections.length === 0);
  });

  it("halfOpen: a reset does not pass either", async (t) => {
    const { proxy, sockets } = await echoProxy(t);
    const client = new RawClient(t, proxy);
    client.socket.write("\0before");
    await client.receives("before");
    proxy.set({ halfOpen: "both" });
    client.socket.resetAndDestroy();
    await until("noticed", () => proxy.log.some(({ detail }) => detail === "client: ECONNRESET"));
    assert.equal(sockets[0]?.readableEnded, false);
    assert.equal(sockets[0].destroyed, false);
  });

  it("stall: nothing is read, and nothing is lost when it is over", async (t) => {
    const { proxy, sockets } = await echoProxy(t);
    const client = new RawClient(t, proxy);
    await until("connected", () => sockets.length === 1);
    proxy.set({ stall: "toServer" });
    client.socket.end("\0all of it");
    sockets[0]?.write("from the server ");
    await client.receives("from the server ");
    assert.equal(client.text, "from the server ");
    proxy.set({});
    await client.receives("\0all of it");
    await client.isEnded("fin");
  });
});
