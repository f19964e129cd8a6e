import assert from "node:assert/strict";
import { BOUNDS, fill, type MakeLog, request, span, withLog } from "./log-bench.ts";
import { type Cases, text } from "./suite.ts";

/** The idempotency window: what a publisher's retry comes to. */
export const logIdempotencyCases: Cases<MakeLog> = {
  "a repeated key returns the first result, whatever else differs": (make) =>
    withLog(make, async ({ log, clock }) => {
      const first = await log.append(request("a", "one", { idempotencyKey: "k" }));
      await fill(log, "a", 3);
      clock.advance(1000);
      const again = await log.append(request("a", "two", { idempotencyKey: "k", data: new Uint8Array(9) }));
      assert.deepEqual(again, { ...first, duplicate: true });
      assert.equal(again.id, "one");
      const page = await log.read("a", { limit: 10 });
      assert.equal(page.head, 4);
      assert.equal(text(page.records[0]?.data ?? new Uint8Array()), "data of one");
    }),

  "repeats made at the same time store one record": (make) =>
    withLog(make, async ({ log }) => {
      const calls = span(1, 20).map(() => log.append(request("a", "x", { idempotencyKey: "k" })));
      const results = await Promise.all(calls);
      assert.deepEqual(
        results.map((result) => result.duplicate),
        [false, ...span(2, 20).map(() => true)],
      );
      assert.ok(results.every((result) => result.position.offset === 1));
      assert.equal((await log.head("a")).offset, 1);
    }),

  "the same key in another topic is another key": (make) =>
    withLog(make, async ({ log }) => {
      await log.append(request("a", "1", { idempotencyKey: "k" }));
      const other = await log.append(request("b", "1", { idempotencyKey: "k" }));
      assert.equal(other.duplicate, false);
    }),

  "a key is recognised after its record was trimmed": (make) =>
    withLog(make, async ({ log }) => {
      const first = await log.append(request("a", "1", { idempotencyKey: "k" }));
      assert.equal(await log.trim("a", { maxRecords: 0 }), 1);
      const again = await log.append(request("a", "1", { idempotencyKey: "k" }));
      assert.deepEqual(again, { ...first, duplicate: true });
    }),

  "a key is recognised for the whole age of the window and then forgotten": (make) =>
    withLog(make, async ({ log, clock }) => {
      await log.append(request("a", "1", { idempotencyKey: "k" }));
      clock.advance(BOUNDS.idempotency.age - 1);
      assert.equal((await log.append(request("a", "1", { idempotencyKey: "k" }))).duplicate, true);
      clock.advance(1);
      const late = await log.append(request("a", "1", { idempotencyKey: "k" }));
      assert.deepEqual([late.duplicate, late.position.offset], [false, 2]);
      assert.equal((await log.append(request("a", "1", { idempotencyKey: "k" }))).position.offset, 2);
    }),

  "a step of the wall clock forgets no key": (make) =>
    withLog(make, async ({ log, clock }) => {
      await log.append(request("a", "1", { idempotencyKey: "k" }));
      clock.stepTime(172_800_000);
      assert.equal((await log.append(request("a", "1", { idempotencyKey: "k" }))).duplicate, true);
      clock.stepTime(-345_600_000);
      assert.equal((await log.append(request("a", "1", { idempotencyKey: "k" }))).duplicate, true);
    }),

  "beyond the number of keys the oldest is forgotten first": (make) =>
    withLog(make, async ({ log }) => {
      const keys = BOUNDS.idempotency.keys;
      const append = async (key: number): Promise<boolean> =>
        (await log.append(request("a", "x", { idempotencyKey: String(key) }))).duplicate;
      for (const key of span(1, keys + 1)) assert.equal(await append(key), false);
      for (const key of span(2, keys + 1)) assert.equal(await append(key), true);
      assert.equal(await append(1), false);
    }),
};
