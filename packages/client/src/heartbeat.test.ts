import assert from "node:assert/strict";
import { test } from "node:test";
import { Heartbeat } from "./heartbeat.ts";
import { TestClock } from "./test-clock.test.ts";

test("silence for interval and timeout together is a loss, and no sooner", async () => {
  const clock = new TestClock();
  let lost = 0;
  const heartbeat = new Heartbeat(clock, 100, 50, () => {
    lost += 1;
  });
  await clock.pass(149);
  heartbeat.beat();
  await clock.pass(149);
  assert.equal(lost, 0);
  await clock.pass(1);
  assert.equal(lost, 1);
  assert.equal(clock.pending, 0);
});

test("one timer serves any number of pings, and none is left when stopped", async () => {
  const clock = new TestClock();
  const heartbeat = new Heartbeat(clock, 100, 50, () => assert.fail("stopped"));
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
  const heartbeat = new Heartbeat(clock, 100, 50, () => undefined);
  clock.sleep(150);
  assert.equal(heartbeat.expired, true);
});
