import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Appended,
  type AppendRequest,
  BrokerError,
  type BrokerFailureCode,
  type Log,
  MemoryLog,
} from "@everwire/broker";
import { until } from "../wire-client.test.ts";
import { type ChannelPeer, channelRig } from "./channel-peer.test.ts";

const CHANNEL = "c";

/** A log of which a test can hold or break single operations. */
function logWith(changes: Partial<Pick<Log, "append" | "read">>): Log {
  const log = new MemoryLog();
  return {
    append: changes.append ?? ((request) => log.append(request)),
    read: changes.read ?? ((topic, query) => log.read(topic, query)),
    head: (topic) => log.head(topic),
    trim: (topic, retention) => log.trim(topic, retention),
    topics: (prefix, limit) => log.topics(prefix, limit),
    close: () => log.close(),
  };
}

async function fill(peer: ChannelPeer, count: number): Promise<void> {
  for (let i = 1; i <= count; i++) await peer.call("channel:publish", { channel: CHANNEL, id: `m${i}`, data: i });
}

function offsets(records: unknown): number[] {
  assert.ok(Array.isArray(records));
  return records.map(({ offset }) => offset);
}

test("every subscriber gets every record once and in order, also when it joins mid-stream", async (context) => {
  const { peer } = await channelRig(context, { callBurst: 10_000 });
  const publishers = await Promise.all([peer(), peer(), peer()]);
  const subscribers = await Promise.all([peer(), peer(), peer(), peer()]);
  const pages: number[][] = [];
  const each = 40;
  const publishing = publishers.map(async (publisher) => {
    const answers = [];
    for (let i = 0; i < each; i++) {
      answers.push(publisher.call("channel:publish", { channel: CHANNEL, id: `m${i}`, data: i }));
      if (i % 10 === 0) await answers.at(-1);
    }
    return Promise.all(answers);
  });
  const joining = subscribers.map(async (subscriber, index) => {
    for (let i = 0; i < index * 8; i++) await subscriber.call("channel:ping", {});
    const { records } = await subscriber.call("channel:subscribe", { channel: CHANNEL, limit: 300 });
    pages[index] = offsets(records);
  });
  const answers = (await Promise.all(publishing)).flat();
  await Promise.all(joining);
  const total = publishers.length * each;
  const expected = Array.from({ length: total }, (_, index) => index + 1);
  assert.deepEqual(
    offsets(answers).toSorted((a, b) => a - b),
    expected,
  );
  for (const [index, subscriber] of subscribers.entries()) {
    const page = pages[index] ?? [];
    await until(() => page.length + subscriber.live.length >= total, "all records");
    await subscriber.call("channel:ping", {});
    assert.deepEqual([...page, ...offsets(subscriber.live)], expected);
  }
  for (const publisher of publishers) {
    const [subscriber] = subscribers;
    const mine = subscriber.live.filter((record) => record.publisher === publisher.id);
    assert.deepEqual(
      mine.map(({ data }) => data),
      mine.map((_, index) => each - mine.length + index),
    );
  }
});

test("a record stored while a subscribe reads the log is sent after the page, once", async (context) => {
  const memory = new MemoryLog();
  let release: (() => void) | undefined;
  // Reads at once and answers late: the page is older than what has happened since.
  const read: Log["read"] = async (topic, query) => {
    const page = await memory.read(topic, query);
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    return page;
  };
  const { peer } = await channelRig(context, { log: logWith({ append: (request) => memory.append(request), read }) });
  const [reader, writer] = [await peer(), await peer()];
  await fill(writer, 2);
  const answer = reader.call("channel:subscribe", { channel: CHANNEL });
  await until(() => release !== undefined, "the read");
  await writer.call("channel:publish", { channel: CHANNEL, id: "late", data: 3 });
  assert.equal(reader.live.length, 0);
  release?.();
  assert.deepEqual(offsets((await answer).records), [1, 2]);
  await until(() => reader.live.length === 1, "the held record");
  await writer.call("channel:publish", { channel: CHANNEL, id: "later", data: 4 });
  await until(() => reader.live.length === 2, "the live record");
  assert.deepEqual(offsets(reader.live), [3, 4]);
});

