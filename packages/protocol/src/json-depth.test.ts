import assert from "node:assert/strict";
import { test } from "node:test";
import { exceedsDepth } from "./json-depth.ts";

const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);

test("the limit itself is allowed and one more is not", () => {
  assert.equal(exceedsDepth(nested(256), 256), false);
  assert.equal(exceedsDepth(nested(257), 256), true);
  assert.equal(exceedsDepth(`${'{"a":'.repeat(257)}1${"}".repeat(257)}`, 256), true);
});

test("width is not depth", () => {
  assert.equal(exceedsDepth(`[${"[],{},".repeat(10_000)}1]`, 2), false);
});

test("brackets in strings do not count, whatever is escaped in them", () => {
  const strings = ['"[[[["', '"\\"[[[["', '"\\\\"', '"\\\\\\"[[[["', '""'];
  assert.equal(exceedsDepth(`[${strings.join(",")}]`, 1), false);
  assert.equal(exceedsDepth(`[${strings.join(",")},[]]`, 1), true);
});

test("escaped quotes and runs of backslashes by the megabyte take one pass", () => {
  const started = performance.now();
  assert.equal(exceedsDepth(`["${'\\"'.repeat(500_000)}"]`, 2), false);
  assert.equal(exceedsDepth(`["${"\\\\".repeat(500_000)}"]`, 2), false);
  assert.equal(exceedsDepth(`["${"[".repeat(1_000_000)}`, 2), false);
  assert.ok(performance.now() - started < 1000);
});
