import assert from "node:assert/strict";
import { test } from "node:test";
import { entityTag, namesTag } from "./entity-tag.ts";

const TAG = entityTag(Buffer.from("hello"));

test("a tag depends on the bytes only", () => {
  assert.match(TAG, /^"[A-Za-z0-9_-]{27}"$/);
  assert.equal(entityTag(Buffer.from("hello")), TAG);
  assert.notEqual(entityTag(Buffer.from("hallo")), TAG);
});

test("If-None-Match names a tag alone, in a list, weakly, or all of them", () => {
  for (const header of [TAG, `W/${TAG}`, `"a", ${TAG},"b"`, "*", " * "]) assert.ok(namesTag(header, TAG), header);
  for (const header of [undefined, "", '"a"', TAG.slice(1, -1), `${TAG}x`]) assert.ok(!namesTag(header, TAG), header);
});

test("row 231: a list of 16 KiB is read in a millisecond", () => {
  const header = '"abcdef",'.repeat(1820);
  namesTag(header, TAG);
  const started = performance.now();
  for (let round = 0; round < 20; round += 1) assert.ok(!namesTag(header, TAG));
  assert.ok((performance.now() - started) / 20 < 5, "with room for a busy machine");
});
