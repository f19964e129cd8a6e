import assert from "node:assert/strict";
import { test } from "node:test";
import type { EnginePacket } from "./engine-packet.ts";
import { failures } from "./failure-table.ts";
import { ProtocolFailure } from "./failures.ts";
import { decodeRevision3Packet, encodeRevision3Packet, encodeRevision3Text } from "./revision-3-packet.ts";
import {
  encodeRevision3BinaryPayload,
  encodeRevision3TextPayload,
  Revision3PayloadReader,
} from "./revision-3-payload.ts";

const TEXT = '2["e","é€😀"]';
const PACKETS: readonly EnginePacket[] = [
  { type: "message", data: TEXT },
  { type: "message", data: Uint8Array.of(1, 2, 3, 4) },
  { type: "message", data: new Uint8Array(0) },
  { type: "ping", data: "" },
];

/** Everything a reader gives up to the end or the first failure, the failure included. */
function readAll(body: string | Uint8Array, maxPackets = 16_384): (EnginePacket | ProtocolFailure)[] {
  const reader = new Revision3PayloadReader(body, { maxPackets });
  const read: (EnginePacket | ProtocolFailure)[] = [];
  for (let next = reader.next(); next !== undefined; next = reader.next()) {
    read.push(next);
    if (next instanceof ProtocolFailure) {
      assert.equal(reader.next(), next, "a failure stays");
      break;
    }
  }
  return read;
}

function binary(packets: readonly EnginePacket[]): Uint8Array {
  return new Uint8Array(Buffer.concat(packets.map(encodeRevision3BinaryPayload)));
}

test("a text payload counts UTF-16 units, bytes are b4 and base64", () => {
  const body = PACKETS.map(encodeRevision3TextPayload).join("");
  assert.equal(body, '14:42["e","é€😀"]10:b4AQIDBA==2:b41:2');
  assert.deepEqual(readAll(body), PACKETS);
});

test("a binary payload counts bytes, text is UTF-8, bytes have their type in front", () => {
  const text = Buffer.from(`4${TEXT}`);
  const body = binary(PACKETS);
  assert.deepEqual(body, Uint8Array.of(0, 1, 9, 255, ...text, 1, 5, 255, 4, 1, 2, 3, 4, 1, 1, 255, 4, 0, 1, 255, 50));
  assert.deepEqual(readAll(body), PACKETS);
});

test("lengths of every number of digits are read back", () => {
  for (const size of [0, 1, 8, 9, 98, 99, 125, 126, 998, 999, 65_535, 65_536]) {
    const packets: EnginePacket[] = [
      { type: "message", data: "€".repeat(size) },
      { type: "message", data: new Uint8Array(size).fill(7) },
      { type: "noop", data: "" },
    ];
    assert.deepEqual(readAll(packets.map(encodeRevision3TextPayload).join("")), packets);
    assert.deepEqual(readAll(binary(packets)), packets);
  }
});

test("a payload that is cut anywhere is refused, and what stood before the cut is read", () => {
  const text = PACKETS.map(encodeRevision3TextPayload).join("");
  const bytes = binary(PACKETS);
  const ends = (parts: readonly { readonly length: number }[]): Set<number> => {
    let end = 0;
    return new Set(parts.map(({ length }) => (end += length)));
  };
  const whole = ends(PACKETS.map(encodeRevision3TextPayload));
  for (let at = 1; at < text.length; at++) assertCut(readAll(text.slice(0, at)), whole.has(at));
  const wholeBytes = ends(PACKETS.map(encodeRevision3BinaryPayload));
  for (let at = 1; at < bytes.length; at++) assertCut(readAll(bytes.subarray(0, at)), wholeBytes.has(at));
});

function assertCut(read: readonly (EnginePacket | ProtocolFailure)[], complete: boolean): void {
  const failed = read.at(-1) instanceof ProtocolFailure;
  assert.equal(failed, !complete);
  assert.deepEqual(failed ? read.slice(0, -1) : read, PACKETS.slice(0, failed ? read.length - 1 : read.length));
}

