/** What keeps a server in operation, seen by the official `socket.io-client` 4.8: deploys, limits, credentials that end. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { io as everwire } from "@everwire/client";
import { Server, type ServerOptions } from "@everwire/server";
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import { nextEvent, until } from "./waiting.ts";

interface Stage {
  readonly server: Server;
  readonly url: string;
  knock(options?: Partial<ManagerOptions & SocketOptions>): Socket;
}

async function stage(context: TestContext, options: Partial<ServerOptions> = {}): Promise<Stage> {
  const http = createServer();
  const server = new Server(http, { log: () => undefined, ...options });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  // Listening on a TCP port, so the address is not a path.
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const opened: Socket[] = [];
  context.after(async () => {
    for (const socket of opened) socket.disconnect();
    await server.close();
  });
  const knock = (more: Partial<ManagerOptions & SocketOptions> = {}): Socket => {
    const socket = io(url, { forceNew: true, ...more });
    opened.push(socket);
    return socket;
  };
  return { server, url, knock };
}

test("a drained server sends its clients to the one that takes its place", async (context) => {
  const { server, url, knock } = await stage(context);
  const clients = ["websocket", "polling", "websocket", "polling"].map((transport) =>
    knock({ transports: [transport], reconnectionDelay: 10, reconnectionDelayMax: 50 }),
  );
  await Promise.all(clients.map((client) => nextEvent(client, "connect")));
  const told: string[] = [];
  const ends: string[] = [];
  for (const client of clients) {
    client.on("server:drain", ({ reason }: { reason: string }) => told.push(reason));
    client.on("disconnect", (reason) => ends.push(reason));
  }
  await server.drain({ over: 100, reason: "deploy" });
  assert.equal(server.engine.clientsCount, 0);
  await server.close();
  const http = createServer();
  const next = new Server(http);
  context.after(() => next.close());
  await new Promise<void>((resolve) => http.listen(Number(new URL(url).port), "127.0.0.1", resolve));
  await until(
    "the clients on the next server",
    () => next.engine.clientsCount >= 4 && clients.every((client) => client.connected),
  );
  assert.deepEqual(told, ["deploy", "deploy", "deploy", "deploy"]);
  assert.ok(ends.length === 4 && ends.every((reason) => reason.startsWith("transport ")), String(ends));
});

test("a client hears that it sent too much, and when it may again", async (context) => {
  const { server, knock } = await stage(context, { rateLimits: { events: { say: { rate: 0.001, burst: 1 } } } });
  server.on("connection", (socket) => socket.on("say", (answer) => answer("said")));
  const client = knock({ transports: ["websocket"] });
  assert.equal(await client.emitWithAck("say"), "said");
  const { error } = await client.emitWithAck("say");
  assert.deepEqual([error.code, error.retry, error.data.retryAfter > 900_000], ["rate_limited", true, true]);
  assert.equal(client.connected, true);
});

test("a client renews its credentials without a new connection, and is told when they have ended", async (context) => {
  const { server, knock } = await stage(context, { renewBefore: 60_000 });
  const later = (): number => Date.now() + 30_000;
  server.use((socket, next) => {
    socket.expiresAt(later());
    next();
  });
  server.renewal((_socket, { token }) => (token === "last" ? Date.now() : token === "fresh" && later()));
  const client = knock({ auth: { token: "first" } });
  await nextEvent(client, "auth:renew");
  const { id } = client;
  assert.equal(typeof (await client.emitWithAck("auth:renew", { token: "fresh" })).expires, "number");
  assert.equal((await client.emitWithAck("auth:renew", { token: "stolen" })).error.code, "renewal_refused");
  assert.deepEqual([client.connected, client.id], [true, id]);
  const expired = nextEvent(client, "auth:expired");
  const gone = nextEvent(client, "disconnect");
  client.emit("auth:renew", { token: "last" });
  await expired;
  assert.equal((await gone)[0], "io server disconnect");
});

test("what a session middleware attached to the opening request is there, and a callback decides who may open one", async (context) => {
  const { server, knock } = await stage(context, {
    allowRequest: (request, callback) => callback(null, request.headers["x-pass"] === "yes"),
  });
  server.engine.use((request, _response, next) => {
    Object.assign(request, { session: { user: "ada" } });
    next();
  });
  const users: unknown[] = [];
  server.on("connection", (socket) => users.push(Reflect.get(socket.request, "session")));
  const refusals: unknown[] = [];
  server.engine.on("connection_error", ({ code, message }) => refusals.push([code, message]));
  await nextEvent(
    knock({ extraHeaders: { "x-pass": "no" }, reconnection: false, transports: ["polling"] }),
    "connect_error",
  );
  for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]]) {
    await nextEvent(knock({ extraHeaders: { "x-pass": "yes" }, transports }), "connect");
  }
  assert.deepEqual(users, [{ user: "ada" }, { user: "ada" }, { user: "ada" }]);
  assert.deepEqual(refusals, [[4, "Forbidden"]]);
});

test("an event that Everwire's client sends again is served once", async (context) => {
  const { server, url } = await stage(context);
  let attempts = 0;
  const served: unknown[] = [];
  const answers: ((text: string) => void)[] = [];
  server.engine.on("connection", (conn) => {
    conn.on("packet", ({ data }) => {
      if (String(data).includes('["say"')) attempts += 1;
      if (attempts === 3) for (const answer of answers.splice(0)) answer("heard");
    });
  });
  server.on("connection", (socket) => {
    socket.on("say", (text, answer) => {
      served.push(text);
      answers.push(answer);
    });
  });
  const client = everwire(url, { forceNew: true, retries: 100, ackTimeout: 30 });
  context.after(() => client.disconnect());
  await nextEvent(client, "connect");
  assert.equal(await client.emitWithAck("say", "once"), "heard");
  assert.deepEqual(served, ["once"]);
});
