import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { encodeSocketPacket } from "@everwire/protocol";
import type { ServerOptions } from "../runtime/server-options.ts";
import type { Socket } from "../socket/socket.ts";
import { nextSocket, type Rig, rig, until, type WireClient, within } from "../wire-client.test.ts";

interface Peer {
  readonly client: WireClient;
  readonly socket: Socket;
}

async function peers(
  context: TestContext,
  count: number,
  options?: Partial<ServerOptions>,
): Promise<[Rig["server"], Peer[]]> {
  const { server, join } = await rig(context, options);
  const list: Peer[] = [];
  while (list.length < count) {
    const connected = nextSocket<Socket>(server);
    const client = await join();
    list.push({ client, socket: await connected });
  }
  return [server, list];
}

/** What each peer received, up to an "end" that everybody gets. */
async function received(server: Rig["server"], list: readonly Peer[]): Promise<unknown[][]> {
  server.emit("end");
  return Promise.all(
    list.map(async ({ client }) => {
      const names: unknown[] = [];
      for (;;) {
        const [, payload] = await client.packet();
        assert.ok(Array.isArray(payload));
        if (payload[0] === "end") return names;
        names.push(payload[0]);
      }
    }),
  );
}

test("a broadcast reaches whom its rooms and exceptions say, each once", async (context) => {
  const [server, list] = await peers(context, 4);
  const [a, b, c, d] = list.map(({ socket }) => socket);
  assert.ok(a && b && c && d);
  a.join("x");
  b.join(["x", "y"]);
  c.join("y");
  server.emit("all");
  server.to("x").emit("x");
  server.to("x").in("y").emit("x or y");
  server.to(["x", "y"]).except("x").emit("y not x");
  server.except("x").except("y").emit("neither");
  server.to(d.id).emit("d");
  server.to([]).emit("nobody");
  server.to("nothing").emit("nobody");
  a.broadcast.emit("not a");
  a.to("x").emit("x not a");
  b.except("y").emit("not b not y");
  assert.deepEqual(await received(server, list), [
    ["all", "x", "x or y", "not b not y"],
    ["all", "x", "x or y", "not a", "x not a"],
    ["all", "x or y", "y not x", "not a"],
    ["all", "neither", "d", "not a", "not b not y"],
  ]);
});

test("an operator is immutable and may be kept", async (context) => {
  const [server, list] = await peers(context, 2);
  list[0]?.socket.join("x");
  const x = server.to("x");
  x.except("x").emit("nobody");
  x.volatile.emit("x");
  x.emit("x again");
  assert.deepEqual(await received(server, list), [["x", "x again"], []]);
});

test("a broadcast is encoded once for all its receivers", async (context) => {
  const [server, list] = await peers(context, 5);
  let encoded = 0;
  const value = { toJSON: () => ++encoded };
  encodeSocketPacket({ type: "event", namespace: "/", args: ["e", value] });
  const perEncoding = encoded;
  encoded = 0;
  server.emit("e", value);
  assert.equal(encoded, perEncoding);
  assert.deepEqual(await received(server, list), Array(5).fill(["e"]));
});

test("binary broadcasts keep header and attachments together", async (context) => {
  const [server, list] = await peers(context, 2);
  server.emit("b", new Uint8Array([1]), new Uint8Array([2]));
  for (const { client } of list) {
    assert.equal(await client.take(), '52-["b",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]');
    assert.deepEqual([...(await client.take())], [1]);
    assert.deepEqual([...(await client.take())], [2]);
  }
});

test("socketsJoin, socketsLeave and disconnectSockets act on the selection", async (context) => {
  const [server, list] = await peers(context, 3);
  const [a, b, c] = list.map(({ socket }) => socket);
  assert.ok(a && b && c);
  server.except(c.id).socketsJoin("x");
  server.to(b.id).socketsLeave("x");
  assert.deepEqual([...server.sockets.rooms.membersOf("x")], [a.id]);
  server.to("x").disconnectSockets();
  assert.deepEqual([a.connected, b.connected, c.connected], [false, true, true]);
});

