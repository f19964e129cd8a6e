import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryLog } from "@everwire/broker";
import { protocolFailures } from "@everwire/protocol";
import { rig, until } from "../wire-client.test.ts";
import { channelRig } from "./channel-peer.test.ts";
import { ChannelService } from "./channel-service.ts";

const CHANNEL = "c";
const publish = (fields: object): object => ({ channel: CHANNEL, id: "m", data: 1, ...fields });

const REFUSED: readonly (readonly [name: string, event: string, request: unknown, code: string])[] = [
  ["no request", "channel:subscribe", undefined, "invalid_request"],
  ["a text for a request", "channel:publish", "x", "invalid_request"],
  ["no data", "channel:publish", { channel: CHANNEL, id: "m" }, "invalid_request"],
  ["no channel", "channel:subscribe", {}, "invalid_channel"],
  ["221: an empty name", "channel:subscribe", { channel: "" }, "invalid_channel"],
  ["221: NUL in a name", "channel:subscribe", { channel: "a\0b" }, "invalid_channel"],
  ["221: a right-to-left mark in a name", "channel:history", { channel: "a\u202eb", before: 1 }, "invalid_channel"],
  ["221: a name of 129 characters", "channel:publish", publish({ channel: "x".repeat(129) }), "invalid_channel"],
  ["224: an id of 65 characters", "channel:publish", publish({ id: "x".repeat(65) }), "invalid_message_id"],
  ["an empty id", "channel:publish", publish({ id: "" }), "invalid_message_id"],
  ["an id with a space", "channel:publish", publish({ id: "a b" }), "invalid_message_id"],
  ["an id that is a number", "channel:publish", publish({ id: 1 }), "invalid_message_id"],
  ["216: a limit of 0", "channel:history", { channel: CHANNEL, before: 1, limit: 0 }, "invalid_limit"],
  ["216: a limit as text", "channel:subscribe", { channel: CHANNEL, limit: "10" }, "invalid_limit"],
  ["217: a negative offset", "channel:history", { channel: CHANNEL, before: -1 }, "invalid_position"],
  ["217: an offset of 2^64", "channel:subscribe", { channel: CHANNEL, since: `e:${2n ** 64n}` }, "invalid_position"],
  ["217: a fraction", "channel:history", { channel: CHANNEL, before: 1.5 }, "invalid_position"],
  ["218: an empty epoch", "channel:subscribe", { channel: CHANNEL, since: ":1" }, "invalid_position"],
  [
    "218: an epoch of 10 KB",
    "channel:subscribe",
    { channel: CHANNEL, since: `${"e".repeat(10_000)}:1` },
    "invalid_position",
  ],
  ["data of 64 KiB", "channel:publish", publish({ data: "x".repeat(65_535) }), "record_too_large"],
  [
    "225: data nested 200 deep",
    "channel:publish",
    publish({ data: JSON.parse("[".repeat(200) + "]".repeat(200)) }),
    "invalid_data",
  ],
  ["enter without a subscription", "channel:enter", { channel: "other", data: 1 }, "not_subscribed"],
  ["leave without a subscription", "channel:leave", { channel: "other" }, "not_subscribed"],
  ["signal without a subscription", "channel:signal", { channel: "other", data: 1 }, "not_subscribed"],
  ["presence data of 4 KiB", "channel:enter", { channel: CHANNEL, data: "x".repeat(4096) }, "record_too_large"],
  ["signal data of 4 KiB", "channel:signal", { channel: CHANNEL, data: "x".repeat(4096) }, "record_too_large"],
];

test("malformed calls are refused with their code, and the session goes on", async (context) => {
  const { peer, log } = await channelRig(context);
  const client = await peer();
  await client.call("channel:subscribe", { channel: CHANNEL });
  for (const [name, event, request, code] of REFUSED) assert.equal(await client.refused(event, request), code, name);
  assert.equal((await log.head(CHANNEL)).offset, 0);
  const largest = await client.call("channel:publish", publish({ data: "x".repeat(65_534) }));
  assert.equal(largest.offset, 1);
});

