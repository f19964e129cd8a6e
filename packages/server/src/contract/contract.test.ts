import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { defineContract, EventRefused, type StandardSchema } from "@everwire/protocol/contract";
import type { HandlerFailure } from "../runtime/server-options.ts";
import { nextSocket, type Rig, rig, until, type WireClient } from "../wire-client.test.ts";
import type { RefusedEvent } from "./event-inlet.ts";

/** A schema whose judgement is the function's: a value, or what is wrong and where. */
function schema<Input, Output = Input>(
  validate: StandardSchema<Input, Output>["~standard"]["validate"],
): StandardSchema<Input, Output> {
  return { "~standard": { version: 1, vendor: "test", validate } };
}

const text: StandardSchema<string> = schema((value) =>
  typeof value === "string" ? { value } : { issues: [{ message: "not a text" }] },
);

const message: StandardSchema<{ text: string }> = schema((value) => {
  const found: unknown = typeof value === "object" && value !== null ? Reflect.get(value, "text") : undefined;
  if (typeof found === "string") return { value: { text: found } };
  return { issues: [{ message: "not a text", path: [{ key: "text" }] }] };
});

/** Judges only when `judge` is called. */
function slow(): { schema: StandardSchema<string>; judge(): void; readonly waiting: number } {
  const waiting: (() => void)[] = [];
  const validate = (value: unknown): Promise<{ value: string }> =>
    new Promise((resolve, reject) => {
      waiting.push(() => (value === "throw" ? reject(new Error("database")) : resolve({ value: String(value) })));
    });
  return {
    schema: schema(validate),
    judge: () => waiting.shift()?.(),
    get waiting() {
      return waiting.length;
    },
  };
}

const later = slow();

const chat = defineContract({
  clientToServer: {
    say: { args: message, ack: message },
    move: [text, text],
    later: { args: later.schema, ack: text },
    bye: [],
  },
  serverToClient: { said: message, sure: { args: text, ack: text } },
});

async function stage(context: TestContext, options?: { unknownEvents?: "pass"; maxWaitingEvents?: number }) {
  const { server, join }: Rig = await rig(context);
  const failures: unknown[] = [];
  server.on("handler_error", ({ error }: HandlerFailure) => failures.push(error));
  const namespace = server.of("/chat").contract(chat, options);
  const connected = nextSocket(namespace);
  const client: WireClient = await join("/chat");
  const socket = await connected;
  const refused: RefusedEvent[] = [];
  socket.on("event_refused", (refusal) => refused.push(refusal));
  const send = (id: number | "", ...args: unknown[]): Promise<unknown> =>
    client.send(`2/chat,${id}${JSON.stringify(args)}`);
  const answer = async (): Promise<unknown[]> => {
    const [prefix, payload] = await client.packet();
    assert.match(prefix, /^3\/chat,\d+$/);
    return [Number(prefix.slice("3/chat,".length)), payload];
  };
  return { server, namespace, client, socket, send, answer, failures, refused };
}

const refusal = (code: string, message: string, retry: boolean, issues?: unknown): unknown => [
  { error: { code, message, retry, ...(issues === undefined ? {} : { issues }) } },
];

test("a handler gets what the schema made of the message, and answers with what it returns", async (context) => {
  const { socket, send, answer, refused } = await stage(context);
  const heard: unknown[] = [];
  socket.on("say", (said) => {
    heard.push(said);
    return { text: said.text.toUpperCase(), secret: 1 };
  });
  await send(0, "say", { text: "hello", role: "admin" });
  assert.deepEqual(await answer(), [0, [{ text: "HELLO" }]]);
  assert.deepEqual(heard, [{ text: "hello" }]);
  socket.off("say").once("say", async ({ text: said }) => ({ text: `${said}?` }));
  await send(1, "say", { text: "later" });
  assert.deepEqual(await answer(), [1, [{ text: "later?" }]]);
  await send(2, "say", { text: "used up" });
  assert.deepEqual(await answer(), [2, refusal("unhandled_event", "nothing serves this event", false)]);
  assert.deepEqual(refused, []);
});

test("an event without an answer is acknowledged with nothing when the client asks", async (context) => {
  const { socket, send, answer } = await stage(context);
  socket.on("move", (from, to) => `${from}${to}`);
  await send(7, "move", "a", "b");
  assert.deepEqual(await answer(), [7, []]);
});

