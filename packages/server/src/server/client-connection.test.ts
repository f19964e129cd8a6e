import assert from "node:assert/strict";
import { test } from "node:test";
import type { Socket } from "../socket/socket.ts";
import { type Message, nextSocket, rig, until, within } from "../wire-client.test.ts";

const LONG = "x".repeat(100_000);
const BYTES = new Uint8Array([1, 2, 3]);

// What a client sends after it connected to "/", and what must end its session. Numbers are rows of the input catalogue.
const CLOSES: readonly (readonly [name: string, ...messages: Message[]])[] = [
  ["136: a second CONNECT to the same namespace", "0"],
  ["131: an event for a namespace that was never joined", '2/other,["e"]'],
  ["138: CONNECT with a string", '0/a,"str"'],
  ["138: CONNECT with an array", "0/a,[1]"],
  ["138: CONNECT with null", "0/a,null"],
  ["141: an unknown packet type", "9[1]"],
  ["141: a letter for a packet type", "x"],
  ["142: CONNECT_ERROR from a client", '4{"message":"x"}'],
  ["142: DISCONNECT with data", "1{}"],
  ["143: an object instead of an event", '2{"a":1}'],
  ["143: a string instead of an event", '2"x"'],
  ["143: null instead of an event", "2null"],
  ["143: broken JSON", "2["],
  ["143: an empty event", "2[]"],
  ["144: an object as event name", '2[{"toString":"foo"}]'],
  ["144: null as event name", "2[null]"],
  ["144: true as event name", "2[true]"],
  ["144: an array as event name", "2[[]]"],
  ["145: disconnect", '2["disconnect"]'],
  ["145: connect", '2["connect"]'],
  ["145: connect_error", '2["connect_error"]'],
  ["145: disconnecting", '2["disconnecting"]'],
  ["145: newListener", '2["newListener"]'],
  ["145: removeListener", '2["removeListener"]'],
  ["148: an event name of 100 KB", `2["${LONG}"]`],
  ["150: an ack id of 25 digits", '21234567890123456789012345["e"]'],
  ["151: a negative ack id", '2-1["e"]'],
  ["151: a fractional ack id", '21.5["e"]'],
  ["151: a space before the ack id", '2 1["e"]'],
  ["153: an acknowledgement that is not an array", "30{}"],
  ["155: a placeholder number that is a word", '51-["e",{"_placeholder":true,"num":"splice"}]', BYTES],
  ["156: a placeholder number below 0", '51-["e",{"_placeholder":true,"num":-1}]', BYTES],
  ["156: a placeholder number too large", '51-["e",{"_placeholder":true,"num":5}]', BYTES],
  ["156: a placeholder number as text", '51-["e",{"_placeholder":true,"num":"0"}]', BYTES],
  ["156: a placeholder without a number", '51-["e",{"_placeholder":true}]', BYTES],
  ["157: an attachment that is never referenced", '52-["e",{"_placeholder":true,"num":0}]', BYTES, BYTES],
  ["158: eleven attachments", '511-["e"]'],
  ["158: a thousand million attachments", '51000000000-["e"]'],
  ["159: an attachment count with an exponent", '51e0-["e",{"_placeholder":true,"num":0}]'],
  ["159: an attachment count with a leading zero", '501-["e",{"_placeholder":true,"num":0}]'],
  ["160: a binary event without attachments", '50-["e",1]'],
  ["161: a binary header without JSON", "51-", BYTES],
  ["162: an attachment without a header", BYTES],
  ["163: a text while attachments are missing", '51-["e",{"_placeholder":true,"num":0}]', '2["e"]'],
  ["165: an attachment with another packet in between", '51-["e",{"_placeholder":true,"num":0}]', "1", BYTES],
  ["167: arrays nested 5000 deep", `2["e",${"[".repeat(5000)}${"]".repeat(5000)}]`],
  ["167: an acknowledgement nested 5000 deep", `30[${"[".repeat(5000)}${"]".repeat(5000)}]`],
  ["167: objects nested 5000 deep in CONNECT", `0/a,${'{"a":'.repeat(5000)}1${"}".repeat(5000)}`],
];

function disconnectReason(socket: Socket): Promise<string> {
  return new Promise((resolve) => socket.on("disconnect", resolve));
}

