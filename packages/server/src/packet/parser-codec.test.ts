import assert from "node:assert/strict";
import { test } from "node:test";
import { deserialize, serialize } from "node:v8";
import { ProtocolFailure } from "@everwire/protocol";
import type { Socket } from "../socket/socket.ts";
import { nextSocket, rig, until, type WireClient, within } from "../wire-client.test.ts";
import { type Parser, type ParserPacket, parserCodec } from "./parser-codec.ts";
import { smallParser } from "./small-parser.test.ts";

async function joined(client: WireClient, namespace = "/"): Promise<string> {
  await client.send(JSON.stringify({ type: 0, nsp: namespace }));
  const reply: unknown = JSON.parse(String(await client.take()));
  assert.ok(typeof reply === "object" && reply !== null && "data" in reply);
  assert.deepEqual({ ...reply, data: undefined }, { type: 0, nsp: namespace, data: undefined });
  return String(Reflect.get(Object(reply.data), "sid"));
}

async function taken(client: WireClient): Promise<unknown> {
  const message = await client.take();
  assert.ok(message instanceof Uint8Array);
  return deserialize(message);
}

test("a parser of the application writes and reads every packet", async (context) => {
  const { server, open } = await rig(context, { parser: smallParser });
  server.use((_socket, next) => next());
  server.of("/closed").use((_socket, next) => next(Object.assign(new Error("no"), { data: { code: 1 } })));
  const connected = nextSocket<Socket>(server);
  const client = await open();
  const sid = await joined(client);
  const socket = await connected;
  assert.equal(socket.id, sid);
  const big = 2n ** 70n;
  socket.on("echo", (value, ack) => ack(value));
  await client.send(serialize({ type: 2, nsp: "/", id: 7, data: ["echo", new Map([["k", big]])] }));
  assert.deepEqual(await taken(client), { type: 3, nsp: "/", id: 7, data: [new Map([["k", big]])] });
  server.emit("all", new Uint8Array([1]), undefined);
  assert.deepEqual(await taken(client), { type: 2, nsp: "/", data: ["all", new Uint8Array([1]), undefined] });
  const answer = socket.emitWithAck("ask", new Set([1]));
  assert.deepEqual(await taken(client), { type: 2, nsp: "/", id: 0, data: ["ask", new Set([1])] });
  await client.send(serialize({ type: 3, nsp: "/", id: 0, data: [big] }));
  assert.equal(await within(answer, "the answer"), big);
  await client.send(JSON.stringify({ type: 0, nsp: "/nowhere" }));
  assert.equal(await client.take(), '{"type":4,"nsp":"/nowhere","data":{"message":"Invalid namespace"}}');
  await client.send(JSON.stringify({ type: 0, nsp: "/closed" }));
  assert.equal(await client.take(), '{"type":4,"nsp":"/closed","data":{"message":"no","data":{"code":1}}}');
  assert.throws(() => server.emit("e", () => undefined, 1), { code: "unencodable" });
  socket.disconnect();
  assert.equal(await client.take(), '{"type":1,"nsp":"/"}');
});

test("recovery keeps what the parser wrote", async (context) => {
  const { server, origin, open } = await rig(context, { parser: smallParser, connectionStateRecovery: true });
  const client = await open();
  await client.send('{"type":0,"nsp":"/"}');
  const { data }: { data: { pid: string } } = JSON.parse(String(await client.take()));
  await fetch(`${origin}/socket.io/?EIO=4&transport=polling&sid=${client.sid}`, { method: "POST", body: "1" });
  await client.closed;
  server.emit("missed", 1n);
  const again = await open();
  await again.send(JSON.stringify({ type: 0, nsp: "/", data: { pid: data.pid } }));
  assert.equal(JSON.parse(String(await again.take())).data.pid, data.pid);
  const event = await taken(again);
  assert.ok(typeof event === "object" && event !== null && "data" in event && Array.isArray(event.data));
  assert.deepEqual(event.data.slice(0, 2), ["missed", 1n]);
});

const FORBIDDEN: readonly (readonly [what: string, packet: unknown])[] = [
  ["no packet", null],
  ["no type", { nsp: "/" }],
  ["an unknown type", { type: 7, nsp: "/" }],
  ["a type that is no number", { type: "constructor", nsp: "/" }],
  ["a refusal", { type: 4, nsp: "/", data: {} }],
  ["no namespace", { type: 2, data: ["e"] }],
  ["a namespace with a comma", { type: 2, nsp: "/a,b", data: ["e"] }],
  ["an event that is no list", { type: 2, nsp: "/", data: { length: 1, 0: "e" } }],
  ["an event without a name", { type: 2, nsp: "/", data: [] }],
  ["a name that is an object", { type: 2, nsp: "/", data: [{ toString: "foo" }] }],
  ["a name that is no number", { type: 2, nsp: "/", data: [Number.NaN] }],
  ["a reserved name", { type: 2, nsp: "/", data: ["disconnect"] }],
  ["a long name", { type: 2, nsp: "/", data: ["x".repeat(257)] }],
  ["an id below 0", { type: 2, nsp: "/", id: -1, data: ["e"] }],
  ["an id that is a text", { type: 2, nsp: "/", id: "1", data: ["e"] }],
  ["an answer without an id", { type: 3, nsp: "/", data: [] }],
  ["an answer that is no list", { type: 3, nsp: "/", id: 0, data: "x" }],
  ["a second CONNECT with a text", { type: 0, nsp: "/x", data: "x" }],
];

