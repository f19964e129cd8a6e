import assert from "node:assert/strict";
import { test } from "node:test";
import { failure, TRANSPORT_FAILURES } from "./failures.ts";

test("the Engine.IO bodies are exact", () => {
  const bodies = (
    ["transport_unknown", "session_unknown", "handshake_method", "bad_request", "forbidden"] as const
  ).map((reason) => failure(reason).body);
  assert.deepEqual(bodies, [
    '{"code":0,"message":"Transport unknown"}',
    '{"code":1,"message":"Session ID unknown"}',
    '{"code":2,"message":"Bad handshake method"}',
    '{"code":3,"message":"Bad request"}',
    '{"code":4,"message":"Forbidden"}',
  ]);
  assert.equal(failure("protocol_unsupported").body, '{"code":5,"message":"Unsupported protocol version"}');
  assert.equal(failure("forbidden").withMessage('no "entry"').body, '{"code":4,"message":"no \\"entry\\""}');
});

test("every row is frozen, has its own reason, and a status that HTTP knows or none", () => {
  for (const [reason, row] of TRANSPORT_FAILURES) {
    assert.equal(row.reason, reason);
    assert.ok(Object.isFrozen(row));
    assert.ok(row.status === 0 || (row.status >= 400 && row.status < 600), reason);
    assert.equal(row.body === "", row.engineCode === undefined, reason);
  }
});
