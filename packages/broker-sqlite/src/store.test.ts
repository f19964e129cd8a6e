import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import type { AppendRequest, LogOptions } from "@everwire/broker";
import { assertFails, ManualClock } from "@everwire/broker/suites";
import { SqliteFile } from "./driver.ts";
import { openSqliteLog, type SqliteLogOptions } from "./open-sqlite-log.ts";
import type { SqliteLog } from "./sqlite-log.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "everwire-store-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function request(id: string, more: Partial<AppendRequest> = {}): AppendRequest {
  return {
    topic: "a",
    id,
    contentType: "t",
    headers: { h: "v" },
    data: new TextEncoder().encode(`data ${id}`),
    ...more,
  };
}

async function withLog(
  body: (log: SqliteLog) => Promise<void>,
  options: Partial<SqliteLogOptions> = {},
): Promise<void> {
  const log = await openSqliteLog({ directory, ...options });
  try {
    await body(log);
  } finally {
    await log.close();
  }
}

/** Changes the file as damage or an operator would. */
function edit(...statements: string[]): void {
  const file = new SqliteFile(join(directory, "log.db"));
  for (const sql of statements) file.exec(sql);
  file.close();
}

async function fill(log: SqliteLog, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, index) => log.append(request(String(index + 1)))));
}

test("records, epochs, heads, trims and keys survive a restart", async () => {
  const clock = new ManualClock();
  const options: LogOptions = { clock, idempotency: { age: 1000, keys: 100 } };
  let epoch = "";
  await withLog(async (log) => {
    await fill(log, 9);
    epoch = (await log.append(request("keyed", { idempotencyKey: "k" }))).position.epoch;
    await log.trim("a", { maxRecords: 4 });
  }, options);
  await withLog(
    async (log) => {
      const page = await log.read("a", { limit: 10 });
      assert.deepEqual([page.epoch, page.head, page.first, page.records.length], [epoch, 10, 7, 4]);
      clock.advance(500);
      const again = await log.append(request("other", { idempotencyKey: "k" }));
      assert.deepEqual([again.duplicate, again.id, again.position], [true, "keyed", { epoch, offset: 10 }]);
      clock.advance(500);
      const late = await log.append(request("late", { idempotencyKey: "k" }));
      assert.deepEqual([late.duplicate, late.position.offset], [false, 11]);
      assert.deepEqual(await log.topics("", 5), [{ topic: "a", epoch, head: 11, first: 7 }]);
    },
    { ...options, clock },
  );
});

test("a topic that nobody wrote to keeps its epoch over a restart, and another store has another", async () => {
  let epoch = "";
  await withLog(async (log) => {
    epoch = (await log.head("empty")).epoch;
  });
  await withLog(async (log) => assert.equal((await log.head("empty")).epoch, epoch));
  await withLog(async (log) => assert.notEqual((await log.head("empty")).epoch, epoch), {
    directory: join(directory, "new", "deep"),
  });
});

test("a store is opened once in a process too", async () => {
  await withLog(async () => assertFails(openSqliteLog({ directory }), "store_in_use"));
  await withLog(async (log) => fill(log, 1));
});

test("an operator can read the file while the log is open", async () => {
  await withLog(async (log) => {
    await fill(log, 3);
    const file = new SqliteFile(join(directory, "log.db"));
    assert.deepEqual(file.prepare("SELECT offset, id, headers FROM records WHERE offset = 2").all(), [
      { offset: 2, id: "2", headers: '{"h":"v"}' },
    ]);
    file.close();
    await fill(log, 3);
  });
});

const damages: readonly [string, string, number][] = [
  ["changed data", "UPDATE records SET data = x'00' WHERE offset = 5", 5],
  ["a changed header", `UPDATE records SET headers = '{"h":"w"}' WHERE offset = 5`, 5],
  ["a changed time", "UPDATE records SET time = time + 1 WHERE offset = 5", 5],
  ["data of another type", "UPDATE records SET data = 'text' WHERE offset = 5", 5],
  ["a missing row", "DELETE FROM records WHERE offset = 5", 5],
  ["a row in the place of another", "UPDATE records SET offset = 50 WHERE offset = 5", 5],
];
for (const [title, sql, offset] of damages) {
  test(`${title} is found, named, never delivered, and can be read past`, async () => {
    await withLog((log) => fill(log, 9));
    edit(sql);
    await withLog(async (log) => {
      const { epoch } = await log.head("a");
      const offsetsAfter = async (after: number): Promise<number[]> =>
        (await log.read("a", { after: { epoch, offset: after }, limit: 9 })).records.map((record) => record.offset);
      const before = await log.read("a", { after: { epoch, offset: 0 }, limit: 9 });
      assert.deepEqual([before.records.length, before.complete], [offset - 1, false]);
      await assert.rejects(log.read("a", { after: { epoch, offset: offset - 1 }, limit: 9 }), {
        code: "record_corrupt",
        topic: "a",
        offset,
      });
      assert.deepEqual(await offsetsAfter(offset), [6, 7, 8, 9]);
      const newest = await log.read("a", { limit: 9 });
      assert.deepEqual([newest.records[0]?.offset, newest.complete], [offset + 1, false]);
      await assertFails(log.read("a", { before: offset + 1, limit: 9 }), "record_corrupt");
      assert.equal((await log.append(request("next"))).position.offset, 10);
    });
  });
}

