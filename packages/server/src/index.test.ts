import assert from "node:assert/strict";
import { test } from "node:test";
import * as exported from "./index.ts";

test("the public values are these and no others", () => {
  assert.deepEqual(Object.keys(exported).sort(), [
    "BroadcastOperator",
    "ChannelService",
    "Engine",
    "Namespace",
    "ParentNamespace",
    "RemoteEmitter",
    "RemoteSocket",
    "RoomAdapter",
    "SERVER_FAILURES",
    "Server",
    "ServerError",
    "Socket",
    "SocketEmitter",
  ]);
});

test("every row of the failure table has a meaning, and peers are told nothing internal", () => {
  assert.equal(exported.SERVER_FAILURES.size, 20);
  for (const [code, { meaning }] of exported.SERVER_FAILURES) {
    assert.match(code, /^[a-z]+(_[a-z]+)*$/);
    assert.ok(meaning.length > 0);
    assert.equal(new exported.ServerError(code).code, code);
  }
});
