import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { settled } from "../transport/test-clock.test.ts";
import { Channel, type ChannelOptions } from "./channel.ts";
import { ChannelError } from "./channel-error.ts";
import { ChannelRegistry } from "./channel-registry.ts";
import { published, refusal, TestLink } from "./test-link.test.ts";

function record(offset: number): { offset: number; id: string; publisher: string; time: number; data: unknown } {
  return { offset, id: `m${offset}`, publisher: "p", time: 1, data: offset };
}

function subscribed(fields: object = {}): object {
  return {
    ok: true,
    channel: "c",
    epoch: "e",
    offset: 0,
    recovered: false,
    reason: "none",
    more: false,
    records: [],
    members: [],
    ...fields,
  };
}

function start(options: ChannelOptions = {}) {
  const link = new TestLink();
  const channel = new Channel(link, "c", options);
  const seen: string[] = [];
  channel.on("record", ({ offset }) => seen.push(`record ${offset}`));
  channel.on("start", ({ recovered, records }) => {
    seen.push(`start ${recovered} [${records.map(({ offset }) => offset)}]`);
  });
  channel.on("state", (state) => seen.push(state));
  channel.on("presence", ({ change, member }) => seen.push(`${change} ${member.id}`));
  const arrive = (offset: number, epoch = "e"): void => {
    channel.receive({ kind: "record", event: { channel: "c", epoch, record: record(offset) } });
  };
  return { link, channel, seen, arrive };
}

/** Live at offset 2, having seen records 1 and 2. */
async function live() {
  const run = start();
  await run.link.take("channel:subscribe").answer(subscribed({ offset: 2, records: [record(1), record(2)] }));
  run.seen.length = 0;
  return run;
}

describe("a subscription", () => {
  it("starts with the newest records and goes on with the next", async () => {
    const { link, channel, seen, arrive } = start();
    assert.equal(channel.state, "subscribing");
    await link.take("channel:subscribe").answer(subscribed({ offset: 7, records: [record(6), record(7)], more: true }));
    arrive(8);
    assert.deepEqual(seen, ["live", "start false [6,7]", "record 8"]);
    assert.equal(channel.position, "e:8");
  });

  it("from a position gives what was missed as records", async () => {
    const { link, seen } = start({ since: "e:5", limit: 9 });
    const call = link.take("channel:subscribe");
    assert.deepEqual(call.body, { channel: "c", since: "e:5", limit: 9 });
    await call.answer(subscribed({ offset: 7, recovered: true, reason: undefined, records: [record(6), record(7)] }));
    assert.deepEqual(seen, ["live", "start true []", "record 6", "record 7"]);
  });

  it("drops what it has delivered already, before and after the answer", async () => {
    const { link, seen, arrive } = start({ since: "e:5" });
    for (const offset of [6, 7, 8]) arrive(offset);
    await link
      .take("channel:subscribe")
      .answer(subscribed({ offset: 7, recovered: true, records: [record(6), record(7)] }));
    for (const offset of [8, 3, 9]) arrive(offset);
    assert.deepEqual(seen, ["live", "start true []", "record 6", "record 7", "record 8", "record 9"]);
  });

  it("that claims to be complete and is not is asked for again from the start", async () => {
    const { link, seen } = start({ since: "e:5" });
    await link
      .take("channel:subscribe")
      .answer(subscribed({ offset: 8, recovered: true, records: [record(6), record(8)] }));
    await link.clock.pass(1_000);
    const call = link.take("channel:subscribe");
    assert.equal(call.body.since, undefined);
    await call.answer(subscribed({ offset: 8, records: [record(8)] }));
    assert.deepEqual(seen, ["live", "start false [8]"]);
  });

  it("refused for good ends the channel and all that waits", async () => {
    const { link, channel, seen } = start();
    const publish = assert.rejects(channel.publish(1), { code: "forbidden" });
    const enter = assert.rejects(channel.enter(1), { code: "forbidden" });
    await link.take("channel:subscribe").answer(refusal("forbidden"));
    await publish;
    await enter;
    await assert.rejects(channel.publish(2), ChannelError);
    assert.deepEqual(seen, ["refused"]);
  });

  for (const reply of [refusal("unavailable", true), { nonsense: true }, undefined]) {
    it(`answered with ${JSON.stringify(reply)} is tried again`, async () => {
      const { link, seen } = start();
      await link.take("channel:subscribe").answer(reply);
      await link.clock.pass(1_000);
      await link.take("channel:subscribe").answer(subscribed());
      assert.deepEqual(seen, ["live", "start false []"]);
    });
  }
});

