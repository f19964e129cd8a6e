import assert from "node:assert/strict";
import { it } from "node:test";
import { everwireHandshake } from "./everwire-handshake.ts";

it("an Everwire server tells how long it keeps a session, and an older one is taken for one with the default", () => {
  const told = (reattachTimeout: unknown): unknown =>
    everwireHandshake(JSON.stringify({ everwire: 1, transports: ["sse", 1], reattachTimeout }));
  assert.deepEqual(told(300), { served: ["sse"], reattachTimeout: 300 });
  for (const wrong of [undefined, null, 0, -1, "300"]) {
    assert.deepEqual(told(wrong), { served: ["sse"], reattachTimeout: 20_000 }, String(wrong));
  }
});

it("a server that does not say so is a stock one", () => {
  for (const text of [
    "{}",
    "null",
    '{"everwire":2,"transports":[]}',
    '{"everwire":1}',
    '{"everwire":1,"transports":1}',
  ]) {
    assert.equal(everwireHandshake(text), undefined, text);
  }
});
