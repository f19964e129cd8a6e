import assert from "node:assert/strict";
import { test } from "node:test";
import { TokenBucket } from "./token-bucket.ts";

test("allows the burst at once and the rate after it", () => {
  const bucket = new TokenBucket(50, 100, 0);
  const taken = (now: number): number => {
    let count = 0;
    while (bucket.take(now)) count += 1;
    return count;
  };
  assert.equal(taken(0), 100);
  assert.equal(taken(19), 0);
  assert.equal(taken(1000), 50);
  assert.equal(taken(3_600_000), 100);
});
