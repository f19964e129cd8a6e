import assert from "node:assert/strict";
import { test } from "node:test";
import { ReceivedCount } from "./received-count.ts";

test("32 messages that nobody was told of are acknowledged at once", () => {
  const told: number[] = [];
  const count = new ReceivedCount(() => told.push(count.tell()));
  count.expect(1);
  for (let message = 0; message < 70; message++) count.take();
  count.stop();
  assert.deepEqual(told, [32, 64]);
});

test("a message that comes twice, or after a gap, ends the run", () => {
  const count = new ReceivedCount(() => {});
  count.expect(1);
  count.take();
  count.expect(1);
  assert.throws(() => count.take(), /message 1 after 1/);
  count.expect(3);
  assert.throws(() => count.take(), /message 3 after 1/);
  count.stop();
});
