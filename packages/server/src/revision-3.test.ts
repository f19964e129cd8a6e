import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { encodeRevision3TextPayload, ProtocolFailure, Revision3PayloadReader } from "@everwire/protocol";
import type { ServerOptions } from "./runtime/server-options.ts";
import type { Socket } from "./socket/socket.ts";
import { nextSocket, type Rig, rig, until, within } from "./wire-client.test.ts";

/** A client of revision 3 that knows only HTTP polling and says exactly what it is told to say. */
class OldClient {
  readonly sid: string;
  /** Text messages that have arrived. */
  readonly received: string[];
  readonly #url: string;

  private constructor(url: string, first: readonly string[]) {
    const [open = "", ...messages] = first;
    const { sid } = JSON.parse(open.slice(1));
    this.sid = sid;
    this.#url = `${url}&sid=${sid}`;
    this.received = messages.map((message) => message.slice(1));
  }

  static async open(origin: string): Promise<OldClient> {
    const url = `${origin}/socket.io/?EIO=3&transport=polling&b64=1&from=query`;
    return new OldClient(url, await read(url));
  }

  /** Posts messages; the status of the answer. */
  async send(...messages: string[]): Promise<number> {
    const body = messages.map((data) => encodeRevision3TextPayload({ type: "message", data })).join("");
    return (await fetch(this.#url, { method: "POST", body })).status;
  }

  /** The messages of the next answer. */
  async poll(): Promise<string[]> {
    const packets = await within(read(this.#url), "an answer");
    return packets.map((packet) => (packet.startsWith("4") ? packet.slice(1) : `(${packet})`));
  }
}

/** The packets of one answer: their type digit and their text. */
async function read(url: string): Promise<string[]> {
  const answer = await fetch(url);
  const packets: string[] = [];
  const reader = new Revision3PayloadReader(await answer.text());
  for (let packet = reader.next(); packet !== undefined; packet = reader.next()) {
    assert.ok(!(packet instanceof ProtocolFailure));
    packets.push(
      `${["open", "close", "ping", "pong", "message", "upgrade", "noop"].indexOf(packet.type)}${packet.data}`,
    );
  }
  return packets;
}

function oldRig(context: TestContext, options: Partial<ServerOptions> = {}): Promise<Rig> {
  return rig(context, { allowEIO3: true, ...options });
}

test("an old client is in the main namespace without asking, under the id of its session", async (context) => {
  const { server, origin } = await oldRig(context);
  const connected = nextSocket<Socket>(server.sockets);
  const client = await OldClient.open(origin);
  const socket = await connected;
  assert.deepEqual(client.received, ["0"]);
  assert.equal(socket.id, client.sid);
  assert.equal(socket.conn.protocol, 3);
  assert.deepEqual([...socket.rooms], [client.sid]);
  assert.equal(socket.handshake.query.from, "query");
  assert.deepEqual(socket.handshake.auth, {});
});

test("a new client has protocol 4 and an id that says nothing of its session", async (context) => {
  const { server, join } = await oldRig(context);
  const connected = nextSocket<Socket>(server.sockets);
  const client = await join();
  const socket = await connected;
  assert.equal(socket.conn.protocol, 4);
  assert.notEqual(socket.id, client.sid);
});

test("another namespace is joined with a comma or without, and the query says who it is", async (context) => {
  const { server, origin } = await oldRig(context);
  const chat = server.of("/chat");
  const client = await OldClient.open(origin);
  const first = nextSocket<Socket>(chat);
  await client.send("0/chat");
  assert.deepEqual(await client.poll(), ["0/chat,"]);
  const socket = await first;
  assert.equal(socket.id, `/chat#${client.sid}`);
  assert.deepEqual(socket.handshake.auth, {});
  await client.send("1/chat");
  const second = nextSocket<Socket>(chat);
  await client.send("0/chat?token=a%2Cb,");
  assert.deepEqual(await client.poll(), ["0/chat,"]);
  assert.deepEqual({ ...(await second).handshake.auth }, { token: "a,b" });
  assert.equal(chat.sockets.size, 1);
});

test("a refusal is the data of the error, or its message", async (context) => {
  const { server, origin } = await oldRig(context);
  server.of("/data").use((_, next) => next(Object.assign(new Error("no"), { data: { code: 1 } })));
  server.of("/message").use((_, next) => next(new Error("no")));
  server.of("/broken").use(() => {
    throw new Error("a secret");
  });
  server.of("/unsayable").use((_, next) => next(Object.assign(new Error("no"), { data: 1n })));
  const client = await OldClient.open(origin);
  await client.send("0/data", "0/message", "0/broken", "0/unsayable", "0/nowhere");
  assert.deepEqual(await client.poll(), [
    '4/data,{"code":1}',
    '4/message,"no"',
    '4/broken,"Internal error"',
    '4/unsayable,"no"',
    '4/nowhere,{"message":"Invalid namespace"}',
  ]);
});

test("a client that is refused in the main namespace may join others, and is closed when it joins none", async (context) => {
  const { server, origin } = await oldRig(context, { connectTimeout: 300 });
  server.use((_, next) => next(new Error("no")));
  const chat = server.of("/chat");
  const [stays, goes] = [await OldClient.open(origin), await OldClient.open(origin)];
  assert.deepEqual(stays.received, ['4"no"']);
  await stays.send("0/chat");
  assert.deepEqual(await stays.poll(), ["0/chat,"]);
  assert.deepEqual(await goes.poll(), ["(1)"]);
  assert.equal(chat.sockets.size, 1);
});

test("a middleware that takes its time holds back the connect, not the session", async (context) => {
  const { server, origin } = await oldRig(context);
  let letIn: (() => void) | undefined;
  server.use((_, next) => {
    letIn = next;
  });
  const client = await OldClient.open(origin);
  assert.deepEqual(client.received, []);
  const answer = client.poll();
  letIn?.();
  assert.deepEqual(await answer, ["0"]);
});

for (const [name, message] of [
  ["a second connect to the main namespace", "0"],
  ["a connect with a payload of revision 4", '0/chat,{"token":"x"}'],
  ["an event for a namespace that was never joined", '2/chat,["e"]'],
  ["an error packet", '4"encode error"'],
] as const) {
  test(`${name} ends the session`, async (context) => {
    const { server, origin } = await oldRig(context);
    server.of("/chat");
    const connected = nextSocket<Socket>(server.sockets);
    const client = await OldClient.open(origin);
    const reasons: string[] = [];
    (await connected).on("disconnect", (reason: string) => reasons.push(reason));
    await client.send(message);
    await until(() => reasons.length > 0, "the disconnect");
    assert.deepEqual(reasons, ["forced close"]);
    assert.deepEqual(await client.poll(), ["(1)"]);
  });
}

test("a connection listener may end the session at once", async (context) => {
  const { server, origin } = await oldRig(context);
  server.on("connection", (socket) => socket.disconnect(true));
  const client = await OldClient.open(origin);
  assert.deepEqual(client.received, ["0", "1", ""]);
  assert.equal(server.sockets.sockets.size, 0);
});

test("one broadcast reaches old and new clients, and both acknowledge it", async (context) => {
  const { server, origin, join } = await oldRig(context);
  const old = await OldClient.open(origin);
  const fresh = await join();
  const answers = server.timeout(5000).emitWithAck("ask", "é");
  assert.deepEqual(await old.poll(), ['20["ask","é"]']);
  assert.equal(await fresh.take(), '20["ask","é"]');
  await old.send("30[1]");
  await fresh.send("30[2]");
  assert.deepEqual((await answers).sort(), [1, 2]);
});

test("without allowEIO3 an old client is told so", async (context) => {
  const { origin } = await rig(context);
  const answer = await fetch(`${origin}/socket.io/?EIO=3&transport=polling`);
  assert.equal(answer.status, 400);
  assert.deepEqual(await answer.json(), { code: 5, message: "Unsupported protocol version" });
});
