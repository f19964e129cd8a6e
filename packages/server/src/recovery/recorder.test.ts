import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonCodec } from "../packet/packet-codec.ts";
import { Recorder } from "./recorder.ts";
import type { RecoveryStore, SentEvent } from "./recovery-store.ts";

for (const [kind, bytes] of [
  ["a Buffer", Buffer.from(new Uint8Array([1, 2, 3]).buffer)],
  ["a view", new Uint8Array([1, 2, 3])],
  ["a buffer", new Uint8Array([1, 2, 3]).buffer],
] as const) {
  test(`what is kept of an event is its own: the application writes over ${kind}`, () => {
    const kept: SentEvent[] = [];
    const store: RecoveryStore = {
      epoch: "e",
      head: 0,
      append: (event) => kept.push(event),
      park: () => undefined,
      claim: () => undefined,
      missed: () => [],
    };
    const recorder = new Recorder("/", store, jsonCodec({}));
    const delivered: unknown[] = [];
    recorder.send(["e", bytes], { rooms: undefined, except: [] }, {}, (packet) => delivered.push(packet));
    new Uint8Array(bytes instanceof ArrayBuffer ? bytes : bytes.buffer).fill(9);
    assert.deepEqual([...(kept[0]?.attachments[0] ?? [])], [1, 2, 3]);
    assert.equal(delivered.length, 1);
  });
}
