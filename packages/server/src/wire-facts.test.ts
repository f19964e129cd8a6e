// What Socket.IO 4.8 does on the wire and a new implementation is likely to get wrong: a row, a test. The rows on Engine.IO
// are in @everwire/transport, those on clients of revision 3 in revision-3.test.ts.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type CloseReason, RESERVED_EVENTS } from "@everwire/protocol";
import type { ServerOptions } from "./runtime/server-options.ts";
import type { Socket } from "./socket/socket.ts";
import { type Message, nextSocket, type Rig, rig, until, type WireClient, within } from "./wire-client.test.ts";

const BYTES = new Uint8Array([1, 2, 3]);
const PLACEHOLDER = '{"_placeholder":true,"num":0}';

interface Stage {
  readonly server: Rig["server"];
  readonly client: WireClient;
  readonly socket: Socket;
  /** Posts an engine payload as it is. */
  post(body: string): Promise<unknown>;
}

/** A server with the namespace "/chat" beside the main one, and a client that is connected to "/". */
async function stage(context: TestContext, options?: Partial<ServerOptions>): Promise<Stage> {
  const { server, origin, join } = await rig(context, options);
  server.of("/chat");
  const connected = nextSocket<Socket>(server);
  const client = await join();
  const url = `${origin}/socket.io/?EIO=4&transport=polling&sid=${client.sid}`;
  const post = (body: string): Promise<unknown> => fetch(url, { method: "POST", body });
  return { server, client, socket: await connected, post };
}

function reasonOf(socket: Socket): Promise<CloseReason> {
  return within(new Promise((resolve) => socket.on("disconnect", resolve)), "the disconnect");
}

// After CONNECT to "/". Each closes the whole engine connection.
const FORBIDDEN: readonly (readonly [fact: string, ...messages: Message[]])[] = [
  ["an event for a namespace that was never joined", '2/chat,["e"]'],
  ["an acknowledgement for a namespace that was never joined", "3/chat,0[]"],
  ["an event for a namespace that was left", "1", '2["e"]'],
  ["a second CONNECT to one namespace", "0"],
  ["CONNECT_ERROR from the client", '4{"message":"x"}'],
  ["an unknown packet type", '7["e"]'],
  ["invalid JSON", '2["e"'],
  ["CONNECT with a string", '0/chat,"x"'],
  ["CONNECT with an array", "0/chat,[]"],
  ["an empty event", "2[]"],
  ["an event that is no array", '2{"0":"e"}'],
  ["an acknowledgement that is no array", "30{}"],
  ["an event whose name is null", "2[null]"],
  ["an event whose name is a boolean", "2[true]"],
  ["an event whose name is an object", "2[{}]"],
  ["a binary frame without a header", BYTES],
  ["a text while attachments are missing", `51-["e",${PLACEHOLDER}]`, '2["e"]'],
  ["a placeholder with a wrong index", '51-["e",{"_placeholder":true,"num":1}]', BYTES],
  ["more than ten attachments", `511-["e",${PLACEHOLDER}]`],
  ...Array.from(RESERVED_EVENTS, (name) => [`the reserved name ${name}`, `2["${name}"]`] as const),
];

for (const [fact, ...messages] of FORBIDDEN) {
  test(`ends the session with forced close: ${fact}`, async (context) => {
    const { client, socket } = await stage(context);
    const reason = within(new Promise((resolve) => socket.conn.once("close", resolve)), "the end of the session");
    for (const message of messages) await client.send(message);
    assert.equal(await reason, "forced close");
    await within(client.closed, "the end of the session at the client");
  });
}

test("ends the session with forced close: an event before CONNECT", async (context) => {
  const { server, open } = await rig(context);
  const reason = new Promise((resolve) => server.engine.once("connection", (conn) => conn.once("close", resolve)));
  await (await open()).send('2["e"]');
  assert.equal(await within(reason, "the end of the session"), "forced close");
});