test("a refused message says which argument and which field, and reaches nobody", async (context) => {
  const { socket, send, answer, refused, failures } = await stage(context);
  const seen: unknown[] = [];
  socket.onAny((...args) => seen.push(args));
  socket.use((packet, next) => {
    seen.push(packet);
    next();
  });
  socket.on("say", (said) => {
    seen.push(said);
    return said;
  });
  const invalid = (issues: unknown): unknown =>
    refusal("invalid_event", "the arguments are not those of the contract", false, issues);
  const wrong = [{ argument: 0, path: ["text"], message: "not a text" }];
  await send(0, "say", { text: 1 });
  assert.deepEqual(await answer(), [0, invalid(wrong)]);
  await send(1, "move", "a");
  assert.deepEqual(await answer(), [1, invalid([{ argument: 1, path: [], message: "not a text" }])]);
  await send(2, "bye", 1);
  assert.deepEqual(await answer(), [2, invalid([{ argument: 0, path: [], message: "there is no such argument" }])]);
  await send("", "say");
  await until(() => refused.length === 4, "the refusals");
  assert.deepEqual(refused[0], { event: "say", code: "invalid_event", issues: wrong, count: 1 });
  assert.equal(refused[3]?.count, 4);
  assert.deepEqual([seen, failures, socket.connected], [[], [], true]);
});

test("unknown events are refused, names of the library's own above all", async (context) => {
  const { socket, send, answer, refused } = await stage(context);
  for (const [id, name] of ["nobody", "__proto__", "constructor", "error", "event_refused", 5].entries()) {
    await send(id, name, "x");
    assert.deepEqual(await answer(), [id, refusal("unknown_event", "the contract has no such event", false)]);
  }
  assert.equal(refused.length, 6);
  assert.ok(socket.connected);
});

test("unknown events pass where the application wants them, those of the library's own names never", async (context) => {
  const { namespace, send, answer, client, refused } = await stage(context, { unknownEvents: "pass" });
  for (const socket of namespace.sockets.values()) {
    socket.onAny((name: string, ...args: unknown[]) => {
      const acknowledge = args.at(-1);
      if (name === "other" && typeof acknowledge === "function") acknowledge("as ever");
    });
  }
  await send(0, "other", 1);
  assert.deepEqual(await answer(), [0, ["as ever"]]);
  await send(1, "event_refused", {});
  assert.equal((await answer())[0], 1);
  assert.equal(refused.length, 1);
  assert.equal(client.unread.length, 0);
});

test("a handler that fails tells the client nothing, unless it refuses on purpose", async (context) => {
  const { socket, send, answer, failures } = await stage(context);
  const secret = new Error("password is hunter2");
  const results = [
    () => Promise.reject(secret),
    () => {
      throw secret;
    },
    () => {
      throw new EventRefused("room_full", "the room is full", { retry: true, data: { seats: 0 } });
    },
    () => {
      throw new EventRefused("cyclic", "cannot be said", { data: 1n });
    },
  ];
  socket.on("say", () => results.shift()?.() ?? { text: "" });
  const failed = refusal("event_failed", "the event could not be served", true);
  const full = { code: "room_full", message: "the room is full", retry: true, data: { seats: 0 } };
  for (const [id, expected] of [failed, failed, [{ error: full }], failed].entries()) {
    await send(id, "say", { text: "x" });
    assert.deepEqual(await answer(), [id, expected]);
  }
  assert.deepEqual(failures.slice(0, 2), [secret, secret]);
  assert.match(String(failures[2]), /cannot be encoded/);
  assert.equal(failures.length, 3);
});

test("an answer that is not the contract's is the server's failure", async (context) => {
  const { socket, send, answer, failures } = await stage(context);
  // @ts-expect-error: the answer has a text
  socket.on("say", () => ({ text: 1 }));
  await send(0, "say", { text: "x" });
  assert.deepEqual(await answer(), [0, refusal("event_failed", "the event could not be served", true)]);
  assert.match(String(failures), /an answer is not what the contract says: not a text/);
});

test("the first listener answers, and the others hear", async (context) => {
  const { socket, send, answer, failures } = await stage(context);
  const heard: string[] = [];
  socket.on("say", ({ text: said }) => ({ text: `first ${said}` }));
  socket.on("say", ({ text: said }) => ({ text: `second ${heard.push(said)}` }));
  socket.on("say", () => Promise.reject(new Error("third")));
  await send(0, "say", { text: "x" });
  assert.deepEqual(await answer(), [0, [{ text: "first x" }]]);
  assert.deepEqual([heard, String(failures)], [["x"], "Error: third"]);
});

