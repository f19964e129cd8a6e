import assert from "node:assert/strict";
import { test } from "node:test";
import { decodePublishResponse } from "@everwire/protocol";
import { settled } from "../transport/test-clock.test.ts";
import { ChannelError } from "./channel-error.ts";
import { ask } from "./channel-link.ts";
import { Outbox } from "./outbox.ts";
import { published, refusal, TestLink } from "./test-link.test.ts";

function start() {
  const link = new TestLink();
  const outbox = new Outbox(link, (id, data) => ask(link, "publish", { id, data }, decodePublishResponse));
  return { link, outbox };
}

test("publishes wait until the channel is live and go out in the order of the calls", async () => {
  const { link, outbox } = start();
  const results = ["a", "b", "c"].map((id) => outbox.publish(id, id, undefined));
  assert.deepEqual(link.waiting, []);
  outbox.live = true;
  assert.deepEqual(link.waiting, ["publish a", "publish b", "publish c"]);
  for (const [index, id] of ["a", "b", "c"].entries()) await link.take("publish").answer(published(id, index + 1));
  assert.deepEqual(
    (await Promise.all(results)).map(({ offset }) => offset),
    [1, 2, 3],
  );
});

test("after a lost connection the same ids go out again in the same order, before newer ones", async () => {
  const { link, outbox } = start();
  outbox.live = true;
  const results = ["a", "b"].map((id) => outbox.publish(id, id, undefined));
  outbox.live = false;
  await link.lose();
  results.push(outbox.publish("c", "c", undefined));
  assert.deepEqual(link.waiting, []);
  link.connected = true;
  outbox.live = true;
  assert.deepEqual(link.waiting, ["publish a", "publish b", "publish c"]);
  for (const [index, id] of ["a", "b", "c"].entries()) await link.take("publish").answer(published(id, index + 1));
  await Promise.all(results);
});

test("a publish without an answer on a standing connection is tried again later", async () => {
  const { link, outbox } = start();
  outbox.live = true;
  const result = outbox.publish("a", 1, undefined);
  await link.take("publish").answer(undefined);
  assert.deepEqual(link.waiting, []);
  await link.clock.pass(2_000);
  await link.take("publish").answer(published("a", 1));
  assert.equal((await result).offset, 1);
});

test("a refused publish rejects with the server's code, and the others go on", async () => {
  const { link, outbox } = start();
  outbox.live = true;
  const bad = assert.rejects(outbox.publish("bad", 1, undefined), (error) => {
    assert.ok(error instanceof ChannelError);
    assert.deepEqual([error.code, error.retry], ["text_empty", false]);
    return true;
  });
  const good = outbox.publish("good", 2, undefined);
  await link.take("publish").answer(refusal("text_empty"));
  await link.take("publish").answer(published("good", 1));
  await bad;
  assert.equal((await good).id, "good");
});

test("an answer that cannot be read fails its publish, and the others go on", async () => {
  const { link, outbox } = start();
  outbox.live = true;
  const result = assert.rejects(outbox.publish("a", 1, undefined), { code: "invalid_response", retry: false });
  const next = outbox.publish("b", 2, undefined);
  await link.take("publish").answer({ ok: true, offset: -1 });
  await result;
  await link.take("publish").answer(published("b", 1));
  await next;
});

test("a refusal for now is no rejection: it goes out again with the same id, and nothing new before it", async () => {
  const { link, outbox } = start();
  outbox.live = true;
  const results = Array.from({ length: 18 }, (_, n) => outbox.publish(`m${n}`, n, undefined));
  const flight = Array.from({ length: 16 }, () => link.take("publish"));
  await flight[0]?.answer(published("m0", 1));
  // The place of m0 is taken, for nothing is known to be wrong yet.
  const behind = link.take("publish");
  assert.equal(behind.body.id, "m16");
  await flight[1]?.answer(refusal("rate_limited", true));
  await flight[2]?.answer(published("m2", 2));
  await flight[3]?.answer(refusal("rate_limited", true));
  for (const [index, call] of [...flight.slice(4), behind].entries()) {
    await call.answer(published(`m${index + 4}`, index + 3));
  }
  assert.deepEqual(link.waiting, []);
  await link.clock.pass(999);
  assert.deepEqual(link.waiting, []);
  await link.clock.pass(1);
  assert.deepEqual(link.waiting, ["publish m1"]);
  await link.take("publish").answer(refusal("unavailable", true));
  await link.clock.pass(1_999);
  assert.deepEqual(link.waiting, []);
  await link.clock.pass(1);
  await link.take("publish").answer(published("m1", 16));
  assert.deepEqual(link.waiting, ["publish m3"]);
  await link.take("publish").answer(published("m3", 17));
  assert.deepEqual(link.waiting, ["publish m17"]);
  await link.take("publish").answer(published("m17", 18));
  await Promise.all(results);
  assert.equal(link.clock.pending, 0);
});

test("a publish that is refused for now waits until it is aborted or the outbox ends, and leaves no timer", async () => {
  const { link, outbox } = start();
  outbox.live = true;
  const abort = new AbortController();
  const given = assert.rejects(outbox.publish("a", 1, abort.signal), /enough/);
  const next = assert.rejects(outbox.publish("b", 2, undefined), { code: "channel_closed" });
  await link.take("publish").answer(refusal("unavailable", true));
  await link.take("publish").answer(refusal("unavailable", true));
  abort.abort(new Error("enough"));
  await given;
  await link.clock.pass(1_000);
  assert.deepEqual(link.waiting, ["publish b"]);
  await link.take("publish").answer(refusal("unavailable", true));
  outbox.clear(ChannelError.of("channel_closed"));
  await next;
  assert.equal(link.clock.pending, 0);
});

test("a new connection does not wait for the end of the delay", async () => {
  const { link, outbox } = start();
  outbox.live = true;
  const result = outbox.publish("a", 1, undefined);
  await link.take("publish").answer(refusal("unavailable", true));
  outbox.live = false;
  outbox.live = true;
  await link.take("publish").answer(published("a", 1));
  await result;
  assert.equal(link.clock.pending, 0);
});

test("an aborted publish leaves the outbox and its place to the next", async () => {
  const { link, outbox } = start();
  const abort = new AbortController();
  const given = outbox.publish("a", 1, abort.signal);
  const next = outbox.publish("b", 2, undefined);
  abort.abort(new Error("changed my mind"));
  await assert.rejects(given, /changed my mind/);
  await assert.rejects(outbox.publish("c", 3, abort.signal), /changed my mind/);
  outbox.live = true;
  assert.deepEqual(link.waiting, ["publish b"]);
  await link.take("publish").answer(published("b", 1));
  await next;
});

test("a bounded number is under way at once, and a bounded number waits", async () => {
  const { link, outbox } = start();
  outbox.live = true;
  const results = Array.from({ length: 1_000 }, (_, i) => outbox.publish(`m${i}`, i, undefined));
  assert.equal(link.waiting.length, 16);
  await assert.rejects(outbox.publish("more", 0, undefined), { code: "outbox_full", retry: true });
  await link.take("publish").answer(published("m0", 1));
  assert.equal(link.waiting.at(-1), "publish m16");
  const closed = Promise.allSettled(results);
  outbox.clear(ChannelError.of("channel_closed"));
  const outcomes = (await closed).map(({ status }) => status);
  assert.equal(outcomes.filter((status) => status === "rejected").length, 999);
  await settled();
});
