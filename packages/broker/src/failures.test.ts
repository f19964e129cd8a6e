import assert from "node:assert/strict";
import { test } from "node:test";
import { BROKER_FAILURES, BrokerError } from "./failures.ts";

test("the table has one row per code and no code goes away unnoticed", () => {
  assert.equal(BROKER_FAILURES.size, 27);
  for (const [code, row] of BROKER_FAILURES) {
    assert.match(code, /^[a-z]+(_[a-z]+)+$/);
    assert.ok(row.meaning.length > 10);
  }
});

test("an error carries its row, what it is about, and its cause", () => {
  const cause = new Error("inner");
  const error = new BrokerError("record_corrupt", { topic: "t", offset: 7, cause });
  assert.deepEqual(
    [error.name, error.code, error.retry, error.topic, error.offset],
    ["BrokerError", "record_corrupt", false, "t", 7],
  );
  assert.equal(error.cause, cause);
  assert.match(error.message, /^record_corrupt: .*checksum/);
  assert.equal(new BrokerError("disk_full").retry, true);
  assert.equal(new BrokerError("disk_full", { detail: "other words" }).message, "disk_full: other words");
});
