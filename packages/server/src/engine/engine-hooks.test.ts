import assert from "node:assert/strict";
import { IncomingMessage } from "node:http";
import { test } from "node:test";
import { nextSocket, rig, until, within } from "../wire-client.test.ts";
import type { ConnectionError } from "./connection-error.ts";

test("connection_error tells of each refusal, with the code and words of engine.io", async (context) => {
  const { server, origin } = await rig(context, {
    allowRequest: (request, answer) => answer("no entry", request.headers["x-token"] === "good"),
  });
  const errors: ConnectionError[] = [];
  server.engine.on("connection_error", (error) => errors.push(error));
  const rows: [query: string, init: RequestInit, code: number, message: string, context: object][] = [
    ["EIO=4&transport=tcp", {}, 0, "Transport unknown", { reason: "transport_unknown", status: 400, transport: "tcp" }],
    [
      `EIO=4&transport=polling&sid=${"s".repeat(20)}`,
      {},
      1,
      "Session ID unknown",
      { reason: "session_unknown", status: 400, sid: "s".repeat(20) },
    ],
    [
      "EIO=4&transport=polling",
      { method: "POST", body: "x" },
      2,
      "Bad handshake method",
      { reason: "handshake_method", status: 400, method: "POST" },
    ],
    [
      "EIO=4&transport=websocket",
      {},
      3,
      "Bad request",
      { reason: "bad_request", status: 400, name: "TRANSPORT_HANDSHAKE_ERROR" },
    ],
    ["EIO=4&transport=polling", {}, 4, "no entry", { reason: "forbidden", status: 403, message: "no entry" }],
    [
      "EIO=3&transport=polling",
      {},
      5,
      "Unsupported protocol version",
      { reason: "protocol_unsupported", status: 400, protocol: "3" },
    ],
  ];
  for (const [query, init] of rows) await fetch(`${origin}/socket.io/?${query}`, init);
  assert.deepEqual(
    errors.map(({ req, ...error }) => [req.url, req instanceof IncomingMessage, error]),
    rows.map(([query, , code, message, more]) => [`/socket.io/?${query}`, true, { code, message, context: more }]),
  );
  for (let i = 0; i < 20; i++) await fetch(`${origin}/socket.io/?EIO=4&transport=tcp`);
  assert.equal(errors.length, 26);
});

test("connection_error has no code where engine.io has none, and a hook's fault with it", async (context) => {
  const fault = new Error("no numbers left");
  const { server, origin } = await rig(context, { maxHandshakesPerAddress: 1 });
  const errors: ConnectionError[] = [];
  server.engine.on("connection_error", (error) => errors.push(error));
  server.engine.generateId = () => Promise.reject(fault);
  await fetch(`${origin}/socket.io/?EIO=4&transport=polling`);
  await fetch(`${origin}/socket.io/?EIO=4&transport=polling`);
  const [unnamed, many] = errors;
  assert.deepEqual([unnamed?.code, unnamed?.context.name, unnamed?.context.error], [3, "ID_GENERATION_ERROR", fault]);
  assert.deepEqual([many?.code, many?.context.reason, many?.context.status], [undefined, "too_many_handshakes", 429]);
});

test("sockets reach what middlewares of the engine attached to the opening request", async (context) => {
  const { server, join } = await rig(context);
  const requests: IncomingMessage[] = [];
  server.engine.use((request, _response, next) => {
    if (!request.url?.includes("sid=")) requests.push(Object.assign(request, { session: { user: "ada" } }));
    next();
  });
  server.use((socket, next) => {
    const { session } = socket.request as IncomingMessage & { session?: { user: string } };
    next(session?.user === "ada" ? null : new Error("who?"));
  });
  const connected = nextSocket(server);
  await join();
  const socket = await connected;
  assert.equal(socket.request, requests[0]);
  assert.equal(socket.conn.request, socket.request);
  assert.equal(socket.client.request, socket.request);
});

test("without middlewares the opening request is made anew of what is remembered, and only when asked for", async (context) => {
  const { server, join } = await rig(context);
  server.engine.on("headers", () => undefined);
  const connected = nextSocket(server);
  await join();
  const { request, conn } = await connected;
  assert.ok(request instanceof IncomingMessage);
  assert.equal(request, conn.request);
  assert.deepEqual([request.method, request.url], ["GET", "/socket.io/?EIO=4&transport=polling&token=t"]);
  assert.deepEqual([request.headers.connection, request.socket.remoteAddress], ["keep-alive", "127.0.0.1"]);
  assert.equal(Reflect.get(request.socket, "encrypted"), false);
});

test("conn hands out what each message holds, sends messages of its own, and ends", async (context) => {
  const { server, join } = await rig(context);
  const connected = nextSocket(server);
  const client = await join();
  const { conn } = await connected;
  const heard: unknown[] = [];
  conn.on("message", (data) => heard.push(["message", data]));
  conn.on("data", (data) => heard.push(["data", data]));
  await client.send('2["e"]');
  await until(() => heard.length === 2, "the message");
  assert.deepEqual(heard, [
    ["message", '2["e"]'],
    ["data", '2["e"]'],
  ]);
  conn.send("bare").write(new Uint8Array([1, 2]));
  assert.equal(await client.take(), "bare");
  assert.deepEqual([...(await client.take())], [1, 2]);
  assert.equal(conn.upgraded, false);
  conn.close();
  await within(client.closed, "the end of the session");
});

test("a server that stands alone has nobody to tell: serverSideEmit is answered at once, with nothing", async (context) => {
  const { server } = await rig(context);
  const chat = server.of("/chat");
  const never = (): void => assert.fail("a server does not tell itself");
  server.on("hello", never);
  chat.on("hello", never);
  assert.equal(server.serverSideEmit("hello", 1), true);
  assert.deepEqual(await server.serverSideEmitWithAck("hello", 1), []);
  assert.deepEqual(await chat.serverSideEmitWithAck("hello"), []);
  const answered = new Promise((resolve) => {
    chat.serverSideEmit("hello", (error: Error | null, answers: unknown[]) => resolve([error, answers]));
  });
  assert.deepEqual(await within(answered, "the answer"), [null, []]);
  for (const name of ["connection", "connect", "new_namespace"]) {
    assert.throws(() => chat.serverSideEmit(name), { code: "reserved_event" });
  }
  assert.deepEqual([chat.eventNames(), server.listenerCount("hello")], [["hello"], 1]);
  server.removeListener("hello", never);
  chat.removeAllListeners();
  assert.deepEqual([chat.eventNames(), server.listeners("hello")], [[], []]);
});
