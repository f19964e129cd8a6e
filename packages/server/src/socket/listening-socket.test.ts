import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { nextSocket, rig, until, type WireClient, within } from "../wire-client.test.ts";
import type { Socket } from "./socket.ts";

async function pair(context: TestContext): Promise<{ socket: Socket; client: WireClient }> {
  const { server, join } = await rig(context);
  const connected = nextSocket<Socket>(server);
  const client = await join();
  return { socket: await connected, client };
}

/** Makes the client emit `e`, and resolves when the socket has dealt with it. */
async function receive(socket: Socket, client: WireClient): Promise<void> {
  let done = false;
  socket.once("done", () => {
    done = true;
  });
  await client.send('2["e",1]', '2["done"]');
  await until(() => done, "the event");
}

test("catch-all listeners come first, in their order, and see the acknowledgement's callback", async (context) => {
  const { socket, client } = await pair(context);
  const log: unknown[] = [];
  socket.on("e", () => log.push("own"));
  socket.onAny((...args: unknown[]) => log.push(["second", ...args.slice(0, 2), typeof args[2]]));
  socket.prependAny((name) => log.push(["first", name]));
  socket.prependListener("e", () => log.push("before"));
  assert.equal(socket.listenersAny().length, 2);
  await client.send('27["e",1]');
  await until(() => log.length === 4, "the listeners");
  assert.deepEqual(log, [["first", "e"], ["second", "e", 1, "function"], "before", "own"]);
});

test("outgoing catch-all listeners see events and broadcasts before they are sent, without the callback", async (context) => {
  const { socket, client } = await pair(context);
  const log: unknown[] = [];
  socket.onAnyOutgoing((...args: unknown[]) => log.push(["second", ...args]));
  socket.prependAnyOutgoing((name) => log.push(["first", name]));
  assert.equal(socket.listenersAnyOutgoing().length, 2);
  socket.emit("a", 1);
  socket.emit("b", 2, () => undefined);
  socket.nsp.emit("c", 3);
  const [first] = socket.listenersAnyOutgoing();
  socket.offAnyOutgoing(first);
  socket.emit("d", 4);
  socket.offAnyOutgoing();
  socket.emit("e", 5);
  assert.deepEqual(log, [
    ["first", "a"],
    ["second", "a", 1],
    ["first", "b"],
    ["second", "b", 2],
    ["first", "c"],
    ["second", "c", 3],
    ["second", "d", 4],
  ]);
  for (const start of ["2[", "20[", "2[", "2[", "2["]) assert.ok(String(await client.take()).startsWith(start));
});

interface Removal {
  readonly name: string;
  readonly remove: (socket: Socket, listener: () => unknown) => unknown;
  /** Calls of the listener that was removed and of another one. */
  readonly left: readonly [removed: number, other: number, any: number];
}

const REMOVALS: readonly Removal[] = [
  { name: "nothing", remove: () => undefined, left: [1, 1, 1] },
  { name: "off(name, listener)", remove: (socket, listener) => socket.off("e", listener), left: [0, 1, 1] },
  { name: "removeListener", remove: (socket, listener) => socket.removeListener("e", listener), left: [0, 1, 1] },
  { name: "off(name)", remove: (socket) => socket.off("e"), left: [0, 0, 1] },
  { name: "removeAllListeners(name)", remove: (socket) => socket.removeAllListeners("e"), left: [0, 0, 1] },
  { name: "removeAllListeners()", remove: (socket) => socket.removeAllListeners(), left: [0, 0, 1] },
  { name: "offAny()", remove: (socket) => socket.offAny(), left: [1, 1, 0] },
];

for (const { name, remove, left } of REMOVALS) {
  test(`listeners that are left after ${name}`, async (context) => {
    const { socket, client } = await pair(context);
    const calls = [0, 0, 0];
    const count = (index: number) => (): void => {
      calls[index] = (calls[index] ?? 0) + 1;
    };
    const removed = count(0);
    socket.on("e", removed);
    socket.on("e", count(1));
    socket.onAny((event) => (event === "e" ? count(2)() : undefined));
    assert.deepEqual([socket.listenerCount("e"), socket.listeners("e")[0], socket.eventNames()], [2, removed, ["e"]]);
    remove(socket, removed);
    await receive(socket, client);
    assert.deepEqual(calls, left);
  });
}

test("connect is another word for connection, for the server and for a namespace", async (context) => {
  const { server, join } = await rig(context);
  const log: string[] = [];
  const removed = (): unknown => log.push("removed");
  server.on("connect", () => log.push("server connect"));
  server.once("connect", () => log.push("server once"));
  server.of("/").prependListener("connect", () => log.push("namespace connect"));
  server.on("connect", removed);
  server.off("connection", removed);
  assert.equal(server.of("/").listenerCount("connect"), 3);
  assert.equal(server.of("/").listeners("connection").length, 3);
  await join();
  await join();
  assert.deepEqual(log, ["namespace connect", "server connect", "server once", "namespace connect", "server connect"]);
});

test("the server says its path and its connect timeout", async (context) => {
  const usual = await rig(context);
  assert.deepEqual([usual.server.path(), usual.server.connectTimeout()], ["/socket.io", 10_000]);
  const other = await rig(context, { path: "/live/", connectTimeout: 77 });
  assert.deepEqual([other.server.path(), other.server.connectTimeout()], ["/live", 77]);
});

test("close calls back when everything is closed", async (context) => {
  const { server } = await rig(context);
  const called = new Promise<unknown>((resolve) => {
    void server.close(() => resolve(server.httpServer?.listening));
  });
  assert.equal(await within(called, "the callback"), false);
  await server.close(() => {
    throw new Error("reported, not thrown");
  });
});
