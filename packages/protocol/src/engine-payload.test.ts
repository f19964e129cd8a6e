import assert from "node:assert/strict";
import { test } from "node:test";
import type { EnginePacket } from "./engine-packet.ts";
import { EnginePayloadReader, encodeEnginePayload, encodePayloadPacket } from "./engine-payload.ts";
import { failures } from "./failure-table.ts";
import { ProtocolFailure } from "./failures.ts";

/** Everything a reader gives up to the end or the first failure, the failure included. */
function readAll(body: string, maxPackets = 16_384): (EnginePacket | ProtocolFailure)[] {
  const reader = new EnginePayloadReader(body, { maxPackets });
  const read: (EnginePacket | ProtocolFailure)[] = [];
  for (let next = reader.next(); next !== undefined; next = reader.next()) {
    read.push(next);
    if (next instanceof ProtocolFailure) break;
  }
  return read;
}

test("packets are joined by U+001E and binary ones are base64", () => {
  const packets: EnginePacket[] = [
    { type: "message", data: '2["e","é€😀"]' },
    { type: "message", data: Uint8Array.of(1, 2, 3, 4) },
    { type: "message", data: new Uint8Array(0) },
    { type: "pong", data: "" },
  ];
  const body = encodeEnginePayload(packets);
  assert.equal(body, '42["e","é€😀"]\x1ebAQIDBA==\x1eb\x1e3');
  assert.equal(body, packets.map(encodePayloadPacket).join("\x1e"));
  assert.deepEqual(readAll(body), packets);
});

test("after the last packet the reader stays at the end", () => {
  const reader = new EnginePayloadReader("2\x1e3");
  assert.deepEqual(reader.next(), { type: "ping", data: "" });
  assert.deepEqual(reader.next(), { type: "pong", data: "" });
  assert.equal(reader.next(), undefined);
  assert.equal(reader.next(), undefined);
});

const FAILING: readonly [string, string, ProtocolFailure][] = [
  ["row 104: a body that is no packet", "xyz", failures.unknown_engine_packet],
  ["row 104: an empty body", "", failures.empty_engine_packet],
  ["row 104: an unknown type", "9", failures.unknown_engine_packet],
  ["row 104: separators alone", "\x1e\x1e\x1e", failures.empty_engine_packet],
  ["row 104: a separator at the end", "4a\x1e", failures.empty_engine_packet],
  ["row 104: a separator at the start", "\x1e4a", failures.empty_engine_packet],
  ["row 105: bad base64", "b!!!", failures.invalid_base64],
  ["row 105: base64 with a line break", "bZm9v\nZm9v", failures.invalid_base64],
];

for (const [name, body, failure] of FAILING) {
  test(`${name} ends the payload with ${failure.code}`, () => {
    const reader = new EnginePayloadReader(body);
    let last = reader.next();
    while (last !== undefined && !(last instanceof ProtocolFailure)) last = reader.next();
    assert.equal(last, failure);
    assert.equal(reader.next(), failure);
    assert.equal(reader.next(), failure);
  });
}

test("row 107: half a million packets are refused at the packet cap", () => {
  const read = readAll(Array(499_999).fill("6").join("\x1e"));
  assert.equal(read.length, 16_385);
  assert.equal(read.at(-1), failures.too_many_packets);
});

test("row 107: a payload of exactly the cap is read whole", () => {
  const read = readAll("6\x1e6\x1e6", 3);
  assert.equal(read.length, 3);
  assert.ok(read.every((packet) => !(packet instanceof ProtocolFailure)));
});

test("row 108: a megabyte of separators is refused at the first empty packet", () => {
  assert.deepEqual(readAll("\x1e".repeat(1_000_000)), [failures.empty_engine_packet]);
});

test("row 109: nothing is read ahead, so a caller can stop after any packet", () => {
  const reader = new EnginePayloadReader(`${'42["e"]\x1e'.repeat(10_000)}x`);
  for (let i = 0; i < 10; i++) assert.deepEqual(reader.next(), { type: "message", data: '2["e"]' });
});