test("names that look dangerous are plain names", async (context) => {
  const { peer } = await channelRig(context);
  const client = await peer();
  for (const channel of ["__proto__", "constructor", "../x", "a*b", "a{1}", "$SYS", "é€😀"]) {
    assert.equal((await client.call("channel:subscribe", { channel })).ok, true, channel);
    assert.equal((await client.call("channel:publish", publish({ channel }))).offset, 1, channel);
  }
  await until(() => client.live.length === 7, "the records");
});

test("binary data is refused: records are JSON", async (context) => {
  const { peer } = await channelRig(context);
  const client = await peer();
  const answer = client.call("channel:ping", {});
  await answer;
  const before = client.events.length;
  await client.client.send(
    '51-["channel:publish",{"channel":"c","id":"m","data":{"_placeholder":true,"num":0}}]',
    new Uint8Array([1]),
  );
  await client.call("channel:subscribe", { channel: CHANNEL });
  assert.equal(client.events.length, before);
  assert.equal((await client.call("channel:history", { channel: CHANNEL, before: 10 })).more, false);
});

test("222: a socket subscribes to at most maxChannels", async (context) => {
  const { peer } = await channelRig(context, { maxChannels: 3 });
  const client = await peer();
  for (const channel of ["a", "b", "c"]) await client.call("channel:subscribe", { channel });
  assert.equal(await client.refused("channel:subscribe", { channel: "d" }), "too_many_channels");
  assert.equal((await client.call("channel:subscribe", { channel: "a" })).ok, true);
  await client.call("channel:unsubscribe", { channel: "b" });
  assert.equal((await client.call("channel:subscribe", { channel: "d" })).ok, true);
});

test("publishes that come too fast wait in their turn, and a bounded number of them", async (context) => {
  const { peer, log } = await channelRig(context, { publishRate: 100, publishBurst: 2 });
  const client = await peer();
  const messages = Array.from(
    { length: 200 },
    (_, n) => `2${n}${JSON.stringify(["channel:publish", publish({ id: `m${n}` })])}`,
  );
  await client.client.send(...messages);
  await until(() => client.answers.length === 200, "all answers");
  const refused = client.answers.filter(({ ok }) => !ok);
  assert.ok(refused.length > 100 && refused.length <= 134, `${refused.length}`);
  for (const { error } of refused) {
    assert.deepEqual(error, { code: "rate_limited", message: protocolFailures.rate_limited.meaning, retry: true });
  }
  const { records } = await log.read(CHANNEL, { limit: 300 });
  const numbers = records.map(({ id }) => Number(id.slice(1)));
  assert.equal(numbers.length, 200 - refused.length);
  assert.deepEqual(
    numbers,
    numbers.toSorted((a, b) => a - b),
  );
});

test("other calls that come too fast are refused", async (context) => {
  const { peer } = await channelRig(context, { callRate: 1, callBurst: 2 });
  const client = await peer();
  for (const channel of ["a", "b"]) await client.call("channel:unsubscribe", { channel });
  assert.equal(await client.refused("channel:subscribe", { channel: "a" }), "rate_limited");
});

test("publishes that wait when their socket goes are not stored afterwards", async (context) => {
  const { peer, log, service } = await channelRig(context, { publishRate: 20, publishBurst: 1 });
  const client = await peer();
  await client.call("channel:subscribe", { channel: CHANNEL });
  const messages = ["a", "b", "c"].map((id) => `2${JSON.stringify(["channel:publish", publish({ id })])}`);
  await client.client.send(...messages, "1");
  await until(() => service.subscribers(CHANNEL) === 0, "the end of the socket");
  // Three more wait in turn for as long as those of the first would have.
  const other = await peer();
  for (const id of ["d", "e", "f", "g"]) await other.call("channel:publish", publish({ id }));
  const { records } = await log.read(CHANNEL, { limit: 10 });
  assert.deepEqual(
    records.map(({ id }) => id),
    ["a", "d", "e", "f", "g"],
  );
});

