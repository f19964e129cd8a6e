import assert from "node:assert/strict";
import { recordSize } from "../log-record.ts";
import { fill, type MakeLog, offsets, request, span, withLog } from "./log-bench.ts";
import { assertFails, type Cases } from "./suite.ts";

/** Trimming: by count, by bytes, by age, by call and by itself. */
export const logTrimCases: Cases<MakeLog> = {
  "trims by count, keeps the head, and goes on counting": (make) =>
    withLog(make, async ({ log }) => {
      await fill(log, "a", 10);
      await fill(log, "b", 10);
      assert.equal(await log.trim("a", { maxRecords: 4 }), 6);
      assert.equal(await log.trim("a", { maxRecords: 4 }), 0);
      const page = await log.read("a", { limit: 100 });
      assert.deepEqual([offsets(page), page.head, page.first], [span(7, 10), 10, 7]);
      assert.deepEqual(offsets(await log.read("b", { limit: 100 })), span(1, 10));
      assert.equal((await log.append(request("a", "x"))).position.offset, 11);
    }),

  "trims everything": (make) =>
    withLog(make, async ({ log }) => {
      await fill(log, "a", 3);
      const { epoch } = await log.head("a");
      assert.equal(await log.trim("a", { maxRecords: 0 }), 3);
      const page = await log.read("a", { limit: 10 });
      assert.deepEqual(page, { epoch, head: 3, first: 4, records: [], complete: true, recovered: true });
      const current = await log.read("a", { after: { epoch, offset: 3 }, limit: 10 });
      assert.equal(current.recovered, true);
      const old = await log.read("a", { after: { epoch, offset: 2 }, limit: 10 });
      assert.equal(old.reason, "trimmed");
      assert.equal((await log.append(request("a", "x"))).position.offset, 4);
      assert.deepEqual(offsets(await log.read("a", { limit: 10 })), [4]);
    }),

  "trims by bytes": (make) =>
    withLog(make, async ({ log }) => {
      const record = { id: "x", contentType: "t", headers: { a: "b" }, data: new Uint8Array(100) };
      for (const _ of span(1, 9)) await log.append({ topic: "a", ...record });
      assert.equal(await log.trim("a", { maxBytes: 4 * recordSize(record) - 1 }), 6);
      assert.deepEqual(offsets(await log.read("a", { limit: 10 })), span(7, 9));
      assert.equal(await log.trim("a", { maxBytes: 3 * recordSize(record) }), 0);
      assert.equal(await log.trim("a", { maxBytes: 0 }), 3);
    }),

  "trims by age": (make) =>
    withLog(make, async ({ log, clock }) => {
      for (const id of span(1, 5)) {
        await log.append(request("a", String(id)));
        clock.advance(1000);
      }
      assert.equal(await log.trim("a", { maxAge: 5000 }), 0);
      assert.equal(await log.trim("a", { maxAge: 2000 }), 3);
      assert.deepEqual(offsets(await log.read("a", { limit: 10 })), [4, 5]);
      clock.advance(3_600_000);
      assert.equal(await log.trim("a", { maxAge: 2000 }), 2);
    }),

  "all bounds given hold": (make) =>
    withLog(make, async ({ log }) => {
      await fill(log, "a", 9);
      assert.equal(await log.trim("a", { maxRecords: 5, maxBytes: 1_000_000, maxAge: 1_000_000 }), 4);
    }),

  "trimming a topic without records, or without bounds, removes nothing": (make) =>
    withLog(make, async ({ log }) => {
      assert.equal(await log.trim("none", { maxRecords: 0 }), 0);
      await fill(log, "a", 3);
      assert.equal(await log.trim("a", {}), 0);
      assert.deepEqual(await log.topics("none", 1), []);
    }),

  "bounds out of range are refused": (make) =>
    withLog(make, async ({ log }) => {
      for (const bound of [-1, 0.5, Number.NaN]) {
        await assertFails(log.trim("a", { maxRecords: bound }), "invalid_query");
        await assertFails(log.trim("a", { maxBytes: bound }), "invalid_query");
        await assertFails(log.trim("a", { maxAge: bound }), "invalid_query");
      }
    }),

  "the log's own retention holds after each append": (make) =>
    withLog(
      make,
      async ({ log }) => {
        const calls = span(1, 30).map((id) => log.append(request("a", String(id))));
        await Promise.all(calls);
        const page = await log.read("a", { limit: 100 });
        assert.deepEqual([offsets(page), page.first, page.head], [span(26, 30), 26, 30]);
      },
      { retention: { maxRecords: 5 } },
    ),
};
