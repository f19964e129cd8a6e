import assert from "node:assert/strict";
import type { Log, LogPage } from "../log.ts";
import { fill, type LogBench, type MakeLog, offsets, request, span, withLog } from "./log-bench.ts";
import { assertFails, type Cases } from "./suite.ts";

function withTen(make: MakeLog, body: (bench: LogBench & { epoch: string }) => Promise<void>): Promise<void> {
  return withLog(make, async (bench) => {
    await fill(bench.log, "a", 10);
    await body({ ...bench, epoch: (await bench.log.head("a")).epoch });
  });
}

const WINDOWS: readonly [string, number | undefined, number | undefined, number, number[], boolean][] = [
  ["after the start", 0, undefined, 100, span(1, 10), true],
  ["after the middle", 4, undefined, 100, span(5, 10), true],
  ["after the middle, limited", 4, undefined, 3, span(5, 7), false],
  ["after the middle, limit just enough", 4, undefined, 6, span(5, 10), true],
  ["after the head", 10, undefined, 5, [], true],
  ["the newest", undefined, undefined, 3, span(8, 10), false],
  ["the newest, limit just enough", undefined, undefined, 10, span(1, 10), true],
  ["before the middle", undefined, 5, 100, span(1, 4), true],
  ["before the middle, limited", undefined, 5, 3, span(2, 4), false],
  ["before the first", undefined, 1, 5, [], true],
  ["before 0", undefined, 0, 5, [], true],
  ["before beyond the head", undefined, 999, 2, span(9, 10), false],
  ["between", 3, 7, 100, span(4, 6), true],
  ["between, limited", 3, 7, 2, span(4, 5), false],
  ["between neighbours", 3, 4, 10, [], true],
];

const windowCases: Cases<MakeLog> = Object.fromEntries(
  WINDOWS.map(([title, after, before, limit, expected, complete]) => [
    `reads ${title}`,
    (make: MakeLog) =>
      withTen(make, async ({ log, epoch }) => {
        const page = await log.read("a", {
          ...(after === undefined ? {} : { after: { epoch, offset: after } }),
          ...(before === undefined ? {} : { before }),
          limit,
        });
        assert.deepEqual(offsets(page), expected);
        assert.deepEqual([page.complete, page.recovered, page.reason], [complete, true, undefined]);
        assert.deepEqual([page.epoch, page.head, page.first], [epoch, 10, 1]);
      }),
  ]),
);

const GAPS: readonly [string, (epoch: string) => { epoch: string; offset: number }, string][] = [
  ["of another epoch", () => ({ epoch: "other", offset: 5 }), "epoch"],
  ["of another epoch that is also in the future", () => ({ epoch: "other", offset: 500 }), "epoch"],
  ["with an empty epoch", () => ({ epoch: "", offset: 0 }), "epoch"],
  ["in the future", (epoch) => ({ epoch, offset: 11 }), "future"],
  ["in the far future", (epoch) => ({ epoch, offset: Number.MAX_SAFE_INTEGER }), "future"],
  ["that was trimmed", (epoch) => ({ epoch, offset: 2 }), "trimmed"],
  ["before the first record, when that was trimmed", (epoch) => ({ epoch, offset: 0 }), "trimmed"],
];

const gapCases: Cases<MakeLog> = Object.fromEntries(
  GAPS.map(([title, at, reason]) => [
    `a position ${title} is not recovered and gives nothing`,
    (make: MakeLog) =>
      withTen(make, async ({ log, epoch }) => {
        await log.trim("a", { maxRecords: 7 });
        const page = await log.read("a", { after: at(epoch), limit: 100 });
        const expected = { epoch, head: 10, first: 4, records: [], complete: false, recovered: false, reason };
        assert.deepEqual(page, expected);
      }),
  ]),
);

