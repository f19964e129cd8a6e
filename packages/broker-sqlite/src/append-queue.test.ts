import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Worker } from "node:worker_threads";
import { type AppendRequest, type BrokerError, systemClock } from "@everwire/broker";
import { assertFails } from "@everwire/broker/suites";
import { openSqliteLog } from "./open-sqlite-log.ts";
import { SqliteLog } from "./sqlite-log.ts";
import { StoreWorker } from "./store-worker.ts";

const directory = mkdtempSync(join(tmpdir(), "everwire-queue-"));
after(() => rmSync(directory, { recursive: true, force: true }));

const BOUNDS = { maxRecordBytes: 1000, maxQueuedRecords: 1000, maxQueuedBytes: 100_000, maxPendingCalls: 2 };

function request(id: number): AppendRequest {
  return { topic: "a", id: String(id), contentType: "", headers: {}, data: new Uint8Array(10) };
}

/** A log over a thread that opens and then does what the code says with each call. */
async function brokenLog(onCall: string, reports: BrokerError[]): Promise<SqliteLog> {
  const code = `
    const { parentPort } = require("node:worker_threads");
    parentPort.on("message", (call) => { ${onCall} });
    parentPort.postMessage({ kind: "opened" });`;
  const worker = new StoreWorker(new Worker(code, { eval: true }), (error) => reports.push(error));
  await worker.opened();
  return new SqliteLog({ worker, clock: systemClock, ...BOUNDS });
}

test("a thousand appends that wait together share a few commits", async () => {
  const log = await openSqliteLog({ directory: join(directory, "group") });
  await Promise.all(Array.from({ length: 1000 }, (_, id) => log.append(request(id))));
  const { commits, appended, duplicates, waiting } = log.stats();
  assert.ok(commits >= 1 && commits <= 3, `${commits} commits`);
  assert.deepEqual([appended, duplicates, waiting], [1000, 0, 0]);
  await log.close();
});

test("appends beyond the queue are refused, and those that wait are stored", async () => {
  const log = await openSqliteLog({ directory: join(directory, "bound"), maxQueuedRecords: 5, maxQueuedBytes: 1000 });
  const results = await Promise.allSettled(Array.from({ length: 7 }, (_, id) => log.append(request(id))));
  assert.deepEqual(
    results.map((result) => result.status),
    [...Array.from({ length: 5 }, () => "fulfilled"), "rejected", "rejected"],
  );
  await assertFails(log.append({ ...request(8), data: new Uint8Array(1001) }), "queue_full");
  assert.equal((await log.append(request(9))).position.offset, 6);
  await log.close();
});

test("when the storage thread dies, what waits and what comes later fails, and it is reported once", async () => {
  const reports: BrokerError[] = [];
  const log = await brokenLog("throw new Error('thread')", reports);
  const waiting = [log.append(request(1)), log.append(request(2)), log.read("a", { limit: 1 })];
  for (const call of waiting) await assertFails(call, "storage_failed");
  await assertFails(log.append(request(3)), "storage_failed");
  await assertFails(log.head("a"), "storage_failed");
  assert.deepEqual(
    reports.map((error) => [error.code, error.cause instanceof Error && error.cause.message]),
    [["storage_failed", "thread"]],
  );
  await log.close();
  assert.equal(reports.length, 1);
});

test("calls that wait are bounded", async () => {
  const log = await brokenLog("if (call.kind === 'close') process.exit()", []);
  const waiting = [log.head("a"), log.head("a")];
  await assertFails(log.head("a"), "queue_full");
  await log.close();
  for (const call of waiting) await assertFails(call, "storage_failed");
});