describe("a live channel", () => {
  it("closes a gap by asking for what is missing, and delivers each record once", async () => {
    const { link, channel, seen, arrive } = await live();
    arrive(5);
    assert.equal(channel.state, "subscribing");
    arrive(6);
    const call = link.take("channel:subscribe");
    assert.equal(call.body.since, "e:2");
    await call.answer(subscribed({ offset: 5, recovered: true, records: [record(3), record(4), record(5)] }));
    assert.deepEqual(seen, ["subscribing", "live", "start true []", "record 3", "record 4", "record 5", "record 6"]);
  });

  it("whose epoch changes says that it starts afresh", async () => {
    const { link, seen, arrive } = await live();
    arrive(1, "f");
    await link
      .take("channel:subscribe")
      .answer(subscribed({ epoch: "f", offset: 1, reason: "epoch", records: [record(1)] }));
    assert.deepEqual(seen, ["subscribing", "live", "start false [1]"]);
  });

  it("goes on from its position after a lost connection", async () => {
    const { link, channel, seen } = await live();
    channel.disconnected();
    await link.lose();
    link.connected = true;
    channel.connected();
    const call = link.take("channel:subscribe");
    assert.equal(call.body.since, "e:2");
    await call.answer(subscribed({ offset: 3, recovered: true, records: [record(3)] }));
    assert.deepEqual(seen, ["waiting", "subscribing", "live", "start true []", "record 3"]);
  });

  it("ignores the answer to a subscription of an earlier connection", async () => {
    const { link, channel, seen } = start();
    const old = link.take("channel:subscribe");
    channel.disconnected();
    channel.connected();
    await old.answer(subscribed({ offset: 9 }));
    assert.equal(channel.position, undefined);
    await link.take("channel:subscribe").answer(subscribed());
    assert.deepEqual(seen, ["waiting", "subscribing", "live", "start false []"]);
  });

  it("closed by a listener delivers nothing more", async () => {
    const { link, channel, seen } = start({ since: "e:5" });
    channel.on("record", () => void channel.close());
    await link
      .take("channel:subscribe")
      .answer(subscribed({ offset: 7, recovered: true, records: [record(6), record(7)] }));
    assert.deepEqual(seen, ["live", "start true []", "record 6", "closed"]);
  });

  it("retries a publish with its id after a lost connection", async () => {
    const { link, channel } = await live();
    const result = channel.publish({ text: "hi" });
    const { id } = link.take("channel:publish").body;
    assert.match(String(id), /^[A-Za-z0-9_-]{22}$/);
    channel.disconnected();
    await link.lose();
    await assert.rejects(channel.history({ before: 1 }), { code: "not_connected" });
    link.connected = true;
    channel.connected();
    await link.take("channel:subscribe").answer(subscribed({ offset: 2, recovered: true }));
    assert.deepEqual(link.waiting, [], "the first attempt is still without an outcome");
    assert.ok(result instanceof Promise);
  });

  it("refuses ids that the server would refuse", async () => {
    const { channel } = await live();
    for (const id of ["", "a b", "x".repeat(65)])
      await assert.rejects(channel.publish(1, { id }), { code: "invalid_id" });
  });

  it("closes with the server's knowledge", async () => {
    const { link, channel } = await live();
    const waiting = assert.rejects(channel.publish(1), { code: "channel_closed" });
    const closed = channel.close();
    await waiting;
    link.take("channel:publish");
    await link.take("channel:unsubscribe").answer({ ok: true });
    await closed;
    await assert.rejects(channel.publish(1), { code: "channel_closed" });
    await channel.close();
  });
});

