import assert from "node:assert/strict";
import { test } from "node:test";
import { TransportFailure } from "../failures.ts";
import { decodeSessionPacket, SessionPayloadReader } from "./session-packet.ts";

test("the packets that only an Everwire session has", () => {
  assert.deepEqual(decodeSessionPacket("70"), { type: "ack", number: 0 });
  assert.deepEqual(decodeSessionPacket("7999999999999999"), { type: "ack", number: 999_999_999_999_999 });
  assert.deepEqual(decodeSessionPacket("81"), { type: "next", number: 1 });
  assert.deepEqual(decodeSessionPacket("4a"), { type: "message", data: "a" });
});

for (const text of [
  "7",
  "8",
  "80",
  "7-1",
  "7+1",
  "701",
  "71.0",
  "71e3",
  "7 1",
  "71 ",
  "7Infinity",
  "7٣",
  `7${"9".repeat(16)}`,
  "9",
  "",
  "b",
]) {
  test(`${JSON.stringify(text)} is no packet`, () => {
    assert.ok(decodeSessionPacket(text) instanceof TransportFailure);
  });
}

test("a body is read packet by packet, up to a number of them", () => {
  const reader = new SessionPayloadReader("83\x1e4a\x1ebAQ==\x1e72", 4);
  assert.deepEqual(reader.next(), { type: "next", number: 3 });
  assert.deepEqual(reader.next(), { type: "message", data: "a" });
  assert.deepEqual(reader.next(), { type: "message", data: Uint8Array.of(1) });
  assert.deepEqual(reader.next(), { type: "ack", number: 2 });
  assert.equal(reader.next(), undefined);
  assert.ok(new SessionPayloadReader("", 4).next() instanceof TransportFailure);
  const long = new SessionPayloadReader("6\x1e6", 1);
  assert.deepEqual(long.next(), { type: "noop", data: "" });
  assert.equal(long.next(), undefined);
});
