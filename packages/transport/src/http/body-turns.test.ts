import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { describe, it } from "node:test";
import v8 from "node:v8";
import vm from "node:vm";
import { failure, type TransportFailure } from "../failures.ts";
import { BodyTurns, type BodyUse } from "./body-turns.ts";

/** Bodies whose packets take half a millisecond each, of a clock that nothing else moves. */
class Rig {
  now = 0;
  readonly turns = new BodyTurns(() => this.now);
  /** Whose packet was dispatched, in order. */
  readonly order: string[] = [];
  readonly results: (TransportFailure | undefined)[] = [];

  body(name: string, packets: number): BodyUse<{ left: number }> {
    return {
      open: () => ({ left: packets }),
      step: (reader) => {
        if (reader.left-- === 0) return undefined;
        this.now += 0.5;
        this.order.push(name);
        return "more";
      },
      done: (result) => this.results.push(result),
    };
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

const LARGE = [Buffer.alloc(50_000), Buffer.alloc(50_000)];

/** In a function of its own, so that its caller does not hold the bytes. */
function apply(rig: Rig, registry: FinalizationRegistry<undefined>): void {
  const bytes = Buffer.alloc(100_000);
  registry.register(bytes, undefined);
  rig.turns.apply([bytes], rig.body("long", 100_000));
}

describe("the turns of request bodies", () => {
  it("give all bodies together ten milliseconds of a turn of the event loop", async () => {
    const rig = new Rig();
    for (const name of ["a", "b", "c"]) rig.turns.apply(LARGE, rig.body(name, 100));
    assert.equal(rig.order.length, 0, "nothing large is applied while others are still being read");
    const perTurn: number[] = [];
    while (rig.results.length < 3) {
      const before = rig.order.length;
      await nextTurn();
      perTurn.push(rig.order.length - before);
    }
    assert.ok(Math.max(...perTurn) <= 21, `${perTurn}`);
    assert.ok(perTurn.length >= 15, `${perTurn}`);
    assert.equal(rig.order.length, 300);
  });

  it("go round, so that a body of a few packets is not behind one of thousands", async () => {
    const rig = new Rig();
    rig.turns.apply(LARGE, rig.body("long", 1000));
    rig.turns.apply(LARGE, rig.body("short", 4));
    await nextTurn();
    assert.equal(rig.order.filter((name) => name === "short").length, 4);
    assert.ok(rig.order.indexOf("short") <= 10, `${rig.order}`);
    assert.deepEqual(rig.results, [undefined]);
    while (rig.results.length < 2) await nextTurn();
  });

  it("count the time that reading took after the first body, but go on a little in any case", async () => {
    const rig = new Rig();
    rig.turns.apply(LARGE, rig.body("a", 100));
    rig.now += 8;
    await nextTurn();
    assert.ok(rig.order.length <= 5, `${rig.order.length}`);
    rig.turns.apply(LARGE, rig.body("b", 100));
    const before = rig.order.length;
    rig.now += 50;
    await nextTurn();
    assert.ok(rig.order.length > before);
    while (rig.results.length < 2) await nextTurn();
  });

  it("do not put off the first packets of a small body", () => {
    const rig = new Rig();
    rig.turns.apply(LARGE, rig.body("large", 100));
    rig.turns.apply([Buffer.alloc(20)], rig.body("small", 3));
    assert.deepEqual(rig.order, ["small", "small", "small"]);
    assert.deepEqual(rig.results, [undefined]);
    rig.turns.apply([Buffer.alloc(4096)], rig.body("packed", 1000));
    assert.ok(rig.order.length < 20, "nor let one that is small but packed go on");
  });

  it("join what came in pieces, and leave alone what did not", async () => {
    const rig = new Rig();
    const opened: Buffer[] = [];
    const open = (bytes: Buffer) => {
      opened.push(bytes);
      return { left: 0 };
    };
    const whole = Buffer.from("whole");
    for (const pieces of [[whole], ["", "in ", "pieces"].map((text) => Buffer.from(text)), []]) {
      rig.turns.apply(pieces, { ...rig.body("any", 0), open });
    }
    assert.equal(opened[0], whole);
    assert.deepEqual(opened.map(String), ["whole", "in pieces", ""]);
  });

  it("end a body at the first fault, and ask no more of it", async () => {
    const rig = new Rig();
    rig.turns.apply(LARGE, { ...rig.body("unreadable", 1), open: () => failure("invalid_utf8") });
    rig.turns.apply(LARGE, { ...rig.body("faulty", 1), step: () => failure("parse_error") });
    while (rig.results.length < 2) await nextTurn();
    await nextTurn();
    assert.deepEqual(rig.results, [failure("invalid_utf8"), failure("parse_error")]);
    assert.deepEqual(rig.order, []);
  });

  it("are each in the asynchronous context that the body came in", async () => {
    const who = new AsyncLocalStorage<string>();
    const rig = new Rig();
    const heard = new Set<string>();
    for (const name of ["a", "b"]) {
      const { open, step, done } = rig.body(name, 30);
      const noted = (reader: { left: number }) => {
        heard.add(`${name} in ${who.getStore()}`);
        return step(reader);
      };
      who.run(name, () => rig.turns.apply(LARGE, { open, step: noted, done }));
    }
    while (rig.results.length < 2) await nextTurn();
    assert.deepEqual([...heard], ["a in a", "b in b"]);
  });

  it("hold no bytes that have been decoded", async () => {
    v8.setFlagsFromString("--expose-gc");
    const collect: unknown = vm.runInNewContext("gc");
    assert.ok(typeof collect === "function");
    const rig = new Rig();
    let freed = 0;
    const registry = new FinalizationRegistry(() => {
      freed += 1;
    });
    for (let index = 0; index < 3; index++) apply(rig, registry);
    while (rig.order.length < 100) await nextTurn();
    const limit = performance.now() + 5000;
    while (freed < 3 && performance.now() < limit) {
      collect();
      await nextTurn();
    }
    assert.equal(freed, 3);
    assert.ok(rig.results.length < 3);
    while (rig.results.length < 3) await nextTurn();
  });

  it("go on when the application throws", (context) => {
    const immediates: (() => void)[] = [];
    context.mock.method(globalThis, "setImmediate", (callback: () => void) => immediates.push(callback));
    const rig = new Rig();
    const open = (): never => {
      throw new Error("of the application");
    };
    rig.turns.apply(LARGE, { ...rig.body("bad", 1), open });
    rig.turns.apply(LARGE, rig.body("good", 10));
    assert.throws(() => immediates.shift()?.(), /of the application/);
    immediates.shift()?.();
    assert.equal(rig.order.length, 10);
    immediates.shift()?.();
    assert.equal(immediates.length, 0, "and comes to rest");
  });
});
