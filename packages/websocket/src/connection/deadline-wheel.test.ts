import assert from "node:assert/strict";
import { describe, it, mock } from "node:test";
import { seeded } from "../raw-peer.test.ts";
import { DeadlineWheel } from "./deadline-wheel.ts";

function wheelAt(start: number): { wheel: DeadlineWheel; pass: (ms: number) => void; now: () => number } {
  let now = start;
  const wheel = new DeadlineWheel(() => now);
  const pass = (ms: number): void => {
    now += ms;
    wheel.advance();
  };
  return { wheel, pass, now: () => now };
}

describe("deadline wheel", () => {
  it("is never early, and at most one tick late", () => {
    const random = seeded(3);
    const { wheel, pass, now } = wheelAt(12_345);
    let fired = 0;
    for (let at = 0; at < 2000; at++) {
      // Up to three turns of the wheel.
      const due = now() + random() ** 2 * 200_000;
      wheel.set(due - now(), () => {
        fired++;
        assert.ok(now() >= due && now() <= due + 250, `${now() - due} ms late`);
      });
      if (at % 10 === 0) pass(random() * 250);
    }
    while (wheel.size > 0) pass(random() * 250);
    assert.equal(fired, 2000);
  });

  it("does not run what was cancelled, whenever that was", () => {
    const { wheel, pass } = wheelAt(0);
    const ran: string[] = [];
    const first = wheel.set(100, () => ran.push("first"));
    const second = wheel.set(100, () => ran.push("second"));
    const third = wheel.set(100, () => {
      ran.push("third");
      second.cancel();
    });
    first.cancel();
    first.cancel();
    pass(300);
    assert.deepEqual(ran, ["third"]);
    for (const deadline of [first, second, third]) assert.equal(deadline.pending, false);
    assert.equal(wheel.size, 0);
  });

  it("gives the callback its argument", () => {
    const { wheel, pass } = wheelAt(0);
    const ran: string[] = [];
    wheel.set(100, (word) => ran.push(word), "first");
    wheel.set(100, () => ran.push("second"));
    pass(300);
    assert.deepEqual(ran.sort(), ["first", "second"]);
  });

  it("renews: later, earlier, and after it has passed or was cancelled", () => {
    const { wheel, pass, now } = wheelAt(1000);
    const ran: number[] = [];
    const deadline = wheel.set(1000, () => ran.push(now()));
    pass(900);
    deadline.renew(5000);
    pass(2000);
    assert.deepEqual(ran, []);
    deadline.renew(100);
    pass(250);
    assert.deepEqual(ran, [4150]);
    deadline.renew(50);
    pass(250);
    deadline.renew(50);
    deadline.cancel();
    pass(250);
    deadline.renew(50);
    pass(250);
    assert.deepEqual(ran, [4150, 4400, 4900]);
  });

  it("lets a callback set and renew deadlines", () => {
    const { wheel, pass } = wheelAt(0);
    let beats = 0;
    const beat = wheel.set(0, () => {
      if (++beats < 5) beat.renew(250);
    });
    for (let at = 0; at < 10; at++) pass(250);
    assert.equal(beats, 5);
  });

  it("runs everything that became due while the process was stopped", () => {
    const { wheel, pass } = wheelAt(0);
    let ran = 0;
    for (let ms = 0; ms < 100_000; ms += 100) wheel.set(ms, () => ran++);
    pass(1_000_000);
    assert.equal(ran, 1000);
  });

  it("runs the others when one throws", () => {
    const { wheel, pass } = wheelAt(0);
    let ran = 0;
    wheel.set(10, () => ran++);
    wheel.set(10, () => {
      throw new Error("a bad callback");
    });
    wheel.set(10, () => ran++);
    assert.throws(() => pass(100));
    pass(250);
    assert.equal(ran, 2);
  });

  it("runs on the timers there are when a deadline is set, though others were there before", async () => {
    const wheel = new DeadlineWheel(() => performance.now(), 1);
    mock.timers.enable({ apis: ["setInterval"] });
    wheel.set(1, () => undefined).cancel();
    mock.timers.reset();
    const ran: string[] = [];
    wheel.set(1, () => ran.push("due"));
    // The wheel's own timer does not keep the process alive, and these turns do.
    for (const end = performance.now() + 5000; ran.length === 0 && performance.now() < end; ) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.deepEqual(ran, ["due"]);
  });

  it("refuses a time that is none", () => {
    const { wheel } = wheelAt(0);
    for (const ms of [-1, Number.NaN]) assert.throws(() => wheel.set(ms, () => {}), RangeError);
  });
});
