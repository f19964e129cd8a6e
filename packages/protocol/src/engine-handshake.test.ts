import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeEngineHandshake, encodeEngineHandshake } from "./engine-handshake.ts";
import { failures } from "./failure-table.ts";

const HANDSHAKE = {
  sid: "Abc_-123",
  upgrades: ["websocket"],
  pingInterval: 25_000,
  pingTimeout: 20_000,
  maxPayload: 1_000_000,
};

test("the five fields are written in the documented order, and no others", () => {
  const text = encodeEngineHandshake(Object.assign({ secret: 1 }, HANDSHAKE));
  assert.equal(
    text,
    '{"sid":"Abc_-123","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}',
  );
  assert.deepEqual(decodeEngineHandshake(text), HANDSHAKE);
});

test("fields of other servers are ignored", () => {
  assert.deepEqual(decodeEngineHandshake(JSON.stringify({ ...HANDSHAKE, extra: { a: 1 } })), HANDSHAKE);
});

test("a server from before maxPayload had a limit of a million bytes", () => {
  const { maxPayload: _, ...older } = HANDSHAKE;
  assert.deepEqual(decodeEngineHandshake(JSON.stringify(older)), HANDSHAKE);
});

test("SR-27: what no client can work with is a failure", () => {
  const bad = [
    "",
    "{",
    "null",
    "[]",
    '"sid"',
    "{}",
    "[".repeat(100_000),
    ...[
      { sid: "" },
      { sid: 1 },
      { sid: "x".repeat(257) },
      { sid: null },
      { upgrades: "websocket" },
      { upgrades: [1] },
      { upgrades: Array(17).fill("x") },
      { upgrades: null },
      { pingInterval: 0 },
      { pingInterval: -1 },
      { pingInterval: 1.5 },
      { pingInterval: "25000" },
      { pingInterval: 2 ** 31 },
      { pingTimeout: null },
      { pingTimeout: 2 ** 31 },
      { maxPayload: 0 },
      { maxPayload: 1e300 },
      { maxPayload: null },
    ].map((change) => JSON.stringify({ ...HANDSHAKE, ...change })),
  ];
  for (const json of bad) assert.equal(decodeEngineHandshake(json), failures.invalid_handshake, json.slice(0, 120));
});
