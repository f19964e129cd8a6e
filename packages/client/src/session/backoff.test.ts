import assert from "node:assert/strict";
import { test } from "node:test";
import { backoffDelay } from "./backoff.ts";

const full = { base: 1_000, max: 5_000, randomization: undefined };

test("full jitter spreads over the whole interval, which doubles up to the maximum", () => {
  const bounds = [0, 1, 2, 3, 10, 1_000_000].map((attempt) => backoffDelay(full, attempt, () => 1));
  assert.deepEqual(bounds, [1_000, 2_000, 4_000, 5_000, 5_000, 5_000]);
  assert.equal(
    backoffDelay(full, 4, () => 0),
    0,
  );
  assert.equal(
    backoffDelay(full, 0, () => 0.25),
    250,
  );
});

test("a randomization factor keeps the delay near the bound and below the maximum", () => {
  const options = { ...full, randomization: 0.5 };
  const range = (attempt: number): number[] => [0, 0.5, 1].map((share) => backoffDelay(options, attempt, () => share));
  assert.deepEqual(range(0), [500, 1_000, 1_500]);
  assert.deepEqual(range(9), [2_500, 5_000, 5_000]);
});

test("every delay of a thousand attempts is within the bounds", () => {
  for (let attempt = 0; attempt < 1_000; attempt++) {
    const delay = backoffDelay(full, attempt, Math.random);
    assert.ok(delay >= 0 && delay <= 5_000, `${delay}`);
  }
});
