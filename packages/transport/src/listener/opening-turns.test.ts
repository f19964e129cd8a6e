import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { describe, it } from "node:test";
import v8 from "node:v8";
import vm from "node:vm";
import type { TransportFailure } from "../failures.ts";
import { ask, serve } from "../harness.test.ts";
import { OpeningTurns } from "./opening-turns.ts";
import type { Visitor } from "./visitor.ts";

/** Openings that take a millisecond each, of a clock that nothing else moves. */
class Rig {
  now = 0;
  readonly turns = new OpeningTurns(() => this.now);
  readonly opened: (readonly [name: string, waited: boolean])[] = [];
  readonly refused: string[] = [];

  come(name: string): { gone: boolean } {
    const state = { gone: false };
    const visitor: Pick<Visitor, "gone" | "refuse"> = {
      get gone() {
        return state.gone;
      },
      refuse: (row: TransportFailure) => this.refused.push(`${name} ${row.reason} ${row.status}`),
    };
    // All that is asked of a visitor here.
    this.turns.take(visitor as Visitor, (waited) => {
      this.now += 1;
      this.opened.push([name, waited]);
    });
    return state;
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** In a function of its own, so that its caller does not hold the visitor. */
function comeAndGo(rig: Rig, registry: FinalizationRegistry<undefined>): void {
  registry.register(rig.come("gone"), undefined);
}

describe("the turns of those who open a session", () => {
  it("come at once when there is time", async () => {
    const rig = new Rig();
    rig.come("a");
    await nextTurn();
    await nextTurn();
    rig.come("b");
    assert.deepEqual(rig.opened, [
      ["a", false],
      ["b", false],
    ]);
  });

  it("are five milliseconds of a turn of the event loop for all together, in order", async () => {
    const rig = new Rig();
    const names = Array.from({ length: 40 }, (_, index) => String(index));
    for (const name of names) rig.come(name);
    const perTurn = [rig.opened.length];
    while (rig.opened.length < names.length) {
      const before = rig.opened.length;
      await nextTurn();
      perTurn.push(rig.opened.length - before);
    }
    assert.ok(Math.max(...perTurn) <= 5, `${perTurn}`);
    assert.deepEqual(
      rig.opened.map(([name]) => name),
      names,
    );
    assert.equal(rig.opened.at(-1)?.[1], true, "who has waited is told so");
  });

  it("are not for those who have left, nor for those who waited ten seconds", async () => {
    const rig = new Rig();
    for (let index = 0; index < 5; index++) rig.come("early");
    const left = rig.come("left");
    rig.come("late");
    left.gone = true;
    rig.now += 10_001;
    while (rig.refused.length === 0) await nextTurn();
    assert.deepEqual(rig.refused, ["late overloaded 503"]);
    assert.equal(rig.opened.length, 5);
  });

  it("are waited for by a limited number", () => {
    const rig = new Rig();
    for (let index = 0; index < 5 + 16_384; index++) rig.come("one");
    assert.deepEqual(rig.refused, []);
    rig.come("one too many");
    assert.deepEqual(rig.refused, ["one too many overloaded 503"]);
  });

  it("hold nobody who has had a turn, though others wait all the time", async () => {
    v8.setFlagsFromString("--expose-gc");
    const collect: unknown = vm.runInNewContext("gc");
    assert.ok(typeof collect === "function");
    const rig = new Rig();
    let freed = 0;
    const registry = new FinalizationRegistry(() => {
      freed += 1;
    });
    for (let index = 0; index < 5; index++) rig.come("early");
    comeAndGo(rig, registry);
    for (let index = 0; index < 20; index++) rig.come("next");
    const limit = performance.now() + 5000;
    while (freed === 0 && performance.now() < limit) {
      for (let index = 0; index < 5; index++) rig.come("late");
      await nextTurn();
      collect();
    }
    assert.equal(freed, 1);
    assert.equal(rig.opened.at(-1)?.[1], true, "there was always somebody who waited");
  });

  it("are each in the asynchronous context that it came in", async () => {
    const who = new AsyncLocalStorage<string>();
    const rig = new Rig();
    const heard: unknown[] = [];
    for (let index = 0; index < 5; index++) rig.come("early");
    for (const name of ["a", "b"]) {
      who.run(name, () => rig.turns.take({ gone: false } as Visitor, () => heard.push(who.getStore())));
    }
    while (heard.length < 2) await nextTurn();
    assert.deepEqual(heard, ["a", "b"]);
  });

  it("go on when the application throws", async (context) => {
    const immediates: (() => void)[] = [];
    context.mock.method(globalThis, "setImmediate", (callback: () => void) => immediates.push(callback));
    const rig = new Rig();
    for (let index = 0; index < 5; index++) rig.come("early");
    rig.turns.take({ gone: false } as Visitor, () => {
      throw new Error("of the application");
    });
    rig.come("next");
    assert.throws(() => immediates.shift()?.(), /of the application/);
    immediates.shift()?.();
    assert.deepEqual(rig.opened.at(-1), ["next", true]);
  });
});

describe("sessions that are opened all at the same time", () => {
  /** Milliseconds that the application spends on each. */
  const WORK = 1;

  it("share the event loop with others, and all are opened", async (context) => {
    let opened = 0;
    const fixture = await serve(context, {
      handler: () => {
        opened += 1;
        const end = performance.now() + WORK;
        while (performance.now() < end);
        return {};
      },
    });
    const perTurn: number[] = [];
    let before = 0;
    let running = true;
    const turn = (): void => {
      perTurn.push(opened - before);
      before = opened;
      if (running) setImmediate(turn);
    };
    turn();
    const answers = await Promise.all(Array.from({ length: 60 }, () => ask(`${fixture.base}&transport=polling`)));
    running = false;
    assert.ok(answers.every(({ status }) => status === 200));
    // Those of the turn itself, and those who had waited.
    assert.ok(Math.max(...perTurn) <= 12, `${perTurn}`);
  });

  it("are counted when it is their turn, not when they come", async (context) => {
    const fixture = await serve(context, {
      maxConnectionsPerAddress: 10,
      handler: () => {
        const end = performance.now() + WORK;
        while (performance.now() < end);
        return {};
      },
    });
    const answers = await Promise.all(Array.from({ length: 40 }, () => ask(`${fixture.base}&transport=polling`)));
    assert.equal(answers.filter(({ status }) => status === 200).length, 10);
    assert.equal(answers.filter(({ status }) => status === 429).length, 30);
    assert.equal(fixture.listener.sessions, 10);
  });
});