test("forbidden packets end the session with forced close", async (context) => {
  const { server, open } = await rig(context);
  server.of("/a");
  for (const [name, ...messages] of CLOSES) {
    const client = await open();
    const connected = nextSocket(server);
    await client.connect();
    const reason = disconnectReason(await connected);
    await client.send(...messages);
    assert.equal(await within(reason, name), "forced close", name);
    await within(client.closed, name);
    assert.equal(server.sockets.sockets.size, 0, name);
  }
});

test("131: an event before CONNECT ends the session", async (context) => {
  const { open } = await rig(context);
  const client = await open();
  await client.send('2["e"]');
  await within(client.closed, "the end of the session");
});

test("132: a session without CONNECT ends after connectTimeout", async (context) => {
  const { open } = await rig(context, { connectTimeout: 40 });
  await within((await open()).closed, "the end of the session");
});

test("132: nobody waits for one more poll of a client that has had its time", async (context) => {
  const { server, origin } = await rig(context, { connectTimeout: 40 });
  const began = performance.now();
  const { status } = await fetch(`${origin}/socket.io/?EIO=4&transport=polling`);
  assert.equal(status, 200);
  await until(() => server.engine.sessions === 0, "the end of the session");
  assert.ok(performance.now() - began < 4900, "a closed session that is waited for has five seconds");
});

test("a session whose sockets have all left ends after connectTimeout", async (context) => {
  const { join } = await rig(context, { connectTimeout: 40 });
  const client = await join();
  await client.send("1");
  await within(client.closed, "the end of the session");
});

for (const name of ["/secret", "/__proto__", "/constructor", "/a?token=1"]) {
  test(`133, 134: ${name} is an unknown namespace and the session goes on`, async (context) => {
    const { open } = await rig(context);
    const client = await open();
    await client.send(`0${name},`);
    assert.equal(await client.take(), `4${name},{"message":"Invalid namespace"}`);
    await client.connect();
  });
}

for (const [what, name] of [
  ["100 KB", `/${LONG}`],
  ["a control character", "/a\u0007"],
  ["an encoded slash", "/a%2fb"],
]) {
  test(`135: a namespace with ${what} ends the session`, async (context) => {
    const { open } = await rig(context);
    const client = await open();
    await client.send(`0${name},`);
    await within(client.closed, "the end of the session");
  });
}

test("137: a session is in at most maxNamespaces", async (context) => {
  const { server, open } = await rig(context, { maxNamespaces: 3 });
  for (const name of ["/a", "/b", "/c", "/d"]) server.of(name);
  const client = await open();
  for (const name of ["/a", "/b", "/c"]) await client.connect(name);
  await client.send("0/d,");
  assert.equal(await client.take(), '4/d,{"message":"Too many namespaces"}');
  await client.send("1/a,");
  await client.connect("/d");
});

test("139: prototype names in auth and events are data", async (context) => {
  const { server, open } = await rig(context);
  const client = await open();
  const connected = nextSocket(server);
  await client.send('0{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}');
  const socket = await connected;
  assert.ok(Object.hasOwn(socket.handshake.auth, "constructor"));
  assert.equal(Reflect.get({}, "polluted"), undefined);
});

test("146, 147: names nobody listens to are dropped, inherited ones too", async (context) => {
  const { server, join } = await rig(context);
  const connected = nextSocket(server);
  const client = await join();
  const seen: unknown[] = [];
  (await connected).on("__proto__", (value) => seen.push(value)).on("end", () => seen.push("end"));
  await client.send('2["error","x"]', '2["constructor",1]', '2["hasOwnProperty"]', '2["__proto__",7]', '2["end"]');
  await until(() => seen.length === 2, "both events");
  assert.deepEqual(seen, [7, "end"]);
});

test("152: acknowledgements that nobody waits for are ignored", async (context) => {
  const { server, join } = await rig(context);
  server.of("/other");
  const connected = nextSocket(server);
  const client = await join();
  await client.connect("/other");
  const answers: unknown[] = [];
  const socket = await connected;
  socket.emit("ask", (answer: unknown) => answers.push(answer));
  assert.equal(await client.take(), '20["ask"]');
  const end = new Promise((resolve) => socket.on("end", () => resolve(undefined)));
  await client.send("3999[1]", "3/other,0[2]", "30[3]", "30[4]", '2["end"]');
  await within(end, "the last packet");
  assert.deepEqual(answers, [3]);
});

