import assert from "node:assert/strict";
import { test } from "node:test";
import { PollPace } from "./poll-pace.ts";

test("a client asks soon while messages flow, and rarely when none has for half a minute", () => {
  const pace = new PollPace(1000, 0);
  assert.equal(pace.hint(0), 250);
  assert.equal(pace.hint(1999), 250);
  assert.equal(pace.hint(2000), 1000);
  assert.equal(pace.hint(29_999), 1000);
  assert.equal(pace.hint(30_000), 4000);
  pace.moved(31_000);
  assert.equal(pace.hint(31_100), 250);
});
