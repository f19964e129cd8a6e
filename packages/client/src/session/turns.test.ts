import assert from "node:assert/strict";
import { it } from "node:test";
import { Turns } from "./turns.ts";

it("a carrier in use goes on below the turn of an attempt, and above it when that is over", () => {
  const turns = new Turns();
  const attempt = turns.ahead();
  for (let n = 0; n < 1_000; n++) assert.ok(turns.next() < attempt);
  assert.ok(turns.ahead() > attempt);
  turns.settle();
  assert.ok(turns.next() > attempt);
});
