import assert from "node:assert/strict";
import { test } from "node:test";
import { nextSocket, rig, until } from "../wire-client.test.ts";

test("the adapter shows rooms and sockets as maps", async (context) => {
  const { server, join } = await rig(context);
  const connected = nextSocket(server);
  await join();
  const socket = await connected;
  socket.join(["a", "b"]);
  const { adapter } = server.of("/");
  assert.ok(adapter.rooms instanceof Map && adapter.sids instanceof Map);
  assert.deepEqual(adapter.rooms.get("a"), new Set([socket.id]));
  assert.deepEqual(adapter.sids.get(socket.id), new Set([socket.id, "a", "b"]));
  assert.equal(adapter.socketRooms(socket.id), adapter.sids.get(socket.id));
  assert.equal(adapter.socketRooms("nobody"), undefined);
  socket.disconnect();
  assert.deepEqual([adapter.rooms.size, adapter.sids.size], [0, 0]);
});

test("the adapter tells of rooms in the order of what happens", async (context) => {
  const { server, join } = await rig(context);
  const log: unknown[] = [];
  const { adapter } = server.of("/");
  for (const event of ["create-room", "delete-room"] as const) adapter.on(event, (room) => log.push([event, room]));
  for (const event of ["join-room", "leave-room"] as const) {
    adapter.on(event, (room, id) => log.push([event, room, id]));
  }
  const first = nextSocket(server);
  const client = await join();
  const a = (await first).id;
  const second = nextSocket(server);
  await join();
  const socket = await second;
  assert.deepEqual(log.splice(0), [
    ["create-room", a],
    ["join-room", a, a],
    ["create-room", socket.id],
    ["join-room", socket.id, socket.id],
  ]);
  server.socketsJoin("x");
  socket.join("x");
  socket.leave("x");
  socket.leave("x");
  assert.deepEqual(log.splice(0), [
    ["create-room", "x"],
    ["join-room", "x", a],
    ["join-room", "x", socket.id],
    ["leave-room", "x", socket.id],
  ]);
  await client.send("1");
  await until(() => log.length === 4, "the rooms of the one that left");
  assert.deepEqual(log, [
    ["leave-room", a, a],
    ["delete-room", a],
    ["leave-room", "x", a],
    ["delete-room", "x"],
  ]);
});

test("a listener that throws is reported and the room is as it should be", async (context) => {
  const { server, join } = await rig(context);
  const reported: unknown[] = [];
  server.on("handler_error", ({ error, namespace }) => reported.push(namespace, error));
  const failure = new Error("thrown");
  const thrower = (): never => {
    throw failure;
  };
  const { adapter } = server.of("/");
  adapter.once("join-room", thrower);
  adapter.on("create-room", thrower);
  adapter.off("create-room", thrower);
  assert.equal(adapter.listenerCount("create-room"), 0);
  await join();
  assert.deepEqual(reported, ["/", failure]);
  assert.equal(adapter.rooms.size, 1);
});

test("a room that is entered again while it is left lives on", async (context) => {
  const { server, join } = await rig(context);
  const connected = nextSocket(server);
  await join();
  const socket = await connected;
  const { adapter } = server.of("/");
  const deleted: string[] = [];
  adapter.on("delete-room", (room) => deleted.push(room));
  socket.join("x");
  adapter.once("leave-room", () => socket.join("x"));
  socket.leave("x");
  assert.deepEqual(deleted, []);
  assert.deepEqual(adapter.rooms.get("x"), new Set([socket.id]));
});