test("a record is fanned out and acknowledged only after the log has it", async (context) => {
  const memory = new MemoryLog();
  const held: (() => void)[] = [];
  const append = async (request: AppendRequest): Promise<Appended> => {
    await new Promise<void>((resolve) => held.push(resolve));
    return memory.append(request);
  };
  const { peer } = await channelRig(context, { log: logWith({ append, read: (t, q) => memory.read(t, q) }) });
  const client = await peer();
  await client.call("channel:subscribe", { channel: CHANNEL });
  let acknowledged = false;
  const answer = client.call("channel:publish", { channel: CHANNEL, id: "m", data: 1 }).then(() => {
    acknowledged = true;
  });
  await until(() => held.length === 1, "the append");
  await client.call("channel:ping", {});
  assert.equal(acknowledged, false);
  assert.equal(client.live.length, 0);
  held[0]?.();
  await answer;
  await until(() => client.live.length === 1, "the record");
});

test("publishes of one socket keep their order however long each is judged", async (context) => {
  const waits = [30, 0, 15, 0];
  const authorize = async (_: unknown, action: string): Promise<boolean> => {
    if (action === "publish") await new Promise((resolve) => setTimeout(resolve, waits.shift()));
    return true;
  };
  const { peer } = await channelRig(context, { authorize });
  const client = await peer();
  const answers = [1, 2, 3, 4].map((data) =>
    client.call("channel:publish", { channel: CHANNEL, id: `m${data}`, data }),
  );
  assert.deepEqual(offsets(await Promise.all(answers)), [1, 2, 3, 4]);
});

test("a repeated id gets the first result and is not sent again", async (context) => {
  const { peer } = await channelRig(context);
  const [a, b] = [await peer(), await peer()];
  await a.call("channel:subscribe", { channel: CHANNEL });
  const first = await a.call("channel:publish", { channel: CHANNEL, id: "m", data: "first" });
  const second = await a.call("channel:publish", { channel: CHANNEL, id: "m", data: "second" });
  assert.deepEqual(second, { ...first, duplicate: true });
  const other = await b.call("channel:publish", { channel: CHANNEL, id: "m", data: "another publisher" });
  assert.equal(other.offset, 2);
  await until(() => a.live.length === 2, "the records");
  assert.deepEqual(
    a.live.map(({ data }) => data),
    ["first", "another publisher"],
  );
});

test("a fresh start has the newest records and says whether there are older ones", async (context) => {
  const { peer } = await channelRig(context);
  const client = await peer();
  const empty = await client.call("channel:subscribe", { channel: CHANNEL });
  assert.deepEqual(
    { ...empty, epoch: "" },
    {
      ok: true,
      channel: CHANNEL,
      epoch: "",
      offset: 0,
      recovered: false,
      reason: "none",
      more: false,
      records: [],
      members: [],
    },
  );
  await fill(client, 5);
  const fresh = await client.call("channel:subscribe", { channel: CHANNEL, limit: 2 });
  assert.deepEqual([fresh.offset, fresh.more, offsets(fresh.records)], [5, true, [4, 5]]);
});

test("a position is recovered whole, or not at all and with the reason", async (context) => {
  const { peer, log } = await channelRig(context, { maxRecovered: 4 });
  const client = await peer();
  await fill(client, 9);
  const { epoch } = await log.head(CHANNEL);
  await log.trim(CHANNEL, { maxRecords: 7 });
  const rows: [since: string, recovered: boolean, reason: string | undefined, page: number[]][] = [
    [`${epoch}:9`, true, undefined, []],
    [`${epoch}:5`, true, undefined, [6, 7, 8, 9]],
    [`${epoch}:4`, false, "too_far", [8, 9]],
    [`${epoch}:1`, false, "trimmed", [8, 9]],
    [`${epoch}:10`, false, "future", [8, 9]],
    ["other:5", false, "epoch", [8, 9]],
  ];
  for (const [since, recovered, reason, page] of rows) {
    const answer = await client.call("channel:subscribe", { channel: CHANNEL, since, limit: 2 });
    assert.deepEqual([answer.recovered, answer.reason, offsets(answer.records)], [recovered, reason, page], since);
    assert.equal(answer.offset, 9);
    assert.equal(answer.more, true);
  }
});

