import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type GuardedSession, QueueGuard } from "./queue-guard.ts";

const KIB = 1024;

interface Bench {
  readonly guard: QueueGuard;
  readonly shed: string[];
  /** A session with so much waiting, which lets go of it when it is shed. */
  add(name: string, queuedBytes: number, totalQueueLimit?: number): GuardedSession;
}

function bench(): Bench {
  const guard = new QueueGuard();
  const shed: string[] = [];
  const add = (name: string, queuedBytes: number, totalQueueLimit = 1000 * KIB): GuardedSession => {
    const session: GuardedSession = {
      queuedBytes,
      totalQueueLimit,
      shed() {
        shed.push(name);
        guard.bytes -= queuedBytes;
        guard.delist(session);
      },
    };
    guard.bytes += queuedBytes;
    guard.enlist(session);
    return session;
  };
  return { guard, shed, add };
}

function tick(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe("the guard of all send queues", () => {
  const rows: readonly (readonly [string, readonly number[], readonly string[]])[] = [
    ["nobody while it is within the limit", [300, 300, 400], []],
    ["the largest first", [300, 400, 301], ["1"]],
    ["as many as it takes", [300, 600, 500, 200, 400], ["1", "2"]],
    ["nobody with less than 64 KiB, however many there are", Array.from({ length: 20 }, () => 63), []],
    ["only the one that is large, where the small ones are the most", [63, 64, ...Array(20).fill(60)], ["1"]],
  ];
  for (const [name, sizes, expected] of rows) {
    it(`closes ${name}`, async () => {
      const { guard, shed, add } = bench();
      for (const [index, size] of sizes.entries()) add(String(index), size * KIB);
      guard.relieve();
      assert.deepEqual(shed, [], "not within the call");
      await tick();
      assert.deepEqual(shed, expected);
    });
  }

  it("looks once per tick, however often it is asked", async () => {
    const { guard, shed, add } = bench();
    let looks = 0;
    const counted: GuardedSession = {
      get queuedBytes(): number {
        looks += 1;
        return 0;
      },
      totalQueueLimit: 0,
      shed: () => assert.fail("there is nothing to close it for"),
    };
    guard.enlist(counted);
    add("large", 2000 * KIB);
    for (let index = 0; index < 1000; index++) guard.relieve();
    await tick();
    assert.equal(looks, 1);
    guard.relieve();
    await tick();
    assert.equal(looks, 2);
    assert.deepEqual(shed, ["large"]);
  });

  it("judges each session by the limit of its own listener", async () => {
    const { guard, shed, add } = bench();
    add("generous", 900 * KIB, 2000 * KIB);
    add("strict", 300 * KIB, 500 * KIB);
    guard.relieve();
    await tick();
    assert.deepEqual(shed, ["strict"]);
  });

  it("forgets who is congested no more", async () => {
    const { guard, shed, add } = bench();
    guard.delist(add("drained", 2000 * KIB));
    guard.relieve();
    await tick();
    assert.deepEqual(shed, []);
  });
});