/** Reading: both ways, by pages, and from positions that cannot be followed. */
export const logReadCases: Cases<MakeLog> = {
  ...windowCases,
  ...gapCases,
  "a topic without records has a head, and its epoch stays when the first record comes": (make) =>
    withLog(make, async ({ log }) => {
      const head = await log.head("a");
      assert.equal(head.offset, 0);
      assert.deepEqual(await log.head("a"), head);
      const page = await log.read("a", { after: head, limit: 10 });
      assert.deepEqual(page, { epoch: head.epoch, head: 0, first: 1, records: [], complete: true, recovered: true });
      assert.deepEqual(await log.read("a", { limit: 10 }), page);
      assert.deepEqual(await log.topics("", 10), []);
      const { position } = await log.append(request("a", "1"));
      assert.equal(position.epoch, head.epoch);
      assert.deepEqual(offsets(await log.read("a", { after: head, limit: 10 })), [1]);
    }),

  "pages forwards give every record once": (make) =>
    withTen(make, async ({ log, epoch }) => {
      assert.deepEqual(await forwards(log, epoch, 3), span(1, 10));
    }),

  "pages backwards give every record once, also while records are appended": (make) =>
    withTen(make, async ({ log }) => {
      let found: number[] = [];
      let page: LogPage | undefined;
      while (page?.complete !== true) {
        page = await log.read("a", { limit: 3, ...(found[0] === undefined ? {} : { before: found[0] }) });
        found = [...offsets(page), ...found];
        await fill(log, "a", 1);
      }
      assert.deepEqual(found, span(1, 10));
    }),

  "a page ends at its bound in bytes and says that it is not complete": (make) =>
    withLog(make, async ({ log }) => {
      await fill(log, "a", 6, { data: new Uint8Array(90_000) });
      const { epoch } = await log.head("a");
      const page = await log.read("a", { after: { epoch, offset: 0 }, limit: 6 });
      assert.deepEqual([offsets(page), page.complete], [[1, 2], false]);
      const newest = await log.read("a", { limit: 6 });
      assert.deepEqual([offsets(newest), newest.complete], [[5, 6], false]);
      assert.deepEqual(await forwards(log, epoch, 6), span(1, 6));
    }),

  "the position just before the oldest retained record is recovered": (make) =>
    withTen(make, async ({ log, epoch }) => {
      await log.trim("a", { maxRecords: 7 });
      const page = await log.read("a", { after: { epoch, offset: 3 }, limit: 100 });
      assert.deepEqual([offsets(page), page.recovered], [span(4, 10), true]);
    }),

  "limits and offsets out of range are refused": (make) =>
    withTen(make, async ({ log, epoch }) => {
      for (const limit of [0, -1, 1.5, Number.NaN, Infinity, 10_001]) {
        await assertFails(log.read("a", { limit }), "invalid_query");
        await assertFails(log.topics("", limit), "invalid_query");
      }
      for (const offset of [-1, 0.5, Number.NaN, 2 ** 53, Infinity]) {
        await assertFails(log.read("a", { before: offset, limit: 1 }), "invalid_query");
        await assertFails(log.read("a", { after: { epoch, offset }, limit: 1 }), "invalid_query");
      }
    }),

  "a read that begins after an append resolved sees its record": (make) =>
    withLog(make, async ({ log }) => {
      for (const offset of span(1, 20)) {
        await log.append(request("a", "x"));
        assert.equal((await log.read("a", { limit: 1 })).records[0]?.offset, offset);
      }
    }),

  "topics are listed by prefix, in order, with their heads": (make) =>
    withLog(make, async ({ log }) => {
      for (const topic of ["room:b", "room:a", "room;", "room:😀", "room:\uffee", "room", "Room:a", "room:%"]) {
        await fill(log, topic, 2);
      }
      await log.trim("room:a", { maxRecords: 1 });
      const found = await log.topics("room:", 10);
      assert.deepEqual(
        found.map((summary) => summary.topic),
        ["room:%", "room:a", "room:b", "room:\uffee", "room:😀"],
      );
      const { epoch } = await log.head("room:a");
      assert.deepEqual(found[1], { topic: "room:a", epoch, head: 2, first: 2 });
      assert.deepEqual(
        (await log.topics("room:", 2)).map((summary) => summary.topic),
        ["room:%", "room:a"],
      );
      assert.equal((await log.topics("", 100)).length, 8);
      assert.deepEqual(await log.topics("none", 100), []);
    }),
};

async function forwards(log: Log, epoch: string, limit: number): Promise<number[]> {
  const found: number[] = [];
  for (;;) {
    const page = await log.read("a", { after: { epoch, offset: found.at(-1) ?? 0 }, limit });
    found.push(...offsets(page));
    if (page.complete) return found;
  }
}