test("an answer is bounded in bytes: recovery starts afresh, history pages get shorter", async (context) => {
  const { peer, log } = await channelRig(context, { maxPageBytes: 1000 });
  const client = await peer();
  for (let i = 1; i <= 5; i++) {
    await client.call("channel:publish", { channel: CHANNEL, id: `m${i}`, data: "x".repeat(398) });
  }
  const { epoch } = await log.head(CHANNEL);
  const near = await client.call("channel:subscribe", { channel: CHANNEL, since: `${epoch}:3` });
  assert.deepEqual([near.recovered, offsets(near.records)], [true, [4, 5]]);
  const far = await client.call("channel:subscribe", { channel: CHANNEL, since: `${epoch}:2` });
  assert.deepEqual([far.reason, far.more, offsets(far.records)], ["too_far", true, [4, 5]]);
  const past = await client.call("channel:history", { channel: CHANNEL, before: 3 });
  assert.deepEqual([past.more, offsets(past.records)], [false, [1, 2]]);
});

test("history pages lead back to the first record", async (context) => {
  const { peer } = await channelRig(context);
  const client = await peer();
  await fill(client, 7);
  const seen: number[] = [];
  for (let before = 8, more = true; more; before = seen[0] ?? 0) {
    const page = await client.call("channel:history", { channel: CHANNEL, before, limit: 3 });
    seen.unshift(...offsets(page.records));
    more = page.more === true;
  }
  assert.deepEqual(seen, [1, 2, 3, 4, 5, 6, 7]);
});

test("onRecord hears of each new record once, in order, and its failure is only reported", async (context) => {
  const heard: unknown[] = [];
  const onRecord = (channel: string, { offset }: { offset: number }): void => {
    heard.push([channel, offset]);
    throw new Error("from onRecord");
  };
  const { peer, failures } = await channelRig(context, { onRecord });
  const client = await peer();
  await fill(client, 2);
  await fill(client, 2);
  assert.deepEqual(heard, [
    [CHANNEL, 1],
    [CHANNEL, 2],
  ]);
  assert.equal(failures.length, 2);
});

test("a store that fails for a while is a refusal with retry, and the next publish works", async (context) => {
  const memory = new MemoryLog();
  let code: BrokerFailureCode | undefined = "storage_failed";
  const append: Log["append"] = (request) =>
    code === undefined ? memory.append(request) : Promise.reject(new BrokerError(code));
  const { peer, failures } = await channelRig(context, { log: logWith({ append, read: (t, q) => memory.read(t, q) }) });
  const client = await peer();
  await client.call("channel:subscribe", { channel: CHANNEL });
  const request = { channel: CHANNEL, id: "m", data: 1 };
  assert.deepEqual((await client.call("channel:publish", request)).error, {
    code: "unavailable",
    message: "the log cannot answer now",
    retry: true,
  });
  assert.equal(failures.length, 1);
  code = "store_corrupt";
  assert.equal(await client.refused("channel:publish", request), "log_failed");
  code = "log_closed";
  assert.equal(await client.refused("channel:publish", request), "service_closed");
  assert.equal(failures.length, 2);
  code = undefined;
  assert.equal((await client.call("channel:publish", request)).offset, 1);
});

test("a second subscribe takes the place of the first, which is told so", async (context) => {
  const memory = new MemoryLog();
  const held: (() => void)[] = [];
  const read: Log["read"] = async (topic, query) => {
    await new Promise<void>((resolve) => held.push(resolve));
    return memory.read(topic, query);
  };
  const { peer, service } = await channelRig(context, { log: logWith({ append: (r) => memory.append(r), read }) });
  const client = await peer();
  const first = client.refused("channel:subscribe", { channel: CHANNEL });
  const second = client.call("channel:subscribe", { channel: CHANNEL });
  await until(() => held.length === 2, "both reads");
  for (const release of held) release();
  assert.equal(await first, "superseded");
  assert.equal((await second).ok, true);
  await client.call("channel:publish", { channel: CHANNEL, id: "m", data: 1 });
  await until(() => client.live.length === 1, "the record");
  assert.equal(service.subscribers(CHANNEL), 1);
});

test("close ends the subscriptions and refuses later calls", async (context) => {
  const { peer, service } = await channelRig(context);
  const client = await peer();
  await client.call("channel:subscribe", { channel: CHANNEL });
  service.close();
  assert.equal(service.subscribers(CHANNEL), 0);
  assert.equal(await client.refused("channel:publish", { channel: CHANNEL, id: "m", data: 1 }), "service_closed");
});