test("what was said last holds, although permission is slow", async (context) => {
  const decisions: ((allowed: boolean) => void)[] = [];
  const { peer, service } = await channelRig(context, {
    authorize: () => new Promise<boolean>((resolve) => decisions.push(resolve)),
  });
  const client = await peer();
  const decide = async (count: number, order: readonly number[]): Promise<void> => {
    await until(() => decisions.length === count, "the questions");
    for (const index of order) decisions[index]?.(true);
    decisions.length = 0;
  };
  const early = client.refused("channel:subscribe", { channel: CHANNEL });
  await client.call("channel:unsubscribe", { channel: CHANNEL });
  await decide(1, [0]);
  assert.equal(await early, "superseded");
  assert.equal(service.subscribers(CHANNEL), 0);

  const subscribed = client.call("channel:subscribe", { channel: CHANNEL });
  await decide(1, [0]);
  assert.equal((await subscribed).ok, true);
  const first = client.refused("channel:enter", { channel: CHANNEL, data: 1 });
  const second = client.call("channel:enter", { channel: CHANNEL, data: 2 });
  await decide(2, [1, 0]);
  assert.equal((await second).ok, true);
  assert.equal(await first, "superseded");
  await until(() => client.named("channel:presence").length === 1, "the news");

  const third = client.refused("channel:enter", { channel: CHANNEL, data: 3 });
  await client.call("channel:leave", { channel: CHANNEL });
  await decide(1, [0]);
  assert.equal(await third, "superseded");
  assert.equal(service.members(CHANNEL), 0);
});

test("calls that are under way are limited in number", async (context) => {
  let release: ((allowed: boolean) => void) | undefined;
  const gate = new Promise<boolean>((resolve) => {
    release = resolve;
  });
  const { peer } = await channelRig(context, { maxPendingCalls: 2, authorize: () => gate });
  const client = await peer();
  const waiting = ["a", "b"].map((channel) => client.call("channel:subscribe", { channel }));
  assert.equal(await client.refused("channel:subscribe", { channel: "c" }), "rate_limited");
  release?.(true);
  for (const answer of await Promise.all(waiting)) assert.equal(answer.ok, true);
});

test("223: what authorize denies is refused, whether the channel exists or not", async (context) => {
  const asked: unknown[] = [];
  const { peer } = await channelRig(context, {
    authorize: (socket, action, channel) => {
      asked.push([socket.handshake.auth.name, action]);
      return channel !== "secret";
    },
  });
  const client = await peer({ name: "ann" });
  const calls: [event: string, request: object][] = [
    ["channel:subscribe", {}],
    ["channel:publish", { id: "m", data: 1 }],
    ["channel:history", { before: 1 }],
    ["channel:enter", { data: 1 }],
    ["channel:signal", { data: 1 }],
  ];
  for (const [event, request] of calls) {
    assert.equal(await client.refused(event, { channel: "secret", ...request }), "forbidden", event);
  }
  assert.deepEqual(
    asked,
    ["subscribe", "publish", "history", "enter", "signal"].map((action) => ["ann", action]),
  );
});

test("validate replaces or refuses the data; what it throws is reported and not shown", async (context) => {
  const { peer, failures } = await channelRig(context, {
    validate: (_, data) => {
      if (data === "throw") throw new Error("a secret");
      if (data === "cycle") return { data: 1n };
      if (data === "bad") return { code: "text_invalid", message: "no such words" };
      return { data: { text: data, at: new Date(0) } };
    },
  });
  const client = await peer();
  await client.call("channel:subscribe", { channel: CHANNEL });
  assert.deepEqual((await client.call("channel:publish", publish({ data: "bad" }))).error, {
    code: "text_invalid",
    message: "no such words",
    retry: false,
  });
  for (const data of ["throw", "cycle"]) {
    assert.equal(await client.refused("channel:publish", publish({ data })), "validator_failed");
  }
  assert.equal(failures.length, 2);
  assert.equal((await client.call("channel:publish", publish({ data: "hi" }))).offset, 1);
  await until(() => client.live.length === 1, "the record");
  const expected = { text: "hi", at: "1970-01-01T00:00:00.000Z" };
  assert.deepEqual(client.live[0]?.data, expected);
  const { records } = await client.call("channel:history", { channel: CHANNEL, before: 2 });
  assert.ok(Array.isArray(records));
  assert.deepEqual(records[0].data, expected);
});

