import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { encodeEnginePayload } from "@everwire/protocol";
import { ServerError } from "../failures.ts";
import type { ServerOptions } from "../runtime/server-options.ts";
import type { Server } from "../server/server.ts";
import { nextSocket, rig, until, within } from "../wire-client.test.ts";
import type { Socket } from "./socket.ts";

const SEPARATOR = "\x1e";
const BIG = "x".repeat(50_000);

interface Slow {
  readonly server: Server;
  readonly socket: Socket;
  /** What one poll is answered with: the packets after the engine's type. */
  poll(): Promise<string[]>;
  send(message: string): Promise<unknown>;
}

/** A socket whose client polls only when it is told to. */
async function slow(context: TestContext, options?: Partial<ServerOptions>): Promise<Slow> {
  const { server, origin } = await rig(context, options);
  const url = `${origin}/socket.io/?EIO=4&transport=polling`;
  const handshake: { sid: string } = JSON.parse((await (await fetch(url)).text()).slice(1));
  const session = `${url}&sid=${handshake.sid}`;
  const send = (data: string): Promise<unknown> =>
    fetch(session, { method: "POST", body: encodeEnginePayload([{ type: "message", data }]) });
  const connected = nextSocket<Socket>(server);
  await send("0");
  const socket = await connected;
  const poll = async (): Promise<string[]> => {
    const answer = await within(fetch(session), "an answer");
    return (await answer.text()).split(SEPARATOR).map((packet) => packet.slice(1));
  };
  await poll();
  return { server, socket, poll, send };
}

/** Emits until the socket is congested; 64 KiB with the overhead. */
function congest({ socket }: Slow): void {
  while (socket.bufferedAmount < 64 * 1024) socket.emit("big", BIG);
}

test("packets with a key replace the one that waits, whoever emits them", async (context) => {
  const rigged = await slow(context);
  const { server, socket, poll } = rigged;
  socket.join("room");
  congest(rigged);
  socket.coalesce("position").emit("position", 1);
  server.to("room").coalesce("position").emit("position", 2);
  server.coalesce("price").emit("price", 7);
  socket.emit("plain");
  server.in("room").coalesce("position").emit("position", 3);
  socket.volatile.coalesce("position").emit("position", 4);
  assert.equal(socket.volatile.emit("typing"), false);
  assert.deepEqual((await poll()).slice(-3), ['2["position",4]', '2["price",7]', '2["plain"]']);
  const { coalesced, droppedVolatile, slowConsumers, guarded } = server.engine.statistics();
  assert.deepEqual(
    { coalesced, droppedVolatile, slowConsumers, guarded },
    {
      coalesced: 3,
      droppedVolatile: 1,
      slowConsumers: 0,
      guarded: 0,
    },
  );
});

test("packets with a key are all sent while little waits", async (context) => {
  const { socket, poll } = await slow(context);
  for (const position of [1, 2]) socket.coalesce("position").emit("position", position);
  assert.deepEqual(await poll(), ['2["position",1]', '2["position",2]']);
});

test("a key of one namespace is another one in the next, though they share a session", async (context) => {
  const rigged = await slow(context);
  const { server, socket, poll, send } = rigged;
  const connected = nextSocket<Socket>(server.of("/a"));
  await send("0/a,");
  const other = await connected;
  congest(rigged);
  socket.coalesce("k").emit("main", 1);
  other.coalesce("k").emit("a", 1);
  server.of("/a").coalesce("k").emit("a", 2);
  assert.deepEqual((await poll()).slice(-2), ['2["main",1]', '2/a,["a",2]']);
});

test("a key of a parent is that of each of its children", async (context) => {
  const rigged = await slow(context);
  const { server, poll, send } = rigged;
  const parent = server.of(/^\/child/);
  for (const name of ["/child-a", "/child-b"]) {
    const connected = nextSocket(parent);
    await send(`0${name},`);
    await connected;
  }
  congest(rigged);
  parent.coalesce("k").emit("all", 1);
  parent.coalesce("k").emit("all", 2);
  server.of("/child-b").coalesce("k").emit("b", 3);
  assert.deepEqual((await poll()).slice(-2), ['2/child-a,["all",2]', '2/child-b,["b",3]']);
});

test("what cannot be a key is refused to the caller", async (context) => {
  const { server, socket } = await slow(context);
  // Keys may be computed by code that has no types.
  for (const key of ["", "k".repeat(257), 1, undefined] as string[]) {
    for (const call of [() => socket.coalesce(key), () => server.to("room").coalesce(key)]) {
      assert.throws(call, (error) => error instanceof ServerError && error.code === "key_invalid");
    }
  }
  socket.coalesce("k".repeat(256)).emit("fine");
});

test("a socket shows backpressure from 256 KiB, and drained() waits for its end", async (context) => {
  const { socket, poll } = await slow(context);
  assert.equal(await socket.drained(), true, "at once");
  let drains = 0;
  socket.conn.on("drain", () => {
    drains += 1;
  });
  while (!socket.backpressure) {
    assert.ok(socket.bufferedAmount < 256 * 1024);
    socket.emit("big", BIG);
  }
  let room = false;
  const drained = socket.drained().then((connected) => {
    room = true;
    return connected;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(room, false);
  await poll();
  assert.equal(await within(drained, "room"), true);
  assert.equal(socket.backpressure, false);
  assert.equal(drains, 1);
  await until(() => socket.bufferedAmount === 0, "nothing to wait");
});

test("drained() ends with the socket, which a client that reads nothing loses", async (context) => {
  const { server, socket } = await slow(context, { sendQueueLimit: 100_000 });
  const ended = new Promise((resolve) => socket.on("disconnect", (...reason) => resolve(reason)));
  while (!socket.backpressure) socket.emit("big", BIG);
  const drained = socket.drained();
  while (socket.connected) socket.emit("big", BIG);
  assert.equal(await within(drained, "the end"), false);
  assert.deepEqual(await ended, ["transport error", "the client reads slower than packets are sent"]);
  const { slowConsumers, discarded, queuedBytes } = server.engine.statistics();
  assert.deepEqual([slowConsumers, queuedBytes], [1, 0]);
  assert.ok(discarded >= 8);
});
