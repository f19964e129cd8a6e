import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { ServerOptions } from "../runtime/server-options.ts";
import { nextSocket, type Rig, rig, until, type WireClient, within } from "../wire-client.test.ts";
import type { Namespace } from "./namespace.ts";
import type { NamespaceFilter } from "./namespace-table.ts";

const ROOM = /^\/room-\d+$/;

/** Asks for a namespace and returns the prefix and the payload of the answer. */
async function ask(client: WireClient, name: string, auth = ""): Promise<[string, unknown]> {
  await client.send(`0${name},${auth}`);
  return client.packet();
}

/** A server with a session on which "/" is connected, so that leaving another namespace leaves a socket. */
async function joined(context: TestContext, options?: Partial<ServerOptions>): Promise<[Rig["server"], WireClient]> {
  const { server, join } = await rig(context, options);
  return [server, await join()];
}

test("an expression makes the namespaces that clients ask for, and no others", async (context) => {
  const [server, client] = await joined(context);
  const made: string[] = [];
  server.on("new_namespace", (namespace) => made.push(namespace.name));
  const parent = server.of(ROOM);
  assert.equal((await ask(client, "/room-1"))[0], "0/room-1,");
  assert.equal((await ask(client, "/room-22"))[0], "0/room-22,");
  assert.deepEqual(await ask(client, "/room-x"), ["4/room-x,", { message: "Invalid namespace" }]);
  assert.deepEqual(made, ["/room-1", "/room-22"]);
  assert.deepEqual([...server._nsps.keys()], ["/", "/room-1", "/room-22"]);
  assert.deepEqual(
    [...parent.children].map(({ name }) => name),
    ["/room-1", "/room-22"],
  );
  assert.equal(server.of("/room-1").server, server);
});

test("of(name) makes a child when an expression takes the name, and tells of every namespace", async (context) => {
  const { server } = await rig(context);
  const made: Namespace[] = [];
  server.on("new_namespace", (namespace) => made.push(namespace));
  const parent = server.of(ROOM);
  const child = server.of("room-7");
  const other = server.of("/other");
  assert.deepEqual(made, [child, other]);
  assert.deepEqual([...parent.children], [child]);
});

test("an expression that keeps state between its answers is refused", async (context) => {
  const { server } = await rig(context);
  for (const pattern of [/a/g, /a/y]) assert.throws(() => server.of(pattern), { code: "invalid_namespace" });
});

interface Verdict {
  readonly name: string;
  readonly filter: NamespaceFilter;
  readonly admitted: boolean;
}

const VERDICTS: readonly Verdict[] = [
  { name: "yes at once", filter: (_name, _auth, next) => next(null, true), admitted: true },
  { name: "yes later", filter: (_name, _auth, next) => void setImmediate(() => next(null, true)), admitted: true },
  { name: "yes by auth", filter: (_name, auth, next) => next(null, auth.token === "t"), admitted: true },
  { name: "yes by name", filter: (name, _auth, next) => next(null, name === "/asked"), admitted: true },
  { name: "no", filter: (_name, _auth, next) => next(null, false), admitted: false },
  {
    name: "an error, whatever comes with it",
    filter: (_name, _auth, next) => next(new Error("no"), true),
    admitted: false,
  },
  {
    name: "a throw",
    filter: () => {
      throw new Error("thrown");
    },
    admitted: false,
  },
  { name: "a rejection", filter: () => Promise.reject(new Error("rejected")), admitted: false },
  {
    name: "the first of two answers",
    filter: (_name, _auth, next) => {
      next(null, false);
      next(null, true);
    },
    admitted: false,
  },
];

for (const { name, filter, admitted } of VERDICTS) {
  test(`a function decides on a name: ${name}`, async (context) => {
    const [server, client] = await joined(context);
    server.of(filter);
    let made = 0;
    server.on("new_namespace", () => {
      made += 1;
    });
    const [prefix, payload] = await ask(client, "/asked", '{"token":"t"}');
    if (admitted) assert.equal(prefix, "0/asked,");
    else assert.deepEqual([prefix, payload], ["4/asked,", { message: "Invalid namespace" }]);
    assert.equal(server._nsps.has("/asked"), admitted);
    assert.equal(made, admitted ? 1 : 0);
  });
}

test("parents are asked in their order, and the first that takes the name is the one", async (context) => {
  const [server, client] = await joined(context);
  const asked: string[] = [];
  server.of((_name, _auth, next) => {
    asked.push("first");
    next(null, false);
  });
  const second = server.of((_name, _auth, next) => next(null, true));
  server.of((_name, _auth, next) => {
    asked.push("third");
    next(null, true);
  });
  await ask(client, "/x");
  assert.deepEqual(asked, ["first"]);
  assert.equal(second.children.size, 1);
});

test("two clients that ask at the same time get the same namespace", async (context) => {
  const { server, join } = await rig(context);
  const waiting: (() => void)[] = [];
  const parent = server.of((_name, _auth, next) => waiting.push(() => next(null, true)));
  const clients = await Promise.all([join(), join()]);
  for (const client of clients) await client.send("0/x,");
  await until(() => waiting.length === 2, "both questions");
  for (const answer of waiting) answer();
  for (const client of clients) assert.equal((await client.packet())[0], "0/x,");
  assert.equal(parent.children.size, 1);
  assert.equal(server.of("/x").sockets.size, 2);
});

