import assert from "node:assert/strict";
import { test } from "node:test";
import { TestClock } from "../transport/test-clock.test.ts";
import { Heartbeat } from "./heartbeat.ts";

test("silence for interval and timeout together is a loss, and no sooner", async () => {
  const clock = new TestClock();
  const seen: string[] = [];
  const heartbeat = new Heartbeat(clock, 100, 50, { late: () => seen.push("late"), lost: () => seen.push("lost") });
  await clock.pass(124);
  heartbeat.beat();
  await clock.pass(124);
  assert.deepEqual(seen, []);
  await clock.pass(1);
  assert.deepEqual(seen, ["late"]);
  await clock.pass(24);
  assert.deepEqual(seen, ["late"]);
  await clock.pass(1);
  assert.deepEqual(seen, ["late", "lost"]);
  assert.equal(clock.pending, 0);
});

test("a ping that is late makes everything good again", async () => {
  const clock = new TestClock();
  const seen: string[] = [];
  const heartbeat = new Heartbeat(clock, 100, 50, { late: () => seen.push("late"), lost: () => seen.push("lost") });
  await clock.pass(140);
  heartbeat.beat();
  await clock.pass(124);
  assert.deepEqual(seen, ["late"]);
  await clock.pass(1);
  assert.deepEqual(seen, ["late", "late"]);
  heartbeat.stop();
  assert.equal(clock.pending, 0);
});

test("one timer serves any number of pings, and none is left when stopped", async () => {
  const clock = new TestClock();
  const heartbeat = new Heartbeat(clock, 100, 50, { late: () => undefined, lost: () => assert.fail("stopped") });
  for (let i = 0; i < 10; i++) {
    await clock.pass(60);
    heartbeat.beat();
    assert.equal(clock.pending, 1);
  }
  heartbeat.stop();
  assert.equal(clock.pending, 0);
});

test("a sleeping device knows of the loss before any timer runs", () => {
  const clock = new TestClock();
  const heartbeat = new Heartbeat(clock, 100, 50, { late: () => undefined, lost: () => undefined });
  clock.sleep(150);
  assert.equal(heartbeat.expired, true);
});
