import assert from "node:assert/strict";
import { test } from "node:test";
import { isSessionId, newSessionId } from "./session-id.ts";

test("ids have the form that sticky load balancers look for and never repeat", () => {
  const ids = new Set(Array.from({ length: 5000 }, newSessionId));
  assert.equal(ids.size, 5000);
  for (const id of ids) assert.match(id, /^[A-Za-z0-9_-]{20}$/);
});

test("only that form is looked up", () => {
  for (const id of [newSessionId(), "a".repeat(16), "c0ffee00-0000-4000-8000-000000000000", "a".repeat(64)]) {
    assert.equal(isSessionId(id), true);
  }
  for (const text of ["", "__proto__", "a".repeat(15), "a".repeat(65), `${"a".repeat(19)}\n`, "a".repeat(10_000)]) {
    assert.equal(isSessionId(text), false);
  }
});