describe("presence", () => {
  it("follows the members", async () => {
    const { link, channel, seen } = start();
    await link.take("channel:subscribe").answer(subscribed({ members: [{ id: "a", data: 1 }] }));
    seen.length = 0;
    channel.receive({ kind: "presence", event: { channel: "c", change: "enter", member: { id: "b", data: 2 } } });
    channel.receive({ kind: "presence", event: { channel: "c", change: "leave", member: { id: "a", data: 1 } } });
    assert.deepEqual(seen, ["enter b", "leave a"]);
    assert.deepEqual([...channel.members.keys()], ["b"]);
  });

  it("is entered again after every reconnection until it is left", async () => {
    const { link, channel } = await live();
    const entered = channel.enter({ name: "me" });
    await link.take("channel:enter").answer({ ok: true });
    await entered;
    channel.disconnected();
    channel.connected();
    await link.take("channel:subscribe").answer(subscribed({ offset: 2, recovered: true }));
    await link.take("channel:enter").answer({ ok: true });
    const left = channel.leave();
    await link.take("channel:leave").answer({ ok: true });
    await left;
    channel.disconnected();
    channel.connected();
    await link.take("channel:subscribe").answer(subscribed({ offset: 2, recovered: true }));
    assert.deepEqual(link.waiting, []);
  });

  it("entered twice resolves both when the later one is known", async () => {
    const { link, channel } = await live();
    const both = Promise.all([channel.enter(1), channel.enter(2)]);
    await link.take("channel:enter").answer({ ok: true });
    const later = link.take("channel:enter");
    assert.equal(later.body.data, 2);
    await later.answer({ ok: true });
    await both;
  });

  it("refused is said to whoever entered", async () => {
    const { link, channel } = await live();
    const refused = assert.rejects(channel.enter(1), { code: "forbidden" });
    await link.take("channel:enter").answer(refusal("forbidden"));
    await refused;
  });

  it("refused for now is claimed again, later and later, until it is known or left", async () => {
    const { link, channel } = await live();
    const entered = channel.enter(1);
    await link.take("channel:enter").answer(refusal("rate_limited", true));
    await link.clock.pass(1_000);
    await link.take("channel:enter").answer(undefined);
    await link.clock.pass(1_999);
    assert.deepEqual(link.waiting, []);
    await link.clock.pass(1);
    await link.take("channel:enter").answer({ ok: true });
    await entered;
    const full = channel.enter(2);
    await link.take("channel:enter").answer(refusal("too_many_members", true));
    const left = channel.leave();
    await assert.rejects(full, { code: "left" });
    await link.take("channel:leave").answer({ ok: true });
    await left;
    assert.equal(link.clock.pending, 0);
  });

  it("given up by oneself is no unhandled rejection", async () => {
    const { channel } = await live();
    // Node would end the test with an error of its own.
    void channel.enter(1);
    void channel.close();
    await settled();
    assert.equal(channel.state, "closed");
  });

  it("news from before the answer to a subscription is out of date", async () => {
    const { link, channel } = await live();
    channel.receive({ kind: "record", event: { channel: "c", epoch: "e", record: record(9) } });
    assert.equal(channel.state, "subscribing");
    channel.receive({ kind: "presence", event: { channel: "c", change: "enter", member: { id: "gone", data: 1 } } });
    const answer = link.take("channel:subscribe").answer(subscribed({ offset: 2, recovered: true }));
    channel.receive({ kind: "presence", event: { channel: "c", change: "enter", member: { id: "here", data: 1 } } });
    await answer;
    assert.deepEqual([...channel.members.keys()], ["here"]);
  });

  it("signals go out only while live", async () => {
    const { link, channel } = start();
    channel.signal(1);
    await link.take("channel:subscribe").answer(subscribed());
    channel.signal(2);
    assert.deepEqual(link.signals, [{ event: "channel:signal", channel: "c", data: 2 }]);
  });
});

describe("the channels of a socket", () => {
  it("are one per name until closed or refused", async () => {
    const link = new TestLink();
    const channels = new ChannelRegistry(link);
    const first = channels.channel("c", {});
    assert.equal(channels.channel("c", {}), first);
    void first.close();
    const second = channels.channel("c", {});
    assert.notEqual(second, first);
  });

  it("get their news and leave other events alone", async () => {
    const link = new TestLink();
    const channels = new ChannelRegistry(link);
    const signals: unknown[] = [];
    channels.channel("__proto__", {}).on("signal", ({ data }) => signals.push(data));
    await link.take("channel:subscribe").answer(subscribed({ channel: "__proto__" }));
    assert.equal(channels.receive("channel:signal", { channel: "__proto__", from: "x", data: 1 }), true);
    assert.equal(channels.receive("channel:signal", { channel: "other", from: "x", data: 1 }), false);
    assert.equal(channels.receive("channel:record", { channel: "__proto__", record: "nonsense" }), false);
    assert.equal(channels.receive("hello", {}), false);
    assert.deepEqual(signals, [1]);
  });
});

it("a publish that was stored while its answer was lost resolves with the first result", async () => {
  const { link, channel } = await live();
  const result = channel.publish("x", { id: "m1" });
  assert.deepEqual(link.waiting, ["channel:publish m1"]);
  channel.disconnected();
  await link.lose();
  link.connected = true;
  channel.connected();
  await link.take("channel:subscribe").answer(subscribed({ offset: 2, recovered: true }));
  assert.deepEqual(link.waiting, ["channel:publish m1"]);
  await link.take("channel:publish").answer({ ...published("m1", 3), duplicate: true });
  assert.equal((await result).duplicate, true);
});
