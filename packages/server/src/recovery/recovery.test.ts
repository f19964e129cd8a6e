import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { ServerOptions } from "../runtime/server-options.ts";
import type { Socket } from "../socket/socket.ts";
import { nextSocket, type Rig, rig, until, type WireClient, within } from "../wire-client.test.ts";
import type { ParkedSocket } from "./recovery-store.ts";

interface Joined {
  readonly sid: string;
  readonly pid: string;
  readonly offset?: string;
  readonly recovery?: string;
}

async function connect(client: WireClient, auth: object = {}, namespace = "/"): Promise<Joined> {
  const prefix = namespace === "/" ? "0" : `0${namespace},`;
  await client.send(`${prefix}${JSON.stringify(auth)}`);
  const [type, payload] = await client.packet();
  assert.equal(type, prefix);
  return payload as Joined;
}

/** The connection breaks: the server sees a client that closes its transport. */
async function lose({ origin }: Rig, client: WireClient): Promise<void> {
  await fetch(`${origin}/socket.io/?EIO=4&transport=polling&sid=${client.sid}`, { method: "POST", body: "1" });
  await client.closed;
}

async function recoveryRig(context: TestContext, options: Partial<ServerOptions> = {}): Promise<Rig> {
  return rig(context, { connectionStateRecovery: true, ...options });
}

/** The next event: its arguments, and the position behind them. */
async function event(client: WireClient): Promise<{ args: unknown[]; position: string }> {
  const [, payload] = await client.packet();
  assert.ok(Array.isArray(payload));
  return { args: payload.slice(0, -1), position: String(payload.at(-1)) };
}

test("a client that comes back is who it was, in its rooms, and gets what it missed", async (context) => {
  const all = await recoveryRig(context);
  const { server, open } = all;
  const sockets: Socket[] = [];
  server.on("connection", (socket) => {
    sockets.push(socket);
    if (socket.recovered) return;
    socket.join("room");
    socket.data.user = "ada";
  });
  const client = await open();
  const { sid, pid, offset } = await connect(client);
  assert.match(pid, /^[\w-]{20}$/);
  assert.match(String(offset), /^[\w-]+:0$/);
  server.emit("first");
  const { args, position } = await event(client);
  assert.deepEqual(args, ["first"]);
  await lose(all, client);
  server.emit("to all", { a: 1 });
  server.to("room").emit("to the room", new Uint8Array([1, 2]));
  server.to("elsewhere").emit("not mine");
  server.except("room").emit("not mine");
  server.volatile.emit("not kept");
  server.to(sid).emit("to me");
  assert.equal(sockets[0]?.emit("from before"), true);
  const again = await open();
  assert.deepEqual(await connect(again, { pid, offset: position }), { sid, pid });
  assert.deepEqual((await event(again)).args, ["to all", { a: 1 }]);
  assert.deepEqual((await event(again)).args, ["to the room", { _placeholder: true, num: 0 }]);
  assert.deepEqual([...(await again.take())], [1, 2]);
  assert.deepEqual((await event(again)).args, ["to me"]);
  assert.deepEqual((await event(again)).args, ["from before"]);
  const [before, after] = sockets;
  assert.notEqual(after, before);
  assert.deepEqual([before.recovered, after?.recovered, after?.id, after?.pid], [false, true, sid, pid]);
  assert.deepEqual([[...(after?.rooms ?? [])].sort(), after?.data], [[sid, "room"].sort(), { user: "ada" }]);
  // The socket of before still means the same client.
  assert.equal(before.emit("late"), true);
  assert.deepEqual((await event(again)).args, ["late"]);
  server.to("room").emit("live");
  assert.deepEqual((await event(again)).args, ["live"]);
  assert.equal(again.unread.length, 0);
});

test("what a recovered client does not get either comes again, and what it got does not", async (context) => {
  const all = await recoveryRig(context);
  const { server, open } = all;
  let client = await open();
  const { pid } = await connect(client);
  await lose(all, client);
  for (const name of ["1", "2", "3"]) server.emit(name);
  client = await open();
  // It got no event at all, so it names no position.
  await connect(client, { pid });
  const { args, position } = await event(client);
  assert.deepEqual(args, ["1"]);
  // The rest was on its way when the connection broke again.
  await lose(all, client);
  client = await open();
  assert.equal((await connect(client, { pid, offset: position })).pid, pid);
  assert.deepEqual((await event(client)).args, ["2"]);
  assert.deepEqual((await event(client)).args, ["3"]);
});

