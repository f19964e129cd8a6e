import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "./fake-clock.ts";

function clockFrom(start: number): { clock: FakeClock; log: string[]; note(what: string): () => void } {
  const log: string[] = [];
  const clock = new FakeClock(start, () => Promise.resolve());
  return { clock, log, note: (what) => () => log.push(`${what} ${clock.now - start}`) };
}

test("timers run at their moments, in the order of these and then of their start", async () => {
  const { clock, log, note } = clockFrom(1000);
  clock.start(note("c"), 30, false);
  clock.start(note("a"), 10, false);
  clock.start(note("b"), 10, false);
  clock.start(note("every 12"), 12, true);
  await clock.advance(25);
  assert.deepEqual(log, ["a 10", "b 10", "every 12 12", "every 12 24"]);
  assert.equal(clock.now, 1025);
  await clock.advance(5);
  assert.equal(log.at(-1), "c 30");
});

test("what a timer starts runs in the same advance when it is due", async () => {
  const { clock, log, note } = clockFrom(0);
  clock.start(() => clock.start(note("inner"), 5, false), 10, false);
  await clock.advance(15);
  assert.deepEqual(log, ["inner 15"]);
});

test("a timer can be closed, refreshed and asked", async () => {
  const { clock, log, note } = clockFrom(0);
  const closed = clock.start(note("closed"), 10, true);
  const refreshed = clock.start(note("refreshed"), 10, false);
  assert.deepEqual([closed.hasRef(), closed.unref().hasRef(), closed.ref().hasRef()], [true, false, true]);
  await clock.advance(5);
  closed.close();
  closed.refresh();
  refreshed.refresh();
  await clock.advance(9);
  assert.deepEqual(log, []);
  await clock.advance(1);
  assert.deepEqual(log, ["refreshed 15"]);
  refreshed.refresh();
  await clock.advance(10);
  assert.deepEqual(log, ["refreshed 15", "refreshed 25"]);
  assert.equal(clock.timers.size, 0);
});

test("a delay that Node would not take is as short as there", async () => {
  const { clock, log, note } = clockFrom(0);
  for (const delay of [0, -5, Number.NaN, 2 ** 31]) clock.start(note("soon"), delay, false);
  await clock.advance(1);
  assert.deepEqual(log, ["soon 1", "soon 1", "soon 1", "soon 1"]);
});

test("nothing runs before what the last timer caused has settled", async () => {
  const log: string[] = [];
  const clock = new FakeClock(0, async () => {
    await Promise.resolve();
    log.push("settled");
  });
  clock.start(() => log.push("one"), 1, false);
  clock.start(() => log.push("two"), 1, false);
  await clock.advance(1);
  assert.deepEqual(log, ["settled", "one", "settled", "two", "settled"]);
});

test("time goes forward, one advance behind the other; one that failed does not end it", async () => {
  const { clock } = clockFrom(0);
  await assert.rejects(clock.advance(-1), RangeError);
  await assert.rejects(clock.advance(Number.NaN), RangeError);
  const both = [clock.advance(2), clock.advance(3)];
  assert.equal(clock.now, 0);
  await Promise.all(both);
  assert.equal(clock.now, 5);
  clock.start(
    () => {
      throw new Error("of the application");
    },
    1,
    false,
  );
  await assert.rejects(clock.advance(5), /of the application/);
  await clock.advance(5);
  assert.equal(clock.now, 11);
});
