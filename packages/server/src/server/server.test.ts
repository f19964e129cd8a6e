import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { ServerError } from "../failures.ts";
import { nextSocket, rig, until, within } from "../wire-client.test.ts";
import { Server } from "./server.ts";

test("events go both ways, numbers are names too", async (context) => {
  const { server, join } = await rig(context);
  const connected = nextSocket(server);
  const client = await join();
  const socket = await connected;
  socket.on("hello", (...args) => socket.emit("heard", ...args));
  socket.on("7", (value) => socket.emit("seven", value));
  await client.send('2["hello",1,"é€😀",null]', '2[7,"x"]');
  assert.equal(await client.take(), '2["heard",1,"é€😀",null]');
  assert.equal(await client.take(), '2["seven","x"]');
});

test("binary goes both ways, attachments behind their header", async (context) => {
  const { server, join } = await rig(context);
  server.on("connection", (socket) => {
    socket.on("bytes", (data) => {
      assert.ok(Buffer.isBuffer(data.list[0]));
      socket.emit("back", { list: [data.list[0], new Uint8Array([9]).buffer] });
    });
  });
  const client = await join();
  await client.send('51-["bytes",{"list":[{"_placeholder":true,"num":0}]}]', new Uint8Array([1, 2, 3]));
  assert.equal(
    await client.take(),
    '52-["back",{"list":[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]}]',
  );
  assert.deepEqual([...(await client.take())], [1, 2, 3]);
  assert.deepEqual([...(await client.take())], [9]);
});

test("the handshake says where a socket comes from", async (context) => {
  const { server, join } = await rig(context);
  const connected = nextSocket(server);
  await join("/", { token: "x" });
  const { handshake, conn } = await connected;
  assert.deepEqual(handshake.auth, { token: "x" });
  assert.equal(handshake.query.token, "t");
  assert.equal(Object.getPrototypeOf(handshake.query), null);
  assert.equal(handshake.address, "127.0.0.1");
  assert.equal(handshake.secure, false);
  assert.equal(handshake.xdomain, false);
  assert.match(handshake.url, /^\/socket\.io\/\?/);
  assert.ok(Math.abs(handshake.issued - Date.now()) < 60_000);
  assert.equal(conn.transport.name, "polling");
});

test("two namespaces share a session and have their own ids and events", async (context) => {
  const { server, join } = await rig(context);
  const chat = server.of("chat");
  assert.equal(server.of("/chat"), chat);
  assert.equal(server.of("/"), server.sockets);
  const client = await join();
  await client.connect("/chat");
  chat.emit("only chat");
  server.emit("only main");
  assert.equal(await client.take(), '2/chat,["only chat"]');
  assert.equal(await client.take(), '2["only main"]');
  assert.equal(server.engine.sessions, 1);
  assert.throws(() => server.of("/a,b"), { code: "invalid_namespace" });
});

test("disconnecting sees the rooms, disconnect does not", async (context) => {
  const { server, join } = await rig(context);
  const connected = nextSocket(server);
  const client = await join();
  const socket = await connected;
  socket.join(["a", "b"]);
  const log: unknown[] = [];
  socket.on("disconnecting", (reason) => {
    log.push([reason, [...socket.rooms], socket.connected]);
    // A listener that disconnects again must not start all over.
    socket.disconnect();
  });
  socket.on("disconnect", (reason) => log.push([reason, [...socket.rooms], socket.connected]));
  await client.send("1");
  await until(() => log.length === 2, "both events");
  const reason = "client namespace disconnect";
  assert.deepEqual(log, [
    [reason, [socket.id, "a", "b"], true],
    [reason, [], false],
  ]);
  socket.join("late");
  assert.equal(server.sockets.rooms.size, 0);
  assert.equal(socket.emit("late"), false);
});

test("disconnect() leaves one namespace, disconnect(true) ends the session", async (context) => {
  const { server, join } = await rig(context);
  const chat = server.of("/chat");
  const client = await join();
  const [main] = server.sockets.sockets.values();
  assert.ok(main !== undefined);
  const joined = nextSocket(chat);
  await client.connect("/chat");
  const other = await joined;
  const reasons: string[] = [];
  main.on("disconnect", (reason) => reasons.push(`/ ${reason}`));
  other.on("disconnect", (reason) => reasons.push(`/chat ${reason}`));
  other.disconnect();
  assert.equal(await client.take(), "1/chat,");
  assert.equal(main.connected, true);
  main.disconnect(true);
  assert.equal(await client.take(), "1");
  await within(client.closed, "the end of the session");
  assert.deepEqual(reasons, ["/chat server namespace disconnect", "/ server namespace disconnect"]);
});

test("a session that ends takes its sockets with the session's reason", async (context) => {
  const { server, origin, join } = await rig(context);
  const connected = nextSocket(server);
  const client = await join();
  const socket = await connected;
  const reason = within(new Promise((resolve) => socket.on("disconnect", resolve)), "disconnect");
  await fetch(`${origin}/socket.io/?EIO=4&transport=polling&sid=${client.sid}`, { method: "POST", body: "1" });
  assert.equal(await reason, "transport close");
});

