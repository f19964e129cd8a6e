import assert from "node:assert/strict";
import { test } from "node:test";
import { DeadlineWheel } from "@everwire/websocket";
import { AckDuty } from "./ack-duty.ts";
import { ArrivalStream, Arrivals } from "./arrivals.ts";

test("each message arrives once, by whatever stream, and never before the one before it", () => {
  const arrivals = new Arrivals();
  const first = new ArrivalStream(arrivals);
  assert.equal(first.take(1), undefined);
  first.begin(1);
  assert.deepEqual([first.take(1), first.take(1)], ["new", "new"]);
  const again = new ArrivalStream(arrivals);
  again.begin(1);
  assert.deepEqual([again.take(1), again.take(1), again.take(1)], ["seen", "seen", "new"]);
  assert.equal(first.take(1), "seen");
  const ahead = new ArrivalStream(arrivals);
  ahead.begin(6);
  assert.equal(ahead.take(1), "gap");
  assert.equal(arrivals.received, 3);
});

test("the peer is told after 32 messages, after 32 KiB, or after 2 s", () => {
  let now = 0;
  const wheel = new DeadlineWheel(() => now, 10);
  const arrivals = new Arrivals();
  let calls = 0;
  const duty = new AckDuty(arrivals, wheel, () => {
    calls += 1;
  });
  const take = (count: number, bytes: number): void => {
    for (let left = count; left > 0; left--) {
      arrivals.take(arrivals.received + 1, bytes);
      duty.look();
    }
  };
  const fulfil = (expected: number): void => {
    assert.equal(duty.due, true);
    assert.equal(arrivals.tell(), expected);
    duty.done();
  };
  take(31, 1);
  assert.equal(duty.due, false);
  take(1, 1);
  fulfil(32);
  take(1, 32 * 1024);
  fulfil(33);
  take(1, 1);
  now += 2010;
  wheel.advance();
  fulfil(34);
  assert.equal(calls, 3);
  duty.look(true);
  assert.equal(duty.due, false);
  arrivals.untell();
  duty.look(true);
  fulfil(34);
  assert.equal(wheel.size, 0);
});