// After CONNECT to "/", where the listeners answer. Each leaves the session as it was.
const ALLOWED: readonly (readonly [
  fact: string,
  messages: readonly Message[],
  answers: readonly (string | RegExp)[],
])[] = [
  ["a number is an event name", ["2[7,1]"], ['2["heard",1]']],
  ["an acknowledgement of an unknown id is ignored", ["399[1]"], []],
  ["CONNECT with an ack id is accepted", ["0/chat,1"], [/^0\/chat,\{"sid"/]],
  ["CONNECT without the comma is accepted", ["0/chat"], [/^0\/chat,\{"sid"/]],
  ["an unknown namespace is refused by name", ["0/ns,"], ['4/ns,{"message":"Invalid namespace"}']],
  ["a query is part of the namespace's name", ["0/chat?a=1,"], ['4/chat?a=1,{"message":"Invalid namespace"}']],
  [
    "a placeholder in a packet without attachments is data",
    [`2["echo",${PLACEHOLDER}]`],
    [`2["echoed",${PLACEHOLDER}]`],
  ],
  ["ids of the client are the client's", ['20["ack"]', '20["ack"]', '27["ack"]'], ["30[]", "30[]", "37[]"]],
  ["41 then 40 gives a new id", ["1", "0"], [/^0\{"sid":"[\w-]{20}"\}$/]],
];

for (const [fact, messages, answers] of ALLOWED) {
  test(`leaves the session as it was: ${fact}`, async (context) => {
    const { client, server, socket } = await stage(context);
    socket.on("7", (value) => socket.emit("heard", value));
    socket.on("echo", (value) => socket.emit("echoed", value));
    socket.on("ack", (done) => done());
    const first = socket.id;
    for (const message of messages) await client.send(message);
    for (const answer of answers) {
      const text = await client.take();
      if (typeof answer === "string") assert.equal(text, answer);
      else assert.match(String(text), answer);
      assert.ok(!String(text).includes(first));
    }
    server.emit("still here");
    assert.equal(await client.take(), '2["still here"]');
  });
}

interface Ending {
  readonly reason: CloseReason;
  readonly cause: string;
  readonly end: (stage: Stage) => unknown;
  readonly options?: Partial<ServerOptions>;
}

const ENDINGS: readonly Ending[] = [
  { reason: "client namespace disconnect", cause: "41", end: ({ client }) => client.send("1") },
  { reason: "server namespace disconnect", cause: "disconnect()", end: ({ socket }) => socket.disconnect() },
  { reason: "server namespace disconnect", cause: "disconnect(true)", end: ({ socket }) => socket.disconnect(true) },
  { reason: "transport close", cause: "the client's close packet", end: ({ post }) => post("1") },
  { reason: "transport error", cause: "a ping of the client", end: ({ post }) => post("2") },
  { reason: "parse error", cause: "an unknown engine packet", end: ({ post }) => post("8") },
  {
    reason: "ping timeout",
    cause: "no pong",
    end: () => undefined,
    options: { pingInterval: 30, pingTimeout: 30 },
  },
  { reason: "forced close", cause: "a forbidden packet", end: ({ client }) => client.send("2[]") },
  { reason: "server shutting down", cause: "close()", end: ({ server }) => server.close() },
];

for (const { reason, cause, end, options } of ENDINGS) {
  test(`disconnect reason: ${reason}, for ${cause}`, async (context) => {
    const started = await stage(context, options);
    const heard = reasonOf(started.socket);
    await end(started);
    assert.equal(await heard, reason);
  });
}

test("disconnect reason: forced server close, of a session that never connects", async (context) => {
  const { server, open } = await rig(context, { connectTimeout: 30 });
  const reason = new Promise((resolve) => server.engine.once("connection", (conn) => conn.once("close", resolve)));
  await open();
  assert.equal(await within(reason, "the end of the session"), "forced server close");
});

test("41 on one namespace leaves the others", async (context) => {
  const { server, client, socket } = await stage(context);
  const joined = nextSocket<Socket>(server.of("/chat"));
  await client.connect("/chat");
  const other = await joined;
  const reason = reasonOf(other);
  await client.send("1/chat,");
  assert.equal(await reason, "client namespace disconnect");
  assert.equal(socket.connected, true);
});

test("ids of the server are one counter per namespace, which rises across sockets", async (context) => {
  const { server, join } = await rig(context);
  const sockets: Socket[] = [];
  server.on("connection", (socket) => sockets.push(socket));
  const clients = [await join(), await join()];
  for (const socket of [...sockets, ...sockets]) socket.emit("q", () => undefined);
  server.timeout(5000).emit("q", () => undefined);
  const seen = await Promise.all(
    clients.map(async (client) => [await client.take(), await client.take(), await client.take()]),
  );
  assert.deepEqual(seen, [
    ['20["q"]', '22["q"]', '24["q"]'],
    ['21["q"]', '23["q"]', '24["q"]'],
  ]);
  server.of("/chat");
  const joined = nextSocket<Socket>(server.of("/chat"));
  await clients[0]?.connect("/chat");
  (await joined).emit("q", () => undefined);
  assert.equal(await clients[0]?.take(), '2/chat,0["q"]');
});

test("an answer to the id of another socket is ignored", async (context) => {
  const { client, socket, server } = await stage(context);
  const joined = nextSocket<Socket>(server.of("/chat"));
  await client.connect("/chat");
  (await joined).emit("q", () => assert.fail("it was asked in another namespace"));
  socket.emit("q", () => undefined);
  socket.emit("q", () => undefined);
  await client.send("31[]");
  const answered = socket.timeout(5000).emitWithAck("q");
  while ((await client.packet())[0] !== "22");
  await client.send("32[1]");
  assert.equal(await within(answered, "the answer"), 1);
});

test("a callback without a timeout is not called when the socket disconnects", async (context) => {
  const { socket } = await stage(context);
  socket.emit("q", () => assert.fail("nobody answered"));
  const reason = reasonOf(socket);
  socket.disconnect();
  assert.equal(await reason, "server namespace disconnect");
});

for (const name of RESERVED_EVENTS) {
  test(`the server does not emit the reserved name ${name}`, async (context) => {
    const { server, socket } = await stage(context);
    assert.throws(() => socket.emit(name), { code: "reserved_event" });
    assert.throws(() => server.emit(name), { code: "reserved_event" });
    assert.throws(() => socket.broadcast.emit(name), { code: "reserved_event" });
  });
}

test("a header and its attachments are never interleaved with other packets", async (context) => {
  const { server, client, socket } = await stage(context);
  server.emit("a", BYTES, BYTES);
  socket.emit("b", BYTES);
  socket.volatile.emit("c");
  const kinds: string[] = [];
  while (kinds.length < 6) {
    const message = await client.take();
    kinds.push(typeof message === "string" ? message.slice(0, 3) : "bytes");
  }
  assert.deepEqual(kinds, ["52-", "bytes", "bytes", "51-", "bytes", '2["']);
});

test("emits of the server and of sockets arrive in the order of the calls, each once", async (context) => {
  const { server, client, socket } = await stage(context);
  socket.join(["x", "y"]);
  const order: string[] = [];
  for (let n = 0; n < 20; n++) {
    socket.emit(`s${n}`);
    server.to("x").to("y").emit(`r${n}`);
    server.emit(`b${n}`);
    order.push(`2["s${n}"]`, `2["r${n}"]`, `2["b${n}"]`);
  }
  const seen: Message[] = [];
  while (seen.length < order.length) seen.push(await client.take());
  assert.deepEqual(seen, order);
});

test("disconnect(true) closes the engine, and every namespace hears of it", async (context) => {
  const { server, client, socket } = await stage(context);
  const joined = nextSocket<Socket>(server.of("/chat"));
  await client.connect("/chat");
  const reasons = [reasonOf(socket), reasonOf(await joined)];
  socket.disconnect(true);
  assert.deepEqual(await Promise.all(reasons), ["server namespace disconnect", "server namespace disconnect"]);
  await within(client.closed, "the end of the session");
  await until(() => server.engine.clientsCount === 0, "the end of the engine's session");
});

test("a socket's id is its own room and says nothing of the engine's id", async (context) => {
  const { server, client, socket } = await stage(context);
  assert.notEqual(socket.id, client.sid);
  server.to(socket.id).emit("yours");
  assert.equal(await client.take(), '2["yours"]');
  assert.deepEqual([...socket.rooms], [socket.id]);
});
