import assert from "node:assert/strict";
import { test } from "node:test";
import { CLIENT_DISCONNECT_REASONS } from "@everwire/protocol";
import { ChannelError } from "./channel/channel-error.ts";
import { CLIENT_FAILURES } from "./failure-table.ts";
import { ClientError } from "./failures.ts";

test("the table has one frozen row per code", () => {
  assert.equal(CLIENT_FAILURES.size, 33);
  for (const [code, failure] of CLIENT_FAILURES) {
    assert.equal(failure.code, code);
    assert.ok(failure.meaning.length > 0);
    assert.ok(Object.isFrozen(failure));
    assert.ok(CLIENT_DISCONNECT_REASONS.has(failure.reason));
  }
});

test("errors carry the row's code and whether to try again", () => {
  const timeout = new ClientError("ack_timeout");
  assert.equal(timeout.message, "operation has timed out");
  assert.deepEqual([timeout.name, timeout.code, timeout.retry], ["ClientError", "ack_timeout", true]);
  const closed = ChannelError.of("channel_closed");
  assert.deepEqual([closed.name, closed.code, closed.retry], ["ChannelError", "channel_closed", false]);
});
