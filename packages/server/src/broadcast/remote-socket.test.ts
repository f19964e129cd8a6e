import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Socket } from "../socket/socket.ts";
import { nextSocket, type Rig, rig, type WireClient, within } from "../wire-client.test.ts";
import type { RemoteSocket } from "./remote-socket.ts";

interface Found {
  readonly server: Rig["server"];
  readonly client: WireClient;
  readonly socket: Socket;
  readonly view: RemoteSocket;
}

/** One connected socket in room "x", and what `fetchSockets` shows of it. */
async function found(context: TestContext): Promise<Found> {
  const { server, join } = await rig(context);
  const connected = nextSocket<Socket>(server);
  const client = await join("/", { token: "t" });
  const socket = await connected;
  socket.join("x");
  socket.data.user = "ada";
  const [view] = await server.fetchSockets();
  assert.ok(view !== undefined);
  return { server, client, socket, view };
}

test("fetchSockets shows the selected sockets", async (context) => {
  const { server, join } = await rig(context);
  const sockets: Socket[] = [];
  server.on("connection", (socket) => sockets.push(socket));
  await join();
  await join();
  await join();
  const [a, b, c] = sockets;
  assert.ok(a && b && c);
  a.join("x");
  b.join(["x", "y"]);
  const ids = async (views: Promise<RemoteSocket[]>): Promise<string[]> => (await views).map(({ id }) => id);
  assert.deepEqual(await ids(server.fetchSockets()), [a.id, b.id, c.id]);
  assert.deepEqual(await ids(server.of("/").in("x").fetchSockets()), [a.id, b.id]);
  assert.deepEqual(await ids(server.in("x").except("y").local.fetchSockets()), [a.id]);
  assert.deepEqual(await ids(server.in(c.id).fetchSockets()), [c.id]);
  assert.deepEqual(await ids(a.broadcast.fetchSockets()), [b.id, c.id]);
  assert.deepEqual(await ids(server.in("nowhere").fetchSockets()), []);
  assert.deepEqual(await server.allSockets(), new Set([a.id, b.id, c.id]));
  assert.deepEqual(await server.in("y").allSockets(), new Set([b.id]));
  assert.deepEqual([...server.sockets.sockets.keys()], [a.id, b.id, c.id]);
});

test("a view has the id, the handshake, the data and the rooms of that moment", async (context) => {
  const { socket, view } = await found(context);
  assert.equal(view.id, socket.id);
  assert.deepEqual(view.handshake.auth, { token: "t" });
  assert.equal(view.data, socket.data);
  assert.deepEqual(view.rooms, new Set([socket.id, "x"]));
  socket.leave("x");
  assert.deepEqual(view.rooms, new Set([socket.id, "x"]));
});

test("what is done with a view is done to its socket", async (context) => {
  const { client, socket, view } = await found(context);
  view.join(["y", "z"]);
  view.leave("x");
  assert.deepEqual([...socket.rooms], [socket.id, "y", "z"]);
  view.emit("told", 1);
  assert.equal(await client.take(), '2["told",1]');
  assert.equal(view.disconnect(), view);
  assert.equal(await client.take(), "1");
  assert.equal(socket.connected, false);
});

test("a view can close the whole session", async (context) => {
  const { client, view } = await found(context);
  view.disconnect(true);
  await within(client.closed, "the end of the session");
});

test("a view gets one answer, as the socket itself does", async (context) => {
  const { client, view } = await found(context);
  const promised = view.timeout(5000).emitWithAck("ask");
  const called = new Promise<unknown[]>((resolve) => view.emit("ask", (...args: unknown[]) => resolve(args)));
  const timed = new Promise<unknown[]>((resolve) =>
    view.timeout(5000).emit("ask", (...args: unknown[]) => resolve(args)),
  );
  for (const answer of ["a", "b", "c"]) {
    const [prefix] = await client.packet();
    await client.send(`3${prefix.slice(1)}["${answer}"]`);
  }
  assert.equal(await within(promised, "the promise"), "a");
  assert.deepEqual(await within(called, "the callback"), ["b"]);
  assert.deepEqual(await within(timed, "the callback with an error"), [null, "c"]);
});

test("a view whose socket is silent or gone gets no answer but an error", async (context) => {
  const { client, view, socket } = await found(context);
  await assert.rejects(view.timeout(20).emitWithAck("ask"), { code: "ack_timed_out" });
  const timed = new Promise<unknown[]>((resolve) =>
    view.timeout(20).emit("ask", (...args: unknown[]) => resolve(args)),
  );
  const [error] = await within(timed, "the callback");
  assert.ok(error instanceof Error && "code" in error && error.code === "ack_timed_out");
  socket.disconnect();
  await assert.rejects(view.emitWithAck("ask"), { code: "ack_disconnected" });
  view.emit("nobody");
  view.emit("nobody", () => assert.fail("nobody can have answered"));
  assert.equal((await client.packet())[0], "20");
  assert.equal((await client.packet())[0], "21");
  assert.deepEqual([await client.take(), client.unread], ["1", []]);
  assert.throws(() => view.emit("disconnect"), { code: "reserved_event" });
});

test("send and write are the event message, to one socket and to many", async (context) => {
  const { server, client, socket } = await found(context);
  assert.equal(socket.send("a"), socket);
  assert.equal(socket.write("b"), socket);
  assert.equal(server.send("c"), server);
  server.in("x").write("d");
  for (const letter of "abcd") assert.equal(await client.take(), `2["message","${letter}"]`);
});

test("a socket that is in too many rooms does not keep the others out", async (context) => {
  const { server, join } = await rig(context, { maxRooms: 2 });
  const sockets: Socket[] = [];
  server.on("connection", (socket) => sockets.push(socket));
  for (let n = 0; n < 3; n++) await join();
  sockets[1]?.join("full");
  assert.throws(() => server.socketsJoin("x"), { code: "too_many_rooms" });
  assert.deepEqual(await server.in("x").allSockets(), new Set([sockets[0]?.id, sockets[2]?.id]));
  assert.throws(() => server.socketsJoin(""), { code: "room_invalid" });
});