test("a client begins anew, and is told why, when there is nothing to go on from", async (context) => {
  const all = await recoveryRig(context, { connectionStateRecovery: { maxEvents: 2 } });
  const { server, open } = all;
  const session = async (): Promise<Joined> => {
    const client = await open();
    const joined = await connect(client);
    await lose(all, client);
    return joined;
  };
  const back = async (auth: object): Promise<[reason: string | undefined, fresh: boolean]> => {
    const connected = nextSocket<Socket>(server);
    const client = await open();
    const { pid, sid, offset, recovery } = await connect(client, auth);
    const socket = await connected;
    assert.deepEqual([socket.recovered, socket.pid, socket.id], [false, pid, sid]);
    return [recovery, typeof offset === "string" && !Object.values(auth).includes(pid)];
  };
  assert.deepEqual(await back({ pid: "p".repeat(20), offset: "e:1" }), ["unknown", true]);
  assert.deepEqual(await back({ pid: "__proto__" }), ["unknown", true]);
  for (const offset of ["yeast", "other:0", 5, null, "", "9".repeat(1000)]) {
    assert.deepEqual(await back({ pid: (await session()).pid, offset }), ["position", true], String(offset));
  }
  const future = await session();
  assert.deepEqual(await back({ pid: future.pid, offset: future.offset?.replace(":0", ":7") }), ["position", true]);
});

test("events that are not kept any more are never left out in silence", async (context) => {
  const all = await recoveryRig(context, { connectionStateRecovery: { maxEvents: 2 } });
  const { server, open } = all;
  const first = await open();
  const { pid, sid } = await connect(first);
  await lose(all, first);
  for (const name of ["1", "2", "3"]) server.emit(name);
  const second = await open();
  const joined = await connect(second, { pid });
  assert.equal(joined.recovery, "trimmed");
  assert.notEqual(joined.pid, pid);
  assert.notEqual(joined.sid, sid);
});

test("one that left, or was sent away, is not waited for", async (context) => {
  const all = await recoveryRig(context);
  const { server, open } = all;
  server.on("connection", (socket) => socket.on("out", () => socket.disconnect()));
  for (const message of ["1", '2["out"]']) {
    const client = await open();
    const { pid } = await connect(client);
    await client.send(message);
    await until(() => server.sockets.sockets.size === 0, "the disconnect");
    assert.equal((await connect(await open(), { pid })).recovery, "unknown");
    server.disconnectSockets(true);
  }
});

test("middlewares are left out for who comes back, unless the options say otherwise", async (context) => {
  for (const [skipMiddlewares, runs] of [
    [true, 1],
    [false, 2],
  ] as const) {
    const all = await recoveryRig(context, { connectionStateRecovery: { skipMiddlewares } });
    const seen: boolean[] = [];
    all.server.use((socket, next) => {
      seen.push(socket.recovered);
      next();
    });
    const client = await all.open();
    const { pid } = await connect(client);
    await lose(all, client);
    await connect(await all.open(), { pid });
    assert.deepEqual(seen, [false, true].slice(0, runs));
  }
});

test("a client that is back before the server noticed takes its socket over", async (context) => {
  const all = await recoveryRig(context);
  const { server, open } = all;
  const ends: string[] = [];
  server.on("connection", (socket) => socket.on("disconnect", (reason) => ends.push(reason)));
  const lost = await open();
  const { pid, sid } = await connect(lost);
  const back = await open();
  assert.deepEqual(await connect(back, { pid }), { sid, pid });
  await within(lost.closed, "the end of the session");
  assert.deepEqual([ends, server.sockets.sockets.size], [["transport close"], 1]);
});

test("what listeners emit in the middle of a delivery does not come between", async (context) => {
  const all = await recoveryRig(context);
  const { server, open } = all;
  const [one, two] = [await open(), await open()];
  server.on("connection", (socket) => {
    socket.onAnyOutgoing((name) => {
      if (name !== "outer") return;
      server.emit("inner", socket.id);
      assert.throws(() => server.emit("inner", 1n), { code: "unencodable" });
    });
  });
  await connect(one);
  await connect(two);
  server.emit("outer");
  for (const client of [one, two]) {
    const events = [await event(client), await event(client), await event(client)];
    assert.deepEqual(
      events.map(({ args }) => args[0]),
      ["outer", "inner", "inner"],
    );
    assert.deepEqual(
      events.map(({ position }) => position.split(":")[1]),
      ["1", "2", "3"],
    );
  }
});