for (const [what, packet] of FORBIDDEN) {
  test(`what a parser lets through is checked: ${what}`, async (context) => {
    const { server, open } = await rig(context, { parser: smallParser });
    const ended = new Promise((resolve) =>
      server.on("connection", (socket) => socket.on("disconnect", (reason) => resolve(reason))),
    );
    const client = await open();
    await joined(client);
    await client.send(serialize(packet));
    assert.equal(await within(ended, "the end of the session"), "forced close");
  });
}

test("a parser that throws ends the session of its client, and nothing else", async (context) => {
  const { server, open } = await rig(context, { parser: smallParser });
  const [bad, good] = [await open(), await open()];
  await joined(bad);
  await joined(good);
  await bad.send("{");
  await within(bad.closed, "the end of the session");
  assert.equal(server.sockets.sockets.size, 1);
  server.emit("on");
  assert.deepEqual(await taken(good), { type: 2, nsp: "/", data: ["on"] });
});

/** A parser of the shape of socket.io-parser: the first message says how many follow. */
class CountingDecoder {
  static destroyed = 0;
  #missing = 0;
  #listener: (packet: ParserPacket) => void = () => undefined;

  on(_event: "decoded", listener: (packet: ParserPacket) => void): void {
    this.#listener = listener;
  }

  add(message: unknown): void {
    this.#missing = typeof message === "string" ? Number(message) : this.#missing - 1;
    if (this.#missing === 0) this.#listener({ type: 2, nsp: "/", data: ["e"] });
  }

  destroy(): void {
    CountingDecoder.destroyed += 1;
  }
}

const LIMITS = { maxAttachments: 2, maxAttachmentBytes: 10, attachmentTimeout: 1000 };

test("what a parser keeps of a packet that is not complete is bounded by number, bytes and time", () => {
  const decoder = parserCodec({ Encoder: smallParser.Encoder, Decoder: CountingDecoder }, LIMITS).decoder(4);
  const whole = { type: "event", namespace: "/", args: ["e"] };
  const codeOf = (result: unknown): string =>
    result instanceof ProtocolFailure ? result.code : JSON.stringify(result);
  for (let time = 0; time < 3; time++) {
    assert.deepEqual([decoder.text("2", time), decoder.deadline], [undefined, time + 1000]);
    assert.equal(decoder.binary(new Uint8Array(10), time), undefined);
    assert.deepEqual([decoder.binary(new Uint8Array(99), time), decoder.deadline], [whole, undefined]);
    assert.deepEqual([decoder.text("0", time), decoder.deadline], [whole, undefined]);
  }
  const cases: readonly (readonly [code: string, messages: readonly number[], now: number])[] = [
    ["too_many_attachments", [1, 1], 0],
    ["attachments_too_large", [11], 0],
    ["attachments_timed_out", [1], 1001],
  ];
  for (const [code, messages, now] of cases) {
    const fresh = parserCodec({ Encoder: smallParser.Encoder, Decoder: CountingDecoder }, LIMITS).decoder(4);
    fresh.text("9", 0);
    assert.equal(codeOf(messages.map((length) => fresh.binary(new Uint8Array(length), now)).at(-1)), code);
  }
});

test("a decoder of the application hears of the end of its session, and of a packet that never ends", async (context) => {
  const parser = { Encoder: smallParser.Encoder, Decoder: CountingDecoder };
  const { open } = await rig(context, { parser, attachmentTimeout: 50 });
  const before = CountingDecoder.destroyed;
  const client = await open();
  await client.send("5");
  await within(client.closed, "the end of the session");
  assert.equal(CountingDecoder.destroyed, before + 1);
});

test("messages that no engine carries are not sent", () => {
  const codecOf = (messages: (string | Uint8Array)[]): ReturnType<typeof parserCodec> => {
    class Encoder {
      encode(): (string | Uint8Array)[] {
        return messages;
      }
    }
    return parserCodec({ Encoder, Decoder: smallParser.Decoder }, LIMITS);
  };
  for (const messages of [[], ["a", "b"], [new Uint8Array(1), "a"]]) {
    assert.ok(codecOf(messages).encode({ type: "disconnect", namespace: "/" }) instanceof ProtocolFailure);
  }
});

test("a parser without its two halves is an error", async (context) => {
  for (const parser of [{}, { Encoder: smallParser.Encoder }, { default: smallParser }]) {
    // What `require` gives to an application without types.
    await assert.rejects(rig(context, { parser: parser as Parser }), { code: "invalid_option" });
  }
});

test("several attachments behind a text, and bytes alone, keep their order with clients that number messages", async (context) => {
  const { server, origin } = await rig(context, { parser: smallParser });
  const url = `${origin}/socket.io/?EIO=4&everwire=1&transport=polling`;
  const opened = await (await fetch(url)).text();
  const sid = /"sid":"([^"]+)"/.exec(opened)?.[1];
  await fetch(`${url}&sid=${sid}`, { method: "POST", body: '81\x1e4{"type":0,"nsp":"/"}' });
  await until(() => server.sockets.sockets.size === 1, "the socket");
  server.emit("a");
  server.emit("b");
  const answer = await (await fetch(`${url}&sid=${sid}&turn=1&ack=0`)).text();
  const messages = answer.split("\x1e").filter((packet) => packet.startsWith("b"));
  assert.deepEqual(
    messages.map((message) => deserialize(Buffer.from(message.slice(1), "base64")).data),
    [["a"], ["b"]],
  );
  // Three messages have been sent: whoever has three gets the next one, and nobody has four.
  server.emit("c");
  assert.match(await (await fetch(`${url}&sid=${sid}&turn=2&ack=3`)).text(), /84\x1eb/);
  assert.equal((await fetch(`${url}&sid=${sid}&turn=3&ack=5`)).status, 400);
});
