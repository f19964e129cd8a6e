import assert from "node:assert/strict";
import { test } from "node:test";
import { Turnstile } from "./turnstile.ts";

/** Time that passes only when a test says so. */
class Clock {
  #now = 0;
  #timers: { due: number; callback: () => void }[] = [];
  readonly now = (): number => this.#now;

  get pending(): number {
    return this.#timers.length;
  }

  readonly set = (ms: number, callback: () => void): { cancel(): void } => {
    const timer = { due: this.#now + ms, callback };
    this.#timers.push(timer);
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      },
    };
  };

  async pass(ms: number): Promise<void> {
    this.#now += ms;
    for (const timer of this.#timers.filter(({ due }) => due <= this.#now)) {
      this.#timers = this.#timers.filter((other) => other !== timer);
      timer.callback();
    }
    await Promise.resolve();
  }
}

function start(maxWaiting: number, rate = 10) {
  const clock = new Clock();
  const turnstile = new Turnstile({ rate, burst: 2, maxWaiting }, clock.now, clock.set);
  const entered: unknown[] = [];
  const enter = (name: string): unknown => {
    const result = turnstile.enter();
    if (typeof result === "boolean") return result;
    void result.then((value) => entered.push(value ? name : `not ${name}`));
    return "waits";
  };
  return { clock, turnstile, enter, entered };
}

test("what comes too fast waits and enters in the order in which it came", async () => {
  const { clock, enter, entered } = start(64);
  assert.deepEqual([enter("a"), enter("b"), enter("c"), enter("d")], [true, true, "waits", "waits"]);
  await clock.pass(99);
  assert.deepEqual(entered, []);
  await clock.pass(1);
  assert.deepEqual(entered, ["c"]);
  // A token would be there for nobody else than the one who waits.
  await clock.pass(50);
  assert.equal(enter("e"), "waits");
  await clock.pass(250);
  assert.deepEqual(entered, ["c", "d", "e"]);
  assert.equal(clock.pending, 0);
  await clock.pass(101);
  assert.equal(enter("f"), true);
});

test("a bounded number waits, and nobody longer than ten seconds", () => {
  const few = start(2);
  assert.deepEqual([..."abcde"].map(few.enter), [true, true, "waits", "waits", false]);
  const slow = start(64, 1);
  const answers = Array.from({ length: 13 }, (_, n) => slow.enter(`${n}`));
  assert.deepEqual(answers.slice(11), ["waits", false]);
  assert.equal(start(0).enter("a"), true);
});

test("closed, it turns away all who wait and leaves no timer", async () => {
  const { clock, turnstile, enter, entered } = start(64);
  for (const name of "abcd") enter(name);
  turnstile.close();
  await clock.pass(10_000);
  assert.deepEqual(entered, ["not c", "not d"]);
  assert.equal(clock.pending, 0);
});
