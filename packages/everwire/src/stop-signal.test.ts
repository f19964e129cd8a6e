import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import { listenForStop } from "./stop-signal.ts";

test("the first signal asks for a stop, the second forces it", async () => {
  const source = new EventEmitter();
  const forced: number[] = [];
  const signals = listenForStop(source, (code) => forced.push(code));
  source.emit("SIGTERM", "SIGTERM");
  assert.equal(await signals.stop, "SIGTERM");
  assert.deepEqual(forced, []);
  source.emit("SIGINT", "SIGINT");
  source.emit("SIGTERM", "SIGTERM");
  assert.deepEqual(forced, [130, 143]);
});

test("after a release the signals do what they did before", () => {
  const source = new EventEmitter();
  listenForStop(source, () => {}).release();
  assert.equal(source.listenerCount("SIGTERM") + source.listenerCount("SIGINT"), 0);
});
