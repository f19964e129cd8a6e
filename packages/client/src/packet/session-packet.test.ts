import assert from "node:assert/strict";
import { test } from "node:test";
import { ProtocolFailure } from "@everwire/protocol";
import { decodeSessionPacket, encodeForPayload, encodeSessionPacket, sessionPackets } from "./session-packet.ts";

test("the two packets with a number are written and read", () => {
  for (const [text, packet] of [
    ["70", { type: "ack", data: "", number: 0 }],
    ["7999999999999999", { type: "ack", data: "", number: 999_999_999_999_999 }],
    ["812", { type: "next", data: "", number: 12 }],
  ] as const) {
    assert.deepEqual(decodeSessionPacket(text), packet);
    assert.equal(encodeSessionPacket(packet), text);
    assert.equal(encodeForPayload(packet), text);
  }
});

test("a number in any other form is no packet", () => {
  for (const text of ["7", "8", "7-1", "7 1", "701", "71.0", "71e3", "7Infinity", "71234567890123456", "7１"]) {
    assert.ok(decodeSessionPacket(text) instanceof ProtocolFailure, text);
  }
});

test("all others are Engine.IO's", () => {
  assert.deepEqual(decodeSessionPacket("4a"), { type: "message", data: "a" });
  assert.deepEqual(decodeSessionPacket(Uint8Array.of(55, 49)), { type: "message", data: Uint8Array.of(55, 49) });
  assert.equal(encodeForPayload({ type: "message", data: Uint8Array.of(1, 2, 3) }), "bAQID");
});

test("a payload is read up to the first failure, and to the bound", () => {
  const types = [...sessionPackets("81\x1e4a\x1ebAQID\x1e72\x1ex\x1e4b")].map((packet) =>
    packet instanceof ProtocolFailure ? packet.code : packet.type,
  );
  assert.deepEqual(types, ["next", "message", "message", "ack", "unknown_engine_packet"]);
  assert.ok([...sessionPackets("")][0] instanceof ProtocolFailure);
  assert.ok([...sessionPackets("4a\x1e")][1] instanceof ProtocolFailure);
  const many = [...sessionPackets("6\x1e".repeat(20_000))];
  assert.equal(many.length, 16_385);
  assert.ok(many.at(-1) instanceof ProtocolFailure);
});