test("what is not sent again has no position, and nothing that a client would take for one", async (context) => {
  const { server, join } = await recoveryRig(context);
  const connected = nextSocket<Socket>(server);
  const client = await join();
  const socket = await connected;
  socket.volatile.emit("v", "text");
  socket.volatile.emit("v", 1);
  socket.coalesce("k").emit("c", "text");
  socket.emit("ack", "text", () => undefined);
  socket.emit("e", "text");
  assert.equal(await client.take(), '2["v","text",null]');
  assert.equal(await client.take(), '2["v",1]');
  assert.equal(await client.take(), '2["c","text",null]');
  assert.equal(await client.take(), '20["ack","text"]');
  assert.match(String(await client.take()), /^2\["e","text","[\w-]+:1"\]$/);
});

test("a namespace that a client asked for stays while somebody may come back to it", async (context) => {
  const all = await recoveryRig(context, { connectionStateRecovery: { maxDisconnectionDuration: 60_000 } });
  const { server, open } = all;
  const parent = server.of(/^\/tenant-/);
  const client = await open();
  const { pid } = await connect(client, {}, "/tenant-7");
  await lose(all, client);
  parent.emit("to all tenants");
  assert.equal(parent.children.size, 1);
  const again = await open();
  assert.equal((await connect(again, { pid }, "/tenant-7")).pid, pid);
  assert.deepEqual((await event(again)).args, ["to all tenants"]);
  await again.send("1/tenant-7,");
  await until(() => parent.children.size === 0, "the end of the namespace");
});

test("a store that takes its time, or fails, is waited for and survived", async (context) => {
  const parked: ParkedSocket[] = [];
  let fail = false;
  const store = {
    epoch: "e",
    head: 0,
    append(): void {
      store.head += 1;
    },
    park: (socket: ParkedSocket, released: () => void): void => {
      if (fail) throw new Error("full");
      parked.push(socket);
      released();
    },
    claim: async (): Promise<ParkedSocket | undefined> => {
      if (fail) throw new Error("down");
      return parked.shift();
    },
    missed: () => [{ namespace: "/", rooms: undefined, except: [], text: '2["again","e:1"]', attachments: [] }],
  };
  const all = await recoveryRig(context, { connectionStateRecovery: { store } });
  const errors: unknown[] = [];
  all.server.on("handler_error", ({ error }) => errors.push(error));
  const client = await all.open();
  const { pid } = await connect(client);
  all.server.emit("e");
  await lose(all, client);
  const again = await all.open();
  assert.equal((await connect(again, { pid })).pid, pid);
  assert.equal((await event(again)).position, "e:1");
  fail = true;
  await lose(all, again);
  assert.equal((await connect(await all.open(), { pid })).recovery, "unknown");
  assert.deepEqual(errors.map(String), ["Error: full", "Error: down"]);
});

test("a store that fails is the emitter's error, and what waited behind it is sent", async (context) => {
  let fails = 0;
  const store = {
    epoch: "e",
    head: 0,
    append(): void {
      if (fails-- > 0) throw new Error("full");
      store.head += 1;
    },
    park: (_socket: ParkedSocket, released: () => void): void => released(),
    claim: () => undefined,
    missed: () => [],
  };
  const { server, join } = await recoveryRig(context, { connectionStateRecovery: { store } });
  const connected = nextSocket<Socket>(server);
  const client = await join();
  const socket = await connected;
  socket.onAnyOutgoing((name) => {
    if (name !== "outer") return;
    fails = 1;
    server.emit("fails");
    server.emit("goes on");
  });
  assert.throws(() => server.emit("outer"), /full/);
  server.emit("later");
  for (const name of ["outer", "goes on", "later"]) assert.equal((await event(client)).args[0], name);
});

test("without the option nothing is kept and nothing changes on the wire", async (context) => {
  const { server, open } = await rig(context);
  const connected = nextSocket<Socket>(server);
  const client = await open();
  const joined = await connect(client, { pid: "p".repeat(20), offset: "e:1" });
  assert.deepEqual(Object.keys(joined), ["sid"]);
  const socket = await connected;
  assert.deepEqual([socket.recovered, socket.pid], [false, undefined]);
  server.emit("e", "text");
  assert.equal(await client.take(), '2["e","text"]');
});

test("options that mean nothing are errors", async (context) => {
  const wrong: object[] = [
    { maxDisconnectionDuration: 0 },
    { maxEvent: 1 },
    { skipMiddlewares: "no" },
    { maxBytes: 1.5 },
  ];
  for (const connectionStateRecovery of wrong) {
    await assert.rejects(rig(context, { connectionStateRecovery }), { name: "ServerError" });
  }
  await rig(context, { connectionStateRecovery: false });
});
