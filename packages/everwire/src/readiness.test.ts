import assert from "node:assert/strict";
import { test } from "node:test";
import { Readiness } from "./readiness.ts";

test("draining is for good", () => {
  const readiness = new Readiness();
  assert.equal(readiness.state, "starting");
  readiness.ready();
  assert.equal(readiness.state, "ready");
  readiness.drain();
  readiness.ready();
  assert.equal(readiness.state, "draining");
});