test("outgoing listeners see what is sent to their socket", async (context) => {
  const [server, list] = await peers(context, 1);
  const socket = list[0]?.socket;
  const seen: unknown[] = [];
  const listener = (...args: unknown[]): unknown => seen.push(args);
  socket?.onAnyOutgoing(listener);
  server.emit("a", 1);
  socket?.emit("b");
  socket?.offAnyOutgoing(listener);
  socket?.emit("c");
  assert.deepEqual(seen, [["a", 1], ["b"]]);
});

test("acknowledgements of a broadcast come together", async (context) => {
  const [server, list] = await peers(context, 3);
  const answer = within(server.timeout(5000).emitWithAck("ask"), "the answers");
  for (const [index, { client }] of list.entries()) {
    const [prefix] = await client.packet();
    await client.send(`3${prefix.slice(1)}["answer ${index}"]`, `3${prefix.slice(1)}["again"]`);
  }
  assert.deepEqual((await answer).sort(), ["answer 0", "answer 1", "answer 2"]);
  assert.deepEqual(await server.to("nobody").emitWithAck("ask"), []);
});

test("a broadcast whose time is over reports the responses so far", async (context) => {
  const [server, list] = await peers(context, 2);
  const over = new Promise<unknown[]>((resolve) =>
    server.timeout(300).emit("ask", (...args: unknown[]) => resolve(args)),
  );
  await list[0]?.client.packet();
  await list[0]?.client.send("30[1]");
  const [error, responses] = await within(over, "the end of the time");
  assert.ok(error instanceof Error && "code" in error && error.code === "ack_timed_out");
  assert.deepEqual(responses, [1]);
});

test("a receiver that leaves does not hold a broadcast up", async (context) => {
  const [server, list] = await peers(context, 2);
  const failed = assert.rejects(server.timeout(60_000).emitWithAck("ask"), { responses: ["here"] });
  await list[0]?.client.packet();
  await list[0]?.client.send('30["here"]');
  list[1]?.socket.disconnect(true);
  await within(failed, "the rejection");
});

test("acknowledgements of one socket: value, timeout, disconnect", async (context) => {
  const [, list] = await peers(context, 1);
  const [peer] = list;
  assert.ok(peer !== undefined);
  const { client, socket } = peer;
  const answer = socket.emitWithAck("a");
  await client.packet();
  await client.send("30[7]");
  assert.equal(await within(answer, "the answer"), 7);
  await assert.rejects(socket.timeout(20).emitWithAck("b"), {
    code: "ack_timed_out",
    message: "operation has timed out",
  });
  const results: unknown[] = [];
  socket.timeout(5000).emit("c", (...args: unknown[]) => results.push(args));
  await client.packet();
  await client.packet();
  await client.send("31[1]", '32["c"]');
  await until(() => results.length > 0, "the callback");
  assert.deepEqual(results, [[null, "c"]]);
  const lost = assert.rejects(socket.timeout(60_000).emitWithAck("d"), { code: "ack_disconnected" });
  socket.emit("e", () => assert.fail("a callback without an error must not be called at the disconnect"));
  socket.disconnect();
  await within(lost, "the rejection");
  await assert.rejects(socket.emitWithAck("f"), { code: "ack_disconnected" });
  assert.throws(() => socket.timeout(0), { code: "invalid_timeout" });
});

test("154: a socket owes at most maxPendingAcks, and the default timeout frees them", async (context) => {
  const [server, list] = await peers(context, 1, { maxPendingAcks: 3, ackTimeout: 40 });
  const socket = list[0]?.socket;
  assert.ok(socket !== undefined);
  for (let i = 0; i < 3; i++) socket.emit("ask", () => assert.fail("nobody answered"));
  assert.throws(() => socket.emit("ask", () => undefined), { code: "too_many_acks" });
  await assert.rejects(server.emitWithAck("ask"), { code: "ack_timed_out" });
  await assert.rejects(socket.emitWithAck("ask"), { code: "too_many_acks" });
  const free = async (): Promise<boolean> => {
    const outcome = await socket.emitWithAck("ask").catch((error: unknown) => error);
    return outcome instanceof Error && "code" in outcome && outcome.code === "ack_timed_out";
  };
  while (!(await free())) await new Promise((resolve) => setImmediate(resolve));
});
