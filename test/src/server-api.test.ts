/** The server's API beyond plain events, seen by the official `socket.io-client` 4.8. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { Server, type ServerOptions } from "@everwire/server";
import { io, type Socket } from "socket.io-client";
import { nextEvent, until } from "./waiting.ts";

interface Stage {
  readonly server: Server;
  /** Connects to a namespace; the client is disconnected when the test ends. */
  join(namespace?: string, auth?: Record<string, unknown>): Promise<Socket>;
  /** Asks for a namespace without waiting for the answer. */
  knock(namespace: string, auth?: Record<string, unknown>): Socket;
}

async function stage(context: TestContext, options: Partial<ServerOptions> = {}): Promise<Stage> {
  const http = createServer();
  const server = new Server(http, options);
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  // Listening on a TCP port, so the address is not a path.
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const opened: Socket[] = [];
  context.after(async () => {
    for (const socket of opened) socket.disconnect();
    await server.close();
  });
  const knock = (namespace: string, auth: Record<string, unknown> = {}): Socket => {
    const socket = io(`${url}${namespace}`, { transports: ["websocket"], forceNew: true, auth });
    opened.push(socket);
    return socket;
  };
  const join = async (namespace = "/", auth?: Record<string, unknown>): Promise<Socket> => {
    const socket = knock(namespace, auth);
    await nextEvent(socket, "connect");
    return socket;
  };
  return { server, join, knock };
}

test("fetchSockets finds the client, and a view moves, asks and disconnects it", async (context) => {
  const { server, join } = await stage(context);
  server.use((socket, next) => {
    socket.data.name = socket.handshake.auth.name;
    next();
  });
  const [ada] = await Promise.all([join("/", { name: "ada" }), join("/", { name: "bob" })]);
  const views = await server.fetchSockets();
  assert.deepEqual(views.map(({ data }) => data.name).sort(), ["ada", "bob"]);
  const view = views.find(({ data }) => data.name === "ada");
  assert.ok(view !== undefined);
  assert.equal(view.id, ada.id);
  view.join("x");
  ada.on("ask", (answer: (text: string) => void) => answer("here"));
  assert.equal(await view.timeout(5000).emitWithAck("ask"), "here");
  assert.deepEqual(await server.in("x").timeout(5000).emitWithAck("ask"), ["here"]);
  assert.deepEqual(await server.in("x").allSockets(), new Set([ada.id]));
  const gone = nextEvent(ada, "disconnect");
  server.in("x").disconnectSockets();
  assert.equal((await gone)[0], "io server disconnect");
  assert.equal((await server.fetchSockets()).length, 1);
});

test("a broadcast that some do not answer fails with the answers of the others", async (context) => {
  const { server, join } = await stage(context);
  const [first] = await Promise.all([join(), join()]);
  first.on("ask", (answer: (text: string) => void) => answer("here"));
  await assert.rejects(server.timeout(200).emitWithAck("ask"), {
    message: "operation has timed out",
    responses: ["here"],
  });
});

test("a namespace comes to be when a client asks for one that an expression takes, and goes with the last", async (context) => {
  const { server, join, knock } = await stage(context);
  const parent = server.of(/^\/tenant-\d+$/);
  parent.use((socket, next) => {
    if (socket.handshake.auth.key === "sesame") next();
    else next(new Error("wrong key"));
  });
  parent.on("connection", (socket) => socket.emit("welcome", socket.nsp.name));
  const one = knock("/tenant-1", { key: "sesame" });
  assert.deepEqual(await nextEvent(one, "welcome"), ["/tenant-1"]);
  await join("/tenant-2", { key: "sesame" });
  assert.equal((await nextEvent<[Error]>(knock("/tenant-3"), "connect_error"))[0].message, "wrong key");
  assert.equal((await nextEvent<[Error]>(knock("/tenant-x"), "connect_error"))[0].message, "Invalid namespace");
  const told = nextEvent(one, "news");
  parent.emit("news", 1);
  assert.deepEqual(await told, [1]);
  one.disconnect();
  await until("the end of the namespace", () => !server._nsps.has("/tenant-1"));
  assert.deepEqual([...server._nsps.keys()], ["/", "/tenant-2"]);
});

test("a function decides on namespaces with what the client says of itself", async (context) => {
  const { server, join, knock } = await stage(context);
  server.of((name, auth, next) => void setImmediate(() => next(null, name === `/${String(auth.user)}`)));
  assert.equal((await join("/ada", { user: "ada" })).connected, true);
  const [error] = await nextEvent<[Error]>(knock("/eve", { user: "bob" }), "connect_error");
  assert.equal(error.message, "Invalid namespace");
});

test("a packet middleware that refuses an event is heard by the socket's error listener", async (context) => {
  const { server, join } = await stage(context);
  const errors: string[] = [];
  server.on("connection", (socket) => {
    socket.use(([name], next) => next(name === "bad" ? new Error("refused") : undefined));
    socket.on("error", (error) => errors.push(error.message));
    socket.on("bad", () => errors.push("it came through"));
    socket.on("good", (answer: () => void) => answer());
  });
  const client = await join();
  client.emit("bad");
  await client.emitWithAck("good");
  assert.deepEqual(errors, ["refused"]);
});

test("room events and the engine's counter follow the client", async (context) => {
  const { server, join } = await stage(context);
  const log: string[] = [];
  const { adapter } = server.of("/");
  adapter.on("join-room", (room, id) => log.push(room === id ? "join own" : `join ${room}`));
  adapter.on("leave-room", (room, id) => log.push(room === id ? "leave own" : `leave ${room}`));
  server.on("connection", (socket) => socket.join("x"));
  const client = await join();
  assert.equal(server.engine.clientsCount, 1);
  assert.equal(adapter.rooms.get("x")?.size, 1);
  client.disconnect();
  await until("the leave", () => server.engine.clientsCount === 0);
  assert.deepEqual(log, ["join own", "join x", "leave own", "leave x"]);
});