const FAILING: readonly [name: string, body: string | readonly number[], failure: ProtocolFailure][] = [
  ["row 113: a length that is longer than the body", "99999999999:a", failures.invalid_payload_length],
  ["row 113: a length in bytes where units count", "16:4é€😀éé", failures.invalid_payload_length],
  ["a length that is longer than the body by one", "3:4a", failures.invalid_payload_length],
  ["row 113: a packet type that is none", "5:hello", failures.unknown_engine_packet],
  ["a body without a length", "4hello", failures.invalid_payload_length],
  ["a body of digits", "12345", failures.invalid_payload_length],
  ["a colon alone", ":", failures.invalid_payload_length],
  ["a sign", "-1:4", failures.invalid_payload_length],
  ["an exponent", "1e0:4", failures.invalid_payload_length],
  ["a leading zero", "02:4a", failures.invalid_payload_length],
  ["a space", " 2:4a", failures.invalid_payload_length],
  ["a million digits", "9".repeat(1_000_000), failures.invalid_payload_length],
  ["a separator of revision 4", "2:4a\x1e4b", failures.invalid_payload_length],
  ["an empty body", "", failures.empty_engine_packet],
  ["an empty packet", "0:", failures.empty_engine_packet],
  ["bad base64", "5:b4!!!", failures.invalid_base64],
  ["base64 of no message", "6:b2AQID", failures.unknown_engine_packet],
  ["base64 without a type", "1:b", failures.unknown_engine_packet],
  ["no bytes", [], failures.empty_engine_packet],
  ["row 112: no end of the length", [0, 1, 1, 1], failures.invalid_payload_length],
  ["row 112: a length longer than the body", [0, 9, 255, 52], failures.invalid_payload_length],
  ["row 112: 310 digits", [0, ...Array<number>(310).fill(9), 255, 52], failures.invalid_payload_length],
  ["row 112: eleven digits", [0, ...Array<number>(11).fill(1), 255, 52], failures.invalid_payload_length],
  ["a length without digits", [0, 255, 52], failures.invalid_payload_length],
  ["a leading zero in bytes", [0, 0, 1, 255, 50], failures.invalid_payload_length],
  ["a digit that is none", [0, 10, 255, 52], failures.invalid_payload_length],
  ["neither text nor bytes", [2, 1, 255, 50], failures.unknown_engine_packet],
  ["text for bytes", [...Buffer.from("1:2")], failures.unknown_engine_packet],
  ["an empty text packet", [0, 0, 255], failures.empty_engine_packet],
  ["an empty binary packet", [1, 0, 255], failures.empty_engine_packet],
  ["bytes that are no message", [1, 1, 255, 2], failures.unknown_engine_packet],
  ["text that is not UTF-8", [0, 2, 255, 52, 0xc3], failures.invalid_utf8],
];

for (const [name, body, failure] of FAILING) {
  test(`${name} ends the payload with ${failure.code}`, () => {
    assert.equal(readAll(typeof body === "string" ? body : Uint8Array.from(body)).at(-1), failure);
  });
}

test("packets beyond the cap are refused at the first one too many", () => {
  assert.equal(readAll("1:6".repeat(16_385)).at(-1), failures.too_many_packets);
  assert.equal(readAll("1:6".repeat(3), 3).length, 3);
  assert.equal(readAll(Buffer.from([0, 1, 255, 54]), 0).at(-1), failures.too_many_packets);
});

test("nothing is read ahead, so a caller can stop after any packet", () => {
  const reader = new Revision3PayloadReader(`${'7:42["e"]'.repeat(10_000)}x`);
  for (let i = 0; i < 10; i++) assert.deepEqual(reader.next(), { type: "message", data: '2["e"]' });
});

test("on WebSocket only bytes differ, and may come as base64 from clients that send text alone", () => {
  const bytes: EnginePacket = { type: "message", data: Uint8Array.of(1, 2, 3, 4) };
  assert.deepEqual(encodeRevision3Packet(bytes), Uint8Array.of(4, 1, 2, 3, 4));
  assert.equal(encodeRevision3Packet({ type: "pong", data: "probe" }), "3probe");
  assert.equal(encodeRevision3Text(bytes), "b4AQIDBA==");
  assert.deepEqual(decodeRevision3Packet(Uint8Array.of(4, 1, 2, 3, 4)), bytes);
  assert.deepEqual(decodeRevision3Packet("b4AQIDBA=="), bytes);
  assert.deepEqual(decodeRevision3Packet("2probe"), { type: "ping", data: "probe" });
  assert.equal(decodeRevision3Packet(new Uint8Array(0)), failures.empty_engine_packet);
  assert.equal(decodeRevision3Packet(Uint8Array.of(1, 2)), failures.unknown_engine_packet);
  assert.equal(decodeRevision3Packet(""), failures.empty_engine_packet);
  assert.equal(decodeRevision3Packet("7"), failures.unknown_engine_packet);
});

test("mutations of valid payloads are read or refused, and what is read is written back", () => {
  const seeds = [Buffer.from('7:42["e"]6:b4AQID1:2'), binary(PACKETS)];
  let state = 0x2545_f491;
  const below = (limit: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
  for (let round = 0; round < 20_000; round++) {
    const body = Buffer.from(seeds[round % 2] ?? []);
    for (let edits = below(3); edits >= 0; edits--) body[below(body.length)] = below(256);
    const text = round % 2 === 0;
    const read = readAll(text ? body.toString("latin1") : body);
    const packets = read.filter((packet): packet is EnginePacket => !(packet instanceof ProtocolFailure));
    if (packets.length < read.length) continue;
    const written = text ? Buffer.from(packets.map(encodeRevision3TextPayload).join(""), "latin1") : binary(packets);
    assert.deepEqual(Buffer.from(written), body, `round ${round}`);
  }
});
