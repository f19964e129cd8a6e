import assert from "node:assert/strict";
import { test } from "node:test";
import { isSessionId, newSessionId } from "./session-id.ts";

test("ids have the form that sticky load balancers look for and never repeat", () => {
  const ids = new Set(Array.from({ length: 5000 }, newSessionId));
  assert.equal(ids.size, 5000);
  for (const id of ids) assert.match(id, /^[A-Za-z0-9_-]{20}$/);
});

test("only that form is looked up", () => {
  assert.equal(isSessionId(newSessionId()), true);
  for (const text of ["", "__proto__", "a".repeat(19), "a".repeat(21), `${"a".repeat(19)}\n`, "a".repeat(10_000)]) {
    assert.equal(isSessionId(text), false);
  }
});
