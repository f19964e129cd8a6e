import assert from "node:assert/strict";
import { test } from "node:test";
import { drawPace, reconnectDelay } from "./reconnect-delay.ts";

test("delays double from the first to the longest", () => {
  const pace = { first: 600, longest: 4500 };
  assert.deepEqual(
    [0, 1, 2, 3, 4, 1e9].map((attempts) => reconnectDelay(pace, attempts)),
    [600, 1200, 2400, 4500, 4500, 4500],
  );
});

test("every page draws a pace between half a second and seven seconds", () => {
  assert.deepEqual(
    drawPace(() => 0),
    { first: 500, longest: 4000 },
  );
  assert.deepEqual(
    drawPace(() => 1),
    { first: 1500, longest: 7000 },
  );
});