test("a filter that never answers costs the client its time, and a client that gives up makes no namespace", async (context) => {
  const [server, client] = await joined(context, { connectTimeout: 50 });
  const answers: (() => void)[] = [];
  server.of((_name, _auth, next) => answers.push(() => next(null, true)));
  assert.deepEqual(await ask(client, "/slow"), ["4/slow,", { message: "Connect timed out" }]);
  await client.send("0/left,", "1/left,");
  await until(() => answers.length === 2, "both questions");
  for (const answer of answers) answer();
  assert.deepEqual([...server._nsps.keys()], ["/"]);
});

test("a second CONNECT while the filter thinks ends the session", async (context) => {
  const [server, client] = await joined(context);
  server.of(() => undefined);
  await client.send("0/x,", "0/x,");
  await within(client.closed, "the end of the session");
});

test("middlewares and listeners of the parent come before the child's own, also those added later", async (context) => {
  const { server, join } = await rig(context);
  const log: string[] = [];
  const parent = server.of(ROOM, (socket) => log.push(`of ${socket.nsp.name}`));
  const child = server.of("/room-1");
  child.use((_socket, next) => {
    log.push("child use");
    next();
  });
  child.on("connection", () => log.push("child"));
  parent.use((_socket, next) => {
    log.push("parent use");
    next();
  });
  parent.on("connect", () => log.push("parent"));
  await (await join()).connect("/room-1");
  assert.deepEqual(log, ["parent use", "child use", "of /room-1", "parent", "child"]);
});

test("a parent's middleware can refuse", async (context) => {
  const [server, client] = await joined(context);
  server.of(ROOM).use((_socket, next) => next(new Error("not here")));
  assert.deepEqual(await ask(client, "/room-1"), ["4/room-1,", { message: "not here" }]);
  await until(() => server._nsps.size === 1, "the end of the namespace that nobody entered");
});

test("a parent's broadcast reaches the sockets of all children, each in its own namespace", async (context) => {
  const [server, client] = await joined(context);
  const parent = server.of(ROOM);
  for (const name of ["/room-1", "/room-2"]) {
    const connected = nextSocket(parent);
    await client.connect(name);
    (await connected).join(name === "/room-1" ? "x" : "y");
  }
  parent.emit("all");
  parent.to("y").emit("y");
  parent.except("y").volatile.emit("not y");
  assert.equal(await client.take(), '2/room-1,["all"]');
  assert.equal(await client.take(), '2/room-2,["all"]');
  assert.equal(await client.take(), '2/room-2,["y"]');
  assert.equal(await client.take(), '2/room-1,["not y"]');
  const answers = parent.timeout(5000).emitWithAck("ask");
  for (const name of ["/room-1", "/room-2"]) {
    assert.equal(await client.take(), `2${name},0["ask"]`);
    await client.send(`3${name},0["${name}"]`);
  }
  assert.deepEqual(await within(answers, "the answers"), ["/room-1", "/room-2"]);
  assert.equal((await parent.fetchSockets()).length, 2);
});

test("a child is forgotten when its last socket has left, and made anew", async (context) => {
  const [server, client] = await joined(context);
  const parent = server.of(ROOM);
  const during: boolean[] = [];
  parent.on("connection", (socket) => {
    socket.on("disconnect", () => during.push(server._nsps.get("/room-1") === socket.nsp));
  });
  await client.connect("/room-1");
  const first = server.of("/room-1");
  await client.send("1/room-1,");
  await until(() => !server._nsps.has("/room-1"), "the end of the namespace");
  assert.equal(parent.children.size, 0);
  assert.deepEqual(during, [true]);
  await client.connect("/room-1");
  assert.notEqual(server.of("/room-1"), first);
  assert.equal(parent.children.size, 1);
});

test("a child stays while somebody is on the way in", async (context) => {
  const { server, join } = await rig(context);
  const going: (() => void)[] = [];
  const parent = server.of(ROOM);
  const [stays, leaves] = [await join(), await join()];
  await leaves.connect("/room-1");
  parent.use((_socket, next) => going.push(next));
  await stays.send("0/room-1,");
  await until(() => going.length === 1, "the middleware");
  await leaves.send("1/room-1,");
  await until(() => server.of("/room-1").sockets.size === 0, "the first one's leave");
  await new Promise((resolve) => setImmediate(resolve));
  const child = server._nsps.get("/room-1");
  going[0]?.();
  assert.equal((await stays.packet())[0], "0/room-1,");
  assert.equal(server._nsps.get("/room-1"), child);
  assert.equal(child?.sockets.size, 1);
});

test("with cleanupEmptyChildNamespaces: false a child stays, and the application's own namespaces always do", async (context) => {
  const [server, client] = await joined(context, { cleanupEmptyChildNamespaces: false });
  server.of(ROOM);
  await client.connect("/room-1");
  await client.send("1/room-1,");
  await until(() => server.of("/room-1").sockets.size === 0, "the leave");
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(server._nsps.has("/room-1"));
});

test("there are at most maxChildNamespaces, and room again when one is forgotten", async (context) => {
  const [server, client] = await joined(context, { maxChildNamespaces: 2 });
  server.of(ROOM);
  await client.connect("/room-1");
  await client.connect("/room-2");
  assert.deepEqual(await ask(client, "/room-3"), ["4/room-3,", { message: "Too many namespaces" }]);
  await client.send("1/room-1,");
  await until(() => server._nsps.size === 2, "the end of one namespace");
  assert.equal((await ask(client, "/room-3"))[0], "0/room-3,");
});