test("close() disconnects everybody, closes the HTTP server and may be called again", async (context) => {
  const { server, join } = await rig(context);
  const connected = nextSocket(server);
  const client = await join();
  const socket = await connected;
  const reason = new Promise((resolve) => socket.on("disconnect", resolve));
  await Promise.all([server.close(), server.close()]);
  assert.equal(await reason, "server shutting down");
  await within(client.closed, "the end of the session");
  assert.equal(server.httpServer?.listening, false);
  assert.throws(() => server.listen(0), { code: "server_closed" });
});

test("a handler that throws or rejects is reported, and its socket stays", async (context) => {
  const entries: unknown[] = [];
  const { server, join } = await rig(context, { log: (entry) => entries.push(entry.reason) });
  const messages: unknown[] = [];
  server.on("handler_error", ({ error, namespace }) => {
    assert.ok(error instanceof Error);
    messages.push([namespace, "code" in error ? error.code : error.message]);
    throw new Error("so does the listener for that");
  });
  server.on("connection", (socket) => {
    socket.on("throw", () => {
      throw new Error("thrown");
    });
    socket.on("reject", () => Promise.reject(new Error("rejected")));
    socket.on("cycle", (ack) => {
      const cycle: unknown[] = [];
      cycle.push(cycle);
      ack(cycle);
    });
    socket.on("fine", (ack) => ack("fine"));
  });
  const client = await join();
  await client.send('2["throw"]', '2["reject"]', '21["cycle"]', '22["fine"]');
  assert.equal(await client.take(), '32["fine"]');
  assert.deepEqual(messages.map(String).sort(), ["/,rejected", "/,thrown", "/,unencodable"]);
  assert.equal(entries.length, 6);
});

test("emit throws for data that cannot be encoded and for reserved names, and sends nothing", async (context) => {
  const { server, join } = await rig(context);
  const connected = nextSocket(server);
  const client = await join();
  const socket = await connected;
  const cycle: Record<string, unknown> = {};
  cycle.cycle = cycle;
  let deep: unknown[] = [];
  for (let i = 0; i < 5000; i++) deep = [deep];
  for (const value of [cycle, 1n, deep]) {
    assert.throws(() => socket.emit("e", value), { name: "ServerError", code: "unencodable" });
    assert.throws(() => server.emit("e", value), { code: "unencodable" });
    assert.throws(() => socket.emit("e", value, () => undefined), { code: "unencodable" });
    await assert.rejects(socket.emitWithAck("e", value), { code: "unencodable" });
  }
  assert.throws(() => socket.emit("disconnect"), { code: "reserved_event" });
  assert.throws(() => server.emit("connect"), { code: "reserved_event" });
  socket.emit("end");
  assert.equal(await client.take(), '2["end"]');
});

test("149: rooms are bounded and named sensibly", async (context) => {
  const { server, join } = await rig(context, { maxRooms: 3 });
  const connected = nextSocket(server);
  await join();
  const socket = await connected;
  socket.join(["a", "b"]);
  socket.join("a");
  assert.throws(() => socket.join("c"), { code: "too_many_rooms" });
  socket.leave("a");
  socket.join("c");
  assert.deepEqual([...socket.rooms], [socket.id, "b", "c"]);
  for (const name of ["", "x".repeat(257)]) assert.throws(() => socket.join(name), { code: "room_invalid" });
});

test("options: unknown names and limits that mean nothing are errors", () => {
  // Configuration often comes from a file, where no type checker looks.
  const configured =
    (options: object): (() => Server) =>
    () =>
      new Server(options);
  assert.throws(configured({ maxRoom: 5 }), /maxRoom/);
  for (const value of [0, -1, 1.5, Number.NaN, "10", 2 ** 31]) {
    assert.throws(configured({ maxRooms: value }), (error) => error instanceof ServerError);
  }
  assert.throws(configured({ pingInterval: 0 }), /pingInterval/);
});

test("close waits for answers under way, and not for the connections that clients would keep", async (context) => {
  const http = createServer();
  const asked = once(http, "request");
  const server = new Server(http);
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const agent = new Agent({ keepAlive: true });
  context.after(() => agent.destroy());
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request({ port: (http.address() as AddressInfo).port, agent }, resolve)
      .on("error", reject)
      .end();
  });
  const [, response] = await within(asked, "the request");
  let closed = false;
  const closing = server.close().then(() => {
    closed = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(closed, false);
  response.end("the answer");
  assert.deepEqual(await (await answered).toArray(), [Buffer.from("the answer")]);
  const started = performance.now();
  await closing;
  // Two seconds is when it would cut the connection off.
  assert.ok(performance.now() - started < 1000);
});

test("a server can listen on a port of its own", async () => {
  const server = new Server(0);
  const { httpServer } = server;
  assert.ok(httpServer !== undefined);
  await within(new Promise((resolve) => httpServer.once("listening", resolve)), "listening");
  await server.close();
  const unattached = new Server();
  unattached.attach(createServer());
  await unattached.close();
});

test("a server of its own does not wait long for slow peers, but as long as the body of a request may take", async () => {
  for (const [options, requestTimeout] of [
    [{}, 30_000],
    [{ bodyTimeout: 60_000 }, 61_000],
  ] as const) {
    const server = new Server(0, options);
    const { httpServer } = server;
    assert.ok(httpServer !== undefined && "headersTimeout" in httpServer);
    assert.equal(httpServer.headersTimeout, 10_000);
    assert.equal(httpServer.requestTimeout, requestTimeout);
    await server.close();
  }
});
