import assert from "node:assert/strict";
import { it } from "node:test";
import { BoundedMemory } from "./bounded-memory.ts";

it("what is remembered longest is forgotten when there is too much of it", () => {
  const memory = new BoundedMemory();
  memory.set("kept", "sse");
  for (let n = 0; n < 200; n++) memory.set(`${n}`, "polling");
  memory.set("kept", "websocket");
  for (let n = 200; n < 400; n++) memory.set(`${n}`, "polling");
  assert.equal(memory.get("kept"), "websocket");
  assert.equal(memory.get("0"), undefined);
  assert.equal(memory.get("399"), "polling");
});
