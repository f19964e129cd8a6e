import assert from "node:assert/strict";
import { test } from "node:test";
import { promisify } from "node:util";
import { FakeClock } from "./fake-clock.ts";
import { processTime, useFakeTime } from "./fake-time.ts";

const original = { setTimeout, setInterval };

function fakeClock(): FakeClock {
  return new FakeClock(processTime(), () => new Promise((resolve) => setImmediate(resolve)));
}

test("the globals are the clock's until it is ended", async () => {
  const clock = fakeClock();
  const end = useFakeTime(clock);
  assert.throws(() => useFakeTime(fakeClock()), /another clock/);
  const start = performance.now();
  const log: string[] = [];
  setTimeout((word: string) => log.push(word), 1000, "timeout");
  const interval = setInterval(() => log.push("interval"), 400);
  const stopped = setTimeout(() => log.push("stopped"), 500);
  const promised = promisify(setTimeout)(900, "promised").then((word) => log.push(word));
  clearTimeout(stopped);
  await clock.advance(1000);
  clearInterval(interval);
  await promised;
  assert.deepEqual(log, ["interval", "interval", "promised", "timeout"]);
  assert.equal(performance.now() - start, 1000);
  end();
  end();
  assert.deepEqual([setTimeout, setInterval], [original.setTimeout, original.setInterval]);
});

test("time never goes back when it becomes real again, and goes on", async () => {
  const clock = fakeClock();
  const end = useFakeTime(clock);
  await clock.advance(3_600_000);
  const last = performance.now();
  end();
  const first = performance.now();
  assert.ok(first >= last);
  await new Promise((resolve) => setTimeout(resolve, 2));
  assert.ok(performance.now() > first);
  assert.ok(processTime() < first + 3_600_000);
});

test("a timer that is left over goes on in real time, and can be ended by who has it", async () => {
  const clock = fakeClock();
  const end = useFakeTime(clock);
  const log: string[] = [];
  const ended = setTimeout(() => log.push("ended"), 5);
  const done = new Promise<void>((resolve) => {
    let left = 2;
    const interval = setInterval(() => {
      log.push("interval");
      left -= 1;
      if (left > 0) return;
      clearInterval(interval);
      resolve();
    }, 10);
  });
  end();
  clearTimeout(ended);
  // Real timers of a test keep the process up, those that were left over do not.
  const alive = setInterval(() => undefined, 1000);
  await done;
  await new Promise((resolve) => setTimeout(resolve, 20));
  clearInterval(alive);
  assert.deepEqual(log, ["interval", "interval"]);
});
