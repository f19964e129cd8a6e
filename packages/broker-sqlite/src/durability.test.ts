import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, truncateSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { AppendRequest, Log, LogRecord } from "@everwire/broker";
import { openSqliteLog } from "./open-sqlite-log.ts";

/** How long a child may take before that is a failure. */
const PATIENCE_MS = 30_000;
const TOPICS = ["a", "b", "c"];

function request(topic: string, id: string): AppendRequest {
  return { topic, idempotencyKey: id, id, contentType: "t", headers: {}, data: new TextEncoder().encode(`data ${id}`) };
}

/**
 * The child: many appends at once. Each acknowledgement is written to a file before the next append is made; the dots on
 * the standard output only tell the parent how far it is. (A pipe would be no evidence: a full one refuses a write.)
 */
async function appendUntilKilled(directory: string): Promise<void> {
  const log = await openSqliteLog({ directory });
  const evidence = openSync(join(directory, "acknowledged"), "a");
  const publish = async (publisher: number): Promise<void> => {
    for (let count = 1; ; count += 1) {
      const id = `${publisher}-${count}`;
      const topic = TOPICS[publisher % TOPICS.length] ?? "a";
      const { position } = await log.append(request(topic, id));
      writeSync(evidence, `${topic} ${position.offset} ${id}\n`);
      process.stdout.write(".");
    }
  };
  await Promise.all(Array.from({ length: 40 }, (_, publisher) => publish(publisher)));
}

async function readAll(log: Log, topic: string): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  const { epoch } = await log.head(topic);
  for (;;) {
    const page = await log.read(topic, { after: { epoch, offset: records.length }, limit: 1000 });
    assert.equal(page.recovered, true);
    records.push(...page.records);
    if (page.complete) return records;
  }
}

function spawnChild(directory: string): ChildProcess {
  // Without the variable by which the test runner makes its children report to it.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const stdio: ["ignore", "pipe", "inherit"] = ["ignore", "pipe", "inherit"];
  return spawn(process.execPath, [fileURLToPath(import.meta.url), "child", directory], { stdio, env });
}

/** Runs a child and kills it when it has acknowledged about `count` appends; returns all that it acknowledged. */
async function killAfter(directory: string, count: number): Promise<string[]> {
  const child = spawnChild(directory);
  let dots = 0;
  child.stdout?.on("data", (chunk: Buffer) => {
    dots += chunk.byteLength;
    if (dots >= count) child.kill("SIGKILL");
  });
  try {
    const [code, signal] = await once(child, "close", { signal: AbortSignal.timeout(PATIENCE_MS) });
    assert.deepEqual([code, signal], [null, "SIGKILL"]);
  } finally {
    child.kill("SIGKILL");
  }
  const acknowledged = readFileSync(join(directory, "acknowledged"), "utf8").split("\n").slice(0, -1);
  assert.ok(acknowledged.length >= count);
  return acknowledged;
}

async function checkStored(directory: string, acknowledged: string[]): Promise<void> {
  const log = await openSqliteLog({ directory });
  const stored = new Map<string, LogRecord>();
  for (const topic of TOPICS) {
    const records = await readAll(log, topic);
    for (const [index, record] of records.entries()) {
      assert.equal(record.offset, index + 1);
      assert.equal(new TextDecoder().decode(record.data), `data ${record.id}`);
      assert.ok(!stored.has(record.id), `stored twice: ${record.id}`);
      stored.set(record.id, record);
    }
  }
  const lastOf = new Map<string, number>();
  for (const line of acknowledged) {
    const [topic = "", offset = "", id = ""] = line.split(" ");
    assert.equal(stored.get(id)?.offset, Number(offset), `acknowledged and not stored: ${line}`);
    assert.ok(Number(offset) > (lastOf.get(topic) ?? 0), `acknowledged out of order: ${line}`);
    lastOf.set(topic, Number(offset));
    if (Number(offset) % 50 !== 1) continue;
    const again = await log.append(request(topic, id));
    assert.deepEqual([again.duplicate, again.position.offset], [true, Number(offset)]);
  }
  await log.close();
}

/** A small linear congruential generator, so that a failing run can be repeated from its seed. */
function randomCount(seed: number): number {
  return 1 + (((Math.imul(seed, 1_103_515_245) + 12_345) >>> 8) % 1500);
}

if (process.argv[2] === "child") {
  await appendUntilKilled(process.argv[3] ?? "");
} else {
  for (const seed of [1, 2, 3, 4, 5]) {
    test(`every acknowledged record is there once and in order after SIGKILL, seed ${seed}`, async () => {
      const directory = mkdtempSync(join(tmpdir(), "everwire-kill-"));
      try {
        const acknowledged = await killAfter(directory, randomCount(seed));
        await checkStored(directory, acknowledged);
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    });
  }

  test("a second process is refused while the first one lives, and let in when it was killed", async () => {
    const directory = mkdtempSync(join(tmpdir(), "everwire-lock-"));
    const child = spawnChild(directory);
    try {
      assert.ok(child.stdout !== null);
      await once(child.stdout, "data", { signal: AbortSignal.timeout(PATIENCE_MS) });
      await assert.rejects(openSqliteLog({ directory }), { code: "store_in_use" });
      child.stdout.resume();
      child.kill("SIGKILL");
      await once(child, "close", { signal: AbortSignal.timeout(PATIENCE_MS) });
      await (await openSqliteLog({ directory })).close();
    } finally {
      child.kill("SIGKILL");
      rmSync(directory, { recursive: true, force: true });
    }
  });

  test("a torn tail of the write-ahead log costs only what lies behind the cut", async () => {
    const directory = mkdtempSync(join(tmpdir(), "everwire-torn-"));
    const log = await openSqliteLog({ directory });
    for (let id = 1; id <= 20; id += 1) await log.append(request("a", String(id)));
    const size = statSync(join(directory, "log.db-wal")).size;
    let before = 21;
    for (const cut of [0, 1, 100, 4096, 4120, 9000, 20_000, 40_000, size - 32]) {
      const found = await countAfterCut(directory, size - cut);
      assert.ok(found <= before, `a longer cut left more: ${cut}`);
      if (cut === 0) assert.equal(found, 20);
      before = found;
    }
    await log.close();
    rmSync(directory, { recursive: true, force: true });
  });
}

/** Opens a copy whose write-ahead log was cut; returns how many records it has, all of them good and dense. */
async function countAfterCut(directory: string, length: number): Promise<number> {
  const copy = mkdtempSync(join(tmpdir(), "everwire-cut-"));
  for (const name of ["log.db", "log.db-wal"]) copyFileSync(join(directory, name), join(copy, name));
  truncateSync(join(copy, "log.db-wal"), length);
  const log = await openSqliteLog({ directory: copy });
  const records = await readAll(log, "a");
  assert.deepEqual(
    records.map((record) => Number(record.id)),
    records.map((_, index) => index + 1),
  );
  // And it goes on from there.
  const next = await log.append(request("a", "next"));
  assert.equal(next.position.offset, records.length + 1);
  await log.close();
  rmSync(copy, { recursive: true, force: true });
  return records.length;
}
