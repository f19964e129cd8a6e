import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type Reader, ReadTurns } from "./read-turns.ts";

/** Turns by a clock that only the test moves. */
function turnsAt(): { clock: { now: number }; turns: ReadTurns } {
  const clock = { now: 1000 };
  return { clock, turns: new ReadTurns(() => clock.now) };
}

/** A heavy read that takes so many milliseconds. */
function read(turns: ReadTurns, clock: { now: number }, ms: number): boolean {
  const since = clock.now;
  turns.begin(since);
  clock.now += ms;
  return turns.done(since);
}

describe("turns of reading", () => {
  it("end nothing as long as no heavy read comes", () => {
    const { clock, turns } = turnsAt();
    clock.now += 1000;
    assert.equal(turns.mustHold, false);
  });

  it("have everybody wait who brings a heavy read when the time is over", async () => {
    const { clock, turns } = turnsAt();
    assert.deepEqual([read(turns, clock, 2), read(turns, clock, 2), read(turns, clock, 2)], [false, false, true]);
    assert.equal(turns.mustHold, true);
    await nextTurn();
    assert.deepEqual([turns.mustHold, read(turns, clock, 2)], [false, false]);
  });

  it("go round in order, each as long as it takes", async () => {
    const { clock, turns } = turnsAt();
    const order: string[] = [];
    const reader = (name: string, rounds: number): Reader => ({
      proceed() {
        order.push(name);
        clock.now += 3;
        if (--rounds > 0) turns.wait(this, true);
      },
    });
    for (const name of ["a", "b", "c"]) turns.wait(reader(name, 2), true);
    await nextTurn();
    assert.equal(order.join(""), "ab");
    while (order.length < 6) await nextTurn();
    assert.equal(order.join(""), "abcabc");
  });

  it("read as many sockets again as fit by what a read takes", async () => {
    const { clock, turns } = turnsAt();
    for (let time = 0; time < 100; time++) read(turns, clock, 2.4);
    await nextTurn();
    let resumed = 0;
    for (let count = 0; count < 10; count++) turns.wait({ proceed: () => resumed++ }, false);
    await nextTurn();
    assert.equal(resumed, 2);
    await nextTurn();
    assert.equal(resumed, 4);
  });

  it("hold bytes for a few only", () => {
    const { clock, turns } = turnsAt();
    read(turns, clock, 10);
    const readers = Array.from({ length: 64 }, (): Reader => ({ proceed() {} }));
    for (const reader of readers) turns.wait(reader, true);
    assert.equal(turns.mustHold, false);
    turns.leave(readers[0] ?? assert.fail());
    assert.equal(turns.mustHold, true);
  });

  it("go on after one that has left, or that throws", async () => {
    const { turns } = turnsAt();
    const left: Reader = { proceed: () => assert.fail("it left") };
    let proceeded = false;
    turns.wait(left, true);
    turns.wait({ proceed: () => (proceeded = true) }, false);
    turns.leave(left);
    await nextTurn();
    assert.deepEqual([proceeded, turns.waits(left)], [true, false]);
  });
});
