import assert from "node:assert/strict";
import { test } from "node:test";
import {
  decodeEnter,
  decodeHistory,
  decodeLeave,
  decodePublish,
  decodeSignal,
  decodeSubscribe,
  decodeUnsubscribe,
} from "./channel-request.ts";
import { failures } from "./failure-table.ts";

const DECODERS = [
  decodeSubscribe,
  decodeUnsubscribe,
  decodePublish,
  decodeHistory,
  decodeEnter,
  decodeLeave,
  decodeSignal,
] as const;

function nested(depth: number): unknown {
  return JSON.parse("[".repeat(depth) + "]".repeat(depth));
}

test("every call wants an object", () => {
  for (const decode of DECODERS) {
    for (const value of [undefined, null, 1, "room", [], ["room"], () => 1, Uint8Array.of(1)]) {
      assert.equal(decode(value), failures.invalid_request);
    }
  }
});

test("row 221: every call wants a channel name", () => {
  for (const decode of DECODERS) {
    for (const channel of [undefined, null, 1, "", "a\0b", "x".repeat(10_000), ["a"], {}]) {
      assert.equal(decode({ channel }), failures.invalid_channel);
    }
  }
});

test("requests are read whole, and fields of later versions are ignored", () => {
  assert.deepEqual(decodeSubscribe({ channel: "a", later: 1 }), { channel: "a", limit: 50 });
  assert.deepEqual(decodeSubscribe({ channel: "a", since: "e:7", limit: 10 }), {
    channel: "a",
    since: { epoch: "e", offset: 7 },
    limit: 10,
  });
  assert.deepEqual(decodeUnsubscribe({ channel: "a" }), { channel: "a" });
  assert.deepEqual(decodePublish({ channel: "a", id: "i-1", data: null }), { channel: "a", id: "i-1", data: null });
  assert.deepEqual(decodeHistory({ channel: "a", before: 1 }), { channel: "a", before: 1, limit: 50 });
  assert.deepEqual(decodeEnter({ channel: "a", data: { name: "b" } }), { channel: "a", data: { name: "b" } });
  assert.deepEqual(decodeLeave({ channel: "a" }), { channel: "a" });
  assert.deepEqual(decodeSignal({ channel: "a", data: false }), { channel: "a", data: false });
});

test("row 216: a limit is an integer of at least 1 and is lowered to 300", () => {
  for (const limit of [-1, 0, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "10", null, [10], {}, true]) {
    assert.equal(decodeSubscribe({ channel: "a", limit }), failures.invalid_limit);
    assert.equal(decodeHistory({ channel: "a", before: 5, limit }), failures.invalid_limit);
  }
  for (const [limit, expected] of [
    [1, 1],
    [300, 300],
    [301, 300],
    [1e9, 300],
    [Number.MAX_VALUE, 300],
  ] as const) {
    assert.deepEqual(decodeHistory({ channel: "a", before: 5, limit }), { channel: "a", before: 5, limit: expected });
  }
});

test("row 217: positions and offsets", () => {
  for (const since of [
    "",
    "e:-1",
    "e:9007199254740992",
    "e:1.5",
    "7",
    7,
    null,
    {},
    ["e:1"],
    { epoch: "e", offset: 1 },
  ]) {
    assert.equal(decodeSubscribe({ channel: "a", since }), failures.invalid_position);
  }
  for (const before of [undefined, null, 0, -1, 1.5, 2 ** 53, "5", Number.NaN]) {
    assert.equal(decodeHistory({ channel: "a", before }), failures.invalid_position);
  }
});

test("row 224: a publish without a usable id", () => {
  for (const id of [undefined, null, 1, "", "a b", "x".repeat(65), "x".repeat(1_000_000), ["a"]]) {
    assert.equal(decodePublish({ channel: "a", id, data: 1 }), failures.invalid_message_id);
  }
});

test("row 225: data is there, is JSON, and leaves room for the objects round it", () => {
  for (const decode of [decodeEnter, decodeSignal]) {
    assert.equal(decode({ channel: "a" }), failures.invalid_request);
    assert.equal(decode({ channel: "a", data: nested(129) }), failures.invalid_data);
    assert.equal(decode({ channel: "a", data: [Uint8Array.of(1)] }), failures.invalid_data);
    assert.deepEqual(decode({ channel: "a", data: nested(128) }), { channel: "a", data: nested(128) });
  }
  assert.equal(decodePublish({ channel: "a", id: "i", data: nested(129) }), failures.invalid_data);
});
