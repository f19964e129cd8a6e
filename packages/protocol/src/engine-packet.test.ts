import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeEnginePacket, type EnginePacket, encodeEnginePacket } from "./engine-packet.ts";
import { failures } from "./failure-table.ts";

const PACKETS: readonly [string, EnginePacket][] = [
  ['0{"sid":"a"}', { type: "open", data: '{"sid":"a"}' }],
  ["1", { type: "close", data: "" }],
  ["2", { type: "ping", data: "" }],
  ["2probe", { type: "ping", data: "probe" }],
  ["3", { type: "pong", data: "" }],
  ["3probe", { type: "pong", data: "probe" }],
  ["4", { type: "message", data: "" }],
  ['42["e","é€😀"]', { type: "message", data: '2["e","é€😀"]' }],
  ["5", { type: "upgrade", data: "" }],
  ["6", { type: "noop", data: "" }],
];

for (const [text, packet] of PACKETS) {
  test(`${text} is written and read`, () => {
    assert.equal(encodeEnginePacket(packet), text);
    assert.deepEqual(decodeEnginePacket(text), packet);
  });
}

test("a binary message is its bytes, not copied", () => {
  const data = Uint8Array.of(0, 4, 255);
  assert.equal(encodeEnginePacket({ type: "message", data }), data);
  assert.deepEqual(decodeEnginePacket(data), { type: "message", data });
});

test("row 104: text without a packet type is a failure", () => {
  for (const text of ["xyz", "9", "7", "/", ":", " 4", "\x1e", "é", "😀", "b"]) {
    assert.equal(decodeEnginePacket(text), failures.unknown_engine_packet, JSON.stringify(text));
  }
});

test("row 110: a packet out of place is read as what it is, and the session judges it", () => {
  for (const type of ["open", "close", "upgrade", "noop", "ping"] as const) {
    const decoded = decodeEnginePacket(encodeEnginePacket({ type, data: "" }));
    assert.deepEqual(decoded, { type, data: "" });
  }
});

test("row 129: an empty text frame is a failure; an empty binary frame is an empty message, which needs a header before it", () => {
  assert.equal(decodeEnginePacket(""), failures.empty_engine_packet);
  assert.deepEqual(decodeEnginePacket(new Uint8Array(0)), { type: "message", data: new Uint8Array(0) });
});