test("164: attachments that do not arrive in time end the session", async (context) => {
  const { join } = await rig(context, { attachmentTimeout: 40 });
  const client = await join();
  await client.send('51-["e",{"_placeholder":true,"num":0}]');
  await within(client.closed, "the end of the session");
});

test("164: attachments of one packet have a common limit", async (context) => {
  const { join } = await rig(context, { maxAttachmentBytes: 100 });
  const client = await join();
  const header = '52-["e",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]';
  await client.send(header, new Uint8Array(60), new Uint8Array(60));
  await within(client.closed, "the end of the session");
});

const DATA: readonly (readonly [name: string, json: string])[] = [
  ["166: a placeholder in a text event", '{"_placeholder":true,"num":0}'],
  ["168: names that mean something to JavaScript", '{"toJSON":1,"then":1,"length":1000000000}'],
  ["169: minus zero and duplicate keys", '{"a":-0,"a":1}'],
  ["169: a lone surrogate", '"\\ud800"'],
  ["171: names of flags", '{"volatile":true,"broadcast":true}'],
  ["140: a forged recovery", '{"pid":"x","offset":"y"}'],
];

test("odd data comes back as data", async (context) => {
  const { server, join } = await rig(context);
  server.on("connection", (socket) => socket.on("echo", (value, ack) => ack(value)));
  const client = await join();
  for (const [name, json] of DATA) {
    await client.send(`27["echo",${json}]`);
    const [prefix, payload] = await client.packet();
    assert.equal(prefix, "37", name);
    assert.deepEqual(payload, [JSON.parse(json)], name);
  }
});

test("DISCONNECT leaves one namespace; the other stays, and CONNECT gives a new id", async (context) => {
  const { server, join } = await rig(context);
  const chat = server.of("/chat");
  const client = await join();
  const connected = nextSocket(chat);
  const first = await client.connect("/chat");
  const reason = disconnectReason(await connected);
  await client.send("1/chat,");
  assert.equal(await within(reason, "disconnect"), "client namespace disconnect");
  assert.equal(server.sockets.sockets.size, 1);
  assert.notEqual(await client.connect("/chat"), first);
});

test("what was on its way when the server disconnected a socket does not end the session", async (context) => {
  const { server, join } = await rig(context);
  const chat = server.of("/chat");
  const client = await join();
  const connected = nextSocket(chat);
  await client.connect("/chat");
  (await connected).disconnect();
  assert.equal(await client.take(), "1/chat,");
  await client.send('2/chat,["late"]', "3/chat,0[]", "1/chat,");
  await client.connect("/chat");
  assert.equal(server.sockets.sockets.size, 1);
});

test("of the namespaces that the server disconnected a client from, the last ones are remembered", async (context) => {
  const { server, join } = await rig(context, { maxNamespaces: 2 });
  server.of(/^\/room-\d$/).on("connection", (socket) => socket.disconnect());
  const client = await join();
  for (const digit of [1, 2, 3]) {
    await client.connect(`/room-${digit}`);
    assert.equal(await client.take(), `1/room-${digit},`);
  }
  await client.send('2/room-2,["late"]', '2/room-3,["late"]');
  assert.equal(server.sockets.sockets.size, 1);
  await client.send('2/room-1,["late"]');
  await within(client.closed, "the end of the session");
});

test("leaving a namespace that refused meanwhile does not end the session", async (context) => {
  const { server, join } = await rig(context);
  server.of("/chat").use((_, next) => next(new Error("no")));
  const client = await join();
  await client.send("0/chat,", "1/chat,", "1/unknown,");
  assert.equal(await client.take(), '4/chat,{"message":"no"}');
  assert.equal(server.sockets.sockets.size, 1);
  await client.send("0/chat,");
  assert.equal(await client.take(), '4/chat,{"message":"no"}');
});

test("CONNECT with an ack id, and with a namespace without a comma, are accepted", async (context) => {
  const { server, open } = await rig(context);
  server.of("/chat");
  const client = await open();
  await client.send("01");
  assert.equal((await client.packet())[0], "0");
  await client.send("0/chat");
  assert.equal((await client.packet())[0], "0/chat,");
});