test("events keep their order behind one whose schema takes its time", async (context) => {
  const { socket, send, client, failures } = await stage(context);
  const heard: string[] = [];
  const hear = (said: string): string => {
    heard.push(said);
    return said;
  };
  socket.on("later", hear);
  socket.on("say", ({ text: said }) => ({ text: hear(said) }));
  await send(0, "later", "one");
  await send(1, "say", { text: "two" });
  await send(2, "later", "throw");
  await send(3, "nobody");
  await send(4, "later", "three");
  await send(5, "say", { text: "four" });
  assert.deepEqual(heard, []);
  for (let judged = 0; judged < 3; judged++) {
    await until(() => later.waiting > 0, "a schema to be asked");
    later.judge();
  }
  const ids: string[] = [];
  while (ids.length < 6) ids.push((await client.packet())[0]);
  assert.deepEqual(heard, ["one", "two", "three", "four"]);
  assert.deepEqual(
    ids.sort(),
    [0, 1, 2, 3, 4, 5].map((id) => `3/chat,${id}`),
  );
  assert.match(String(failures), /database/);
});

test("as many events wait as may, and the rest is refused", async (context) => {
  const { socket, send, answer, refused } = await stage(context, { maxWaitingEvents: 2 });
  socket.on("later", (said) => said);
  for (let id = 0; id < 4; id++) await send(id, "later", "x");
  const expected = refusal("too_many_events", "too many events of this socket wait to be validated", true);
  assert.deepEqual(await answer(), [3, expected]);
  assert.equal(refused[0]?.code, "too_many_events");
  for (let id = 0; id < 3; id++) {
    await until(() => later.waiting > 0, "a schema to be asked");
    later.judge();
    assert.deepEqual(await answer(), [id, ["x"]]);
  }
});

test("what is validated after the disconnect is passed over", async (context) => {
  const { socket, send } = await stage(context);
  const heard: unknown[] = [];
  socket.on("later", (said) => `heard ${heard.push(said)}`);
  await send(0, "later", "x");
  await until(() => later.waiting > 0, "the schema to be asked");
  socket.disconnect();
  later.judge();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(heard, []);
});

test("a packet middleware that refuses answers without its reason", async (context) => {
  const { socket, send, answer } = await stage(context);
  const errors: string[] = [];
  socket.on("error", ({ message: said }) => errors.push(said));
  socket.use((_packet, next) => next(new Error("because of the moon")));
  socket.on("say", (said) => said);
  await send(0, "say", { text: "x" });
  assert.deepEqual(await answer(), [0, refusal("event_failed", "the event could not be served", true)]);
  assert.deepEqual(errors, ["because of the moon"]);
});

test("what clients answer is validated too, one by one and in a broadcast", async (context) => {
  const { socket, client, namespace } = await stage(context);
  const good: Promise<string> = socket.emitWithAck("sure", "?");
  assert.deepEqual(await client.packet(), ["2/chat,0", ["sure", "?"]]);
  await client.send('3/chat,0["yes"]');
  assert.equal(await good, "yes");
  const bad = assert.rejects(socket.emitWithAck("sure", "?"), { code: "answer_invalid" });
  await client.packet();
  await client.send("3/chat,1[5]");
  await bad;
  const all = assert.rejects(namespace.emitWithAck("sure", "?"), { code: "ack_timed_out" });
  await client.packet();
  await client.send("3/chat,2[5]");
  await all;
  // @ts-expect-error: the message has a text
  socket.emit("said", { text: 1 });
  // @ts-expect-error: no such event
  assert.equal(socket.emit("unsaid"), true);
});

test("maps of events say of results what they said before: nothing", async (context) => {
  interface Odd {
    any: () => unknown;
    text: () => string;
    plain: (value: number, acknowledge: (sum: number) => void) => void;
  }
  const { server, join } = await rig(context);
  const connected = nextSocket(server.of<Odd>("/odd"));
  await join("/odd");
  const socket = await connected;
  socket.on("any", () => 1).on("text", () => 2);
  socket.on("plain", async (value, acknowledge) => acknowledge(value));
  assert.equal(socket.eventNames().length, 3);
});

test("the children of a parent have its contract", async (context) => {
  const { server, join } = await rig(context);
  const parent = server.of(/^\/room-/).contract(chat);
  parent.on("connection", (socket) => socket.on("say", (said) => said));
  const client = await join("/room-1");
  await client.send('2/room-1,0["say",{"text":1}]');
  const [, [answer]] = (await client.packet()) as [string, unknown[]];
  assert.ok(typeof answer === "object" && answer !== null && "error" in answer);
});

test("a namespace has one contract, and its options are checked", async (context) => {
  const { server } = await rig(context);
  const namespace = server.of("/chat").contract(chat);
  assert.equal(server.of("/chat"), namespace.contract(chat));
  assert.throws(() => namespace.contract(defineContract({})), { code: "contract_bound" });
  assert.throws(() => server.of("/a").contract(chat, { maxWaitingEvents: 0 }), { code: "invalid_option" });
  // @ts-expect-error: there are two ways
  assert.throws(() => server.of("/a").contract(chat, { unknownEvents: "drop" }), { code: "invalid_option" });
});