test("identify names the publisher and the member, and an id without sense is a fault of the application", async (context) => {
  const { peer, failures } = await channelRig(context, {
    identify: ({ handshake }) => ({ id: String(handshake.auth.name ?? ""), data: "from identify" }),
  });
  const [ann, nobody] = [await peer({ name: "ann" }), await peer()];
  await ann.call("channel:subscribe", { channel: CHANNEL });
  await ann.call("channel:enter", { channel: CHANNEL, data: null });
  await ann.call("channel:publish", publish({}));
  await until(() => ann.live.length === 1, "the record");
  assert.equal(ann.live[0]?.publisher, "ann");
  assert.deepEqual(ann.named("channel:presence"), [
    { channel: CHANNEL, change: "enter", member: { id: "ann", data: "from identify" } },
  ]);
  assert.equal(await nobody.refused("channel:publish", publish({})), "internal");
  assert.equal(failures.length, 1);
});

test("presence: sockets of one member count as one, and go with the last connection", async (context) => {
  const { peer, service } = await channelRig(context, {
    identify: ({ handshake }) => ({ id: String(handshake.auth.name) }),
    maxMembers: 2,
  });
  const watcher = await peer({ name: "watcher" });
  const [one, two] = [await peer({ name: "ann" }), await peer({ name: "ann" })];
  for (const client of [watcher, one, two]) await client.call("channel:subscribe", { channel: CHANNEL });
  await watcher.call("channel:enter", { channel: CHANNEL, data: 0 });
  await one.call("channel:enter", { channel: CHANNEL, data: 1 });
  await two.call("channel:enter", { channel: CHANNEL, data: 2 });
  const late = await peer({ name: "late" });
  const { members } = await late.call("channel:subscribe", { channel: CHANNEL });
  assert.deepEqual(members, [
    { id: "watcher", data: 0 },
    { id: "ann", data: 2 },
  ]);
  assert.equal(await late.refused("channel:enter", { channel: CHANNEL, data: 3 }), "too_many_members");
  await one.client.send("1");
  await until(() => service.subscribers(CHANNEL) === 3, "the first to go");
  await two.call("channel:unsubscribe", { channel: CHANNEL });
  await until(() => watcher.named("channel:presence").length === 4, "the changes");
  assert.deepEqual(
    watcher.named("channel:presence").map(({ change, member }) => [change, member]),
    [
      ["enter", { id: "watcher", data: 0 }],
      ["enter", { id: "ann", data: 1 }],
      ["update", { id: "ann", data: 2 }],
      ["leave", { id: "ann", data: 2 }],
    ],
  );
  await watcher.call("channel:leave", { channel: CHANNEL });
  assert.equal(service.members(CHANNEL), 0);
  assert.equal(service.subscribers(CHANNEL), 2);
});

test("a signal reaches the others and is not stored", async (context) => {
  const { peer, log } = await channelRig(context);
  const [a, b] = [await peer(), await peer()];
  for (const client of [a, b]) await client.call("channel:subscribe", { channel: CHANNEL });
  await a.client.send(`2["channel:signal",{"channel":"${CHANNEL}","data":{"typing":true}}]`);
  await until(() => b.named("channel:signal").length === 1, "the signal");
  assert.deepEqual(b.named("channel:signal"), [{ channel: CHANNEL, from: a.id, data: { typing: true } }]);
  assert.equal(a.named("channel:signal").length, 0);
  assert.equal((await log.head(CHANNEL)).offset, 0);
});

test("subscribers are no room: neither names nor limits of rooms meet them", async (context) => {
  const { server, join } = await rig(context, { maxRooms: 1 });
  new ChannelService(server.sockets, { log: new MemoryLog() });
  const client = await join();
  await client.send('21["channel:subscribe",{"channel":"c"}]');
  assert.equal((await client.packet())[0], "31");
  for (const room of ["c", "channel:c"]) server.to(room).emit("reached");
  const [socket] = server.sockets.sockets.values();
  assert.deepEqual([...(socket?.rooms ?? [])], [socket?.id]);
  socket?.off();
  await client.send('22["channel:ping",{}]');
  assert.equal(await client.take(), '32[{"ok":true}]');
});

test("options of the service: unknown names and limits that mean nothing are errors", () => {
  const unused = (): never => assert.fail("nobody is here");
  const host = { name: "/", on: () => undefined, off: () => undefined, report: unused, encode: unused };
  const configured = (options: object): unknown => new ChannelService(host, { log: new MemoryLog(), ...options });
  assert.throws(() => configured({ maxChanels: 5 }), { code: "unknown_option" });
  for (const value of [0, -1, 1.5, "10"])
    assert.throws(() => configured({ maxChannels: value }), { code: "invalid_option" });
});
