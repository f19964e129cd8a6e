import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { Socket } from "node:net";
import { describe, it } from "node:test";
import { HandshakeFailure } from "../failures.ts";
import { acceptUpgrade } from "../handshake/accept.ts";
import { closeAfterTests, RawPeer, until } from "../raw-peer.test.ts";
import type { Connection } from "./connection.ts";
import type { ConnectionOptions } from "./connection-options.ts";
import { answering, EPIPE, numbered, writesOf } from "./watched-writes.test.ts";

/** A connection of a server, its socket, and the raw peer. */
interface Served {
  readonly connection: Connection;
  readonly socket: Socket;
  readonly peer: RawPeer;
  readonly closes: [number, string][];
  drains: number;
}

async function served(options: ConnectionOptions = {}): Promise<Served> {
  const http = createServer();
  closeAfterTests(() => http.close());
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const address = http.address();
  assert.ok(typeof address === "object" && address !== null);
  const upgraded = new Promise<Omit<Served, "peer">>((resolve) => {
    http.on("upgrade", (request, socket, head) => {
      const connection = acceptUpgrade(request, socket, head, options);
      assert.ok(!(connection instanceof HandshakeFailure));
      assert.ok(socket instanceof Socket);
      const one: Omit<Served, "peer"> = { connection, socket, closes: [], drains: 0 };
      connection.start({
        message: () => {},
        close: (code, reason) => one.closes.push([code, reason]),
        drain: () => one.drains++,
      });
      closeAfterTests(() => connection.terminate());
      resolve(one);
    });
  });
  const peer = await RawPeer.open(address.port);
  peer.socket.pause();
  return Object.assign(await upgraded, { peer });
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Sends a message a turn until the system takes no more, and then some. Returns how many. */
async function stuff({ connection }: Served): Promise<number> {
  let count = 0;
  for (let more = 20; more > 0; count++) {
    connection.send(numbered(count, 16_000));
    await turn();
    if (connection.bufferedAmount > 0) more--;
  }
  return count;
}

describe("a connection that writes at the handle", { concurrency: 4, timeout: 60_000 }, () => {
  it("writes past the Writable while the peer reads", async () => {
    const one = await served();
    one.peer.socket.resume();
    const before = writesOf(one.socket);
    for (let at = 0; at < 50; at++) {
      one.connection.send(`number ${at}`);
      await turn();
    }
    for (let at = 0; at < 50; at++) assert.equal((await one.peer.next()).payload.toString(), `number ${at}`);
    assert.equal(writesOf(one.socket), before);
    assert.equal(one.connection.bufferedAmount, 0);
  });

  it("counts what waits, tells when it was taken, and keeps the order for a peer that reads late", async () => {
    const one = await served();
    const count = await stuff(one);
    assert.ok(one.connection.bufferedAmount > 16_000);
    const taken: unknown[] = [];
    one.connection.whenSent((error) => taken.push(error));
    await turn();
    await turn();
    assert.deepEqual(taken, []);
    one.peer.socket.resume();
    for (let at = 0; at < count; at++) {
      const { payload } = await one.peer.next();
      assert.ok(payload.equals(numbered(at, 16_000)), `message ${at}`);
    }
    await until(() => taken.length === 1 && one.drains > 0, "the callback and 'drain'");
    assert.deepEqual(taken, [undefined]);
    assert.equal(one.connection.bufferedAmount, 0);
  });

  it("tells at once when everything was taken at once", async () => {
    const one = await served();
    const taken: unknown[] = [];
    one.connection.send("little");
    one.connection.whenSent((error) => taken.push(error));
    await until(() => taken.length === 1, "the callback");
    assert.deepEqual(taken, [undefined]);
  });

  it("closes behind what the peer has not read", async () => {
    const one = await served({ closeTimeout: 30_000 });
    const count = await stuff(one);
    one.connection.close(4000, "enough");
    await turn();
    one.peer.socket.resume();
    for (let at = 0; at < count; at++) assert.equal((await one.peer.next()).payload.readUInt32LE(), at);
    const last = await one.peer.next();
    assert.deepEqual([last.opcode, last.payload.readUInt16BE()], [8, 4000]);
    one.peer.frame({ opcode: 8, payload: last.payload });
    await until(() => one.closes.length > 0, "the close event");
    assert.deepEqual(one.closes, [[4000, "enough"]]);
  });

  it("drops a peer that does not read when too much waits", async () => {
    const one = await served({ maxBufferedBytes: 2 << 20 });
    for (let at = 0; at < 10_000 && one.closes.length === 0; at++) {
      one.connection.send(numbered(at, 16_000));
      await turn();
    }
    assert.deepEqual(one.closes, [[1013, "slow_consumer"]]);
  });

  it("reports 1006 when it is cut off, or reset, in the middle of a write, and tells who waits", async () => {
    for (const cut of [
      ({ connection }: Served) => connection.terminate(),
      ({ peer }: Served) => peer.socket.resetAndDestroy(),
    ]) {
      const one = await served();
      await stuff(one);
      const told: unknown[] = [];
      one.connection.whenSent((error) => told.push(error instanceof Error));
      await turn();
      cut(one);
      await until(() => one.closes.length > 0 && told.length > 0, "the end");
      assert.deepEqual([one.closes, told], [[[1006, ""]], [true]]);
    }
  });

  it("reports 1006 when a write fails at once, and tells who waits", async () => {
    const one = await served();
    answering(one.socket, "writeBuffer", () => EPIPE);
    const told: unknown[] = [];
    one.connection.send("lost");
    one.connection.whenSent((error) => told.push(error instanceof Error));
    await until(() => one.closes.length > 0 && told.length > 0, "the end");
    assert.deepEqual([one.closes, told], [[[1006, ""]], [true]]);
  });
});