test("a trim of a topic whose newest rows are missing ends, and the topic goes on", { timeout: 30_000 }, async () => {
  await withLog((log) => fill(log, 9));
  edit("DELETE FROM records WHERE offset > 7");
  await withLog(async (log) => {
    assert.equal(await log.trim("a", { maxRecords: 0 }), 9);
    assert.equal((await log.append(request("next"))).position.offset, 10);
    const page = await log.read("a", { limit: 9 });
    assert.deepEqual([page.first, page.head, page.records.length], [10, 10, 1]);
  });
});

test("a retention removes hundreds of records at once, and one at a time", async () => {
  const clock = new ManualClock();
  await withLog(
    async (log) => {
      await fill(log, 3000);
      clock.advance(1000);
      await log.append(request("young"));
      assert.equal((await log.read("a", { limit: 1 })).first, 1);
      clock.advance(1);
      await log.append(request("younger"));
      assert.equal((await log.read("a", { limit: 1 })).first, 3001);
      clock.advance(1000);
      await log.append(request("youngest"));
      const page = await log.read("a", { limit: 9 });
      assert.deepEqual([page.first, page.head, page.records.length], [3002, 3003, 2]);
    },
    { clock, retention: { maxAge: 1000 } },
  );
});

test("a file that is no database, one of a newer version, and a place that cannot be written are told apart", async () => {
  writeFileSync(join(directory, "plain"), "");
  await assertFails(openSqliteLog({ directory: join(directory, "plain") }), "store_unwritable");
  await assertFails(openSqliteLog({ directory: join(directory, "plain", "below") }), "store_unwritable");
  // A directory that exists and takes no children; a recursive mkdir never returns there.
  if (process.platform === "linux") await assertFails(openSqliteLog({ directory: "/proc/none" }), "store_unwritable");

  mkdirSync(join(directory, "garbage"));
  writeFileSync(join(directory, "garbage", "log.db"), "no database ".repeat(1000));
  await assertFails(openSqliteLog({ directory: join(directory, "garbage") }), "store_corrupt");

  mkdirSync(join(directory, "blocked", "log.db"), { recursive: true });
  await assertFails(openSqliteLog({ directory: join(directory, "blocked") }), "store_unwritable");

  await withLog(async () => undefined);
  edit("PRAGMA user_version=2");
  await assert.rejects(openSqliteLog({ directory }), { code: "store_newer", message: /layout 2.*up to 1/ });
  edit("PRAGMA user_version=1");
  await withLog((log) => fill(log, 1));
});

test("a full store refuses appends, serves reads, and takes appends again when there is room", async () => {
  const big = { data: new Uint8Array(50_000) };
  await withLog(
    async (log) => {
      const results = await Promise.allSettled([1, 2, 3].map(() => log.append(request("big", big))));
      assert.ok(results.every((result) => result.status === "fulfilled"));
      const many = Array.from({ length: 10 }, () => log.append(request("more", { ...big, idempotencyKey: "k" })));
      await Promise.all(many);
      const refused = Array.from({ length: 10 }, (_, id) =>
        log.append(request("x", { ...big, idempotencyKey: `x${id}` })),
      );
      for (const append of refused) await assertFails(append, "disk_full");
      const page = await log.read("a", { limit: 10 });
      assert.deepEqual([page.head, page.records.length], [4, 4]);
      await log.trim("a", { maxRecords: 1 });
      const again = await log.append(request("x", { ...big, idempotencyKey: "x0" }));
      assert.deepEqual([again.duplicate, again.position.offset], [false, 5]);
    },
    { maxBytes: 400_000 },
  );
});

test("after a failed write nothing of the batch is there, and the file is opened anew", async () => {
  await withLog(async (log) => {
    await fill(log, 2);
    edit("ALTER TABLE keys RENAME TO hidden");
    await assertFails(log.append(request("lost", { idempotencyKey: "k" })), "storage_failed");
    edit("ALTER TABLE hidden RENAME TO keys");
    const again = await log.append(request("kept", { idempotencyKey: "k" }));
    assert.deepEqual([again.duplicate, again.position.offset], [false, 3]);
    const { records } = await log.read("a", { limit: 9 });
    assert.deepEqual(
      records.map((record) => record.id),
      ["1", "2", "kept"],
    );
  });
});
