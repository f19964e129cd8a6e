import assert from "node:assert/strict";
import { fill, type MakeLog, offsets, request, span, withLog } from "./log-bench.ts";
import { assertFails, bytes, type Cases, text } from "./suite.ts";

/** Appending: order, content, refusals, closing. */
export const logAppendCases: Cases<MakeLog> = {
  "offsets are dense from 1": (make) =>
    withLog(make, async ({ log }) => {
      const results = await fill(log, "a", 5);
      const found = results.map((result) => result.position.offset);
      assert.deepEqual(found, span(1, 5));
      assert.ok(results.every((result) => !result.duplicate && result.position.epoch === results[0]?.position.epoch));
    }),

  "concurrent appends are stored and resolve in the order in which they were made": (make) =>
    withLog(make, async ({ log }) => {
      const resolved: number[] = [];
      const calls = span(1, 500).map(async (id) => {
        const { position } = await log.append(request("a", String(id)));
        resolved.push(position.offset);
        return position.offset;
      });
      assert.deepEqual(await Promise.all(calls), span(1, 500));
      assert.deepEqual(resolved, span(1, 500));
      const { records } = await log.read("a", { limit: 500 });
      assert.deepEqual(
        records.map((record) => Number(record.id)),
        span(1, 500),
      );
    }),

  "topics are counted apart": (make) =>
    withLog(make, async ({ log }) => {
      const names = ["a", "A", "a ", "ä", "a\u0308", "__proto__", "constructor", "a/b", "../x", "%", "日本", "😀"];
      await Promise.all(names.flatMap((name) => [1, 2].map((id) => log.append(request(name, `${name} ${id}`)))));
      const epochs = new Set<string>();
      for (const name of names) {
        const page = await log.read(name, { limit: 10 });
        assert.deepEqual(
          page.records.map((record) => record.id),
          [`${name} 1`, `${name} 2`],
        );
        assert.deepEqual(offsets(page), [1, 2]);
        epochs.add(page.epoch);
      }
      assert.equal(epochs.size, names.length);
    }),

  "what is stored comes back unchanged": (make) =>
    withLog(make, async ({ log, clock }) => {
      const data = Uint8Array.from({ length: 1024 }, (_, index) => index % 256);
      const headers = { "x-a": "ü 😀", empty: "", ["__proto__"]: "own" };
      const sent = request("a", "id \t '\" ü \u0001", { contentType: "application/x; a=b", headers, data });
      const appended = await log.append(sent);
      data.fill(0);
      await log.append(request("a", "", { contentType: "", data: new Uint8Array() }));
      const [first, second] = (await log.read("a", { limit: 2 })).records;
      assert.ok(first !== undefined && second !== undefined);
      assert.equal(first.id, sent.id);
      assert.equal(first.contentType, sent.contentType);
      assert.deepEqual(Object.entries(first.headers).sort(), Object.entries(headers).sort());
      assert.equal(Object.getPrototypeOf(first.headers), null);
      assert.deepEqual([...first.data], [...Uint8Array.from({ length: 1024 }, (_, index) => index % 256)]);
      assert.equal(first.time, clock.time());
      assert.equal(appended.time, first.time);
      assert.equal(first.epoch, appended.position.epoch);
      assert.deepEqual([second.id, second.contentType, second.data.byteLength], ["", "", 0]);
    }),

  "data that is a part of a larger buffer is stored alone": (make) =>
    withLog(make, async ({ log }) => {
      await log.append(request("a", "1", { data: bytes("xxinsidexx").subarray(2, 8) }));
      const [record] = (await log.read("a", { limit: 1 })).records;
      assert.equal(text(record?.data ?? bytes("")), "inside");
    }),

  "a record over the bound is refused and the next one is stored": (make) =>
    withLog(make, async ({ log }) => {
      const big = log.append(request("a", "big", { data: new Uint8Array(100_001) }));
      const next = log.append(request("a", "next", { data: new Uint8Array(99_000) }));
      await assertFails(big, "record_too_large");
      assert.equal((await next).position.offset, 1);
      await assertFails(log.append(request("a", "1", { headers: { x: "y".repeat(100_001) } })), "record_too_large");
    }),

  "topics and texts that a store could not keep apart are refused": (make) =>
    withLog(make, async ({ log }) => {
      for (const topic of ["", "a\nb", "a\u0000", "\u009f", "\ud800", "x".repeat(513), "\u{10FFFF}"]) {
        await assertFails(log.append(request(topic, "1")), "invalid_topic");
        await assertFails(log.read(topic, { limit: 1 }), "invalid_topic");
        await assertFails(log.head(topic), "invalid_topic");
      }
      await assertFails(log.append(request("a", "\udc00")), "invalid_record");
      await assertFails(log.append(request("a", "\u0000")), "invalid_record");
      await assertFails(log.append(request("a", "x".repeat(257))), "invalid_record");
      await assertFails(log.append(request("a", "1", { idempotencyKey: "" })), "invalid_record");
      await assertFails(log.append(request("a", "1", { headers: { a: "\ud800" } })), "invalid_record");
      assert.deepEqual((await log.head("a")).offset, 0);
    }),

  "a wall clock that steps back changes no order": (make) =>
    withLog(make, async ({ log, clock }) => {
      await fill(log, "a", 1);
      clock.stepTime(-172_800_000);
      const [second] = await fill(log, "a", 1);
      assert.equal(second?.position.offset, 2);
      assert.deepEqual(offsets(await log.read("a", { limit: 10 })), [1, 2]);
    }),

  "closing lets waiting appends finish and refuses later calls": (make) =>
    withLog(make, async ({ log }) => {
      const waiting = span(1, 50).map((id) => log.append(request("a", String(id))));
      const closed = log.close();
      await assertFails(log.append(request("a", "late")), "log_closed");
      const results = await Promise.all(waiting);
      assert.equal(results.at(-1)?.position.offset, 50);
      await closed;
      await log.close();
      await assertFails(log.read("a", { limit: 1 }), "log_closed");
      await assertFails(log.head("a"), "log_closed");
      await assertFails(log.trim("a", {}), "log_closed");
      await assertFails(log.topics("", 1), "log_closed");
    }),
};
