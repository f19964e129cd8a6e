import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OutgoingPacket } from "./outgoing-packet.ts";
import { SendQueue } from "./send-queue.ts";

function texts(packets: readonly OutgoingPacket[]): string[] {
  return packets.map((packet) => packet.payload.slice(1));
}

function filled(count: number): SendQueue {
  const queue = new SendQueue();
  for (let index = 0; index < count; index++) queue.push(OutgoingPacket.message(String(index)));
  return queue;
}

describe("the send queue", () => {
  it("keeps the order through thousands of packets and counts back to 0", () => {
    const queue = filled(5000);
    for (let index = 0; index < 5000; index++) assert.equal(queue.shift()?.payload, `4${index}`);
    assert.equal(queue.shift(), undefined);
    assert.equal(queue.empty, true);
    assert.equal(queue.bytes, 0);
  });

  it("charges a packet for more than its bytes", () => {
    const queue = new SendQueue();
    queue.push(OutgoingPacket.message(""));
    assert.ok(queue.bytes >= 64);
    const withBytes = OutgoingPacket.message("", [new Uint8Array(3000)]);
    assert.ok(withBytes.byteLength > 4000, "the polling form, base64, is the larger one");
  });

  it("gives at least one packet, and together no more than the limit", () => {
    const queue = filled(10);
    const one = OutgoingPacket.message("0").byteLength;
    assert.deepEqual(texts(queue.take(1)), ["0"]);
    assert.deepEqual(texts(queue.take(one * 3)), ["1", "2", "3"]);
    assert.deepEqual(texts(queue.take(Number.POSITIVE_INFINITY)), ["4", "5", "6", "7", "8", "9"]);
    assert.deepEqual(queue.take(100), []);
  });

  it("takes packets back in front of all others", () => {
    const queue = filled(5);
    const bytes = queue.bytes;
    const taken = queue.take(OutgoingPacket.message("0").byteLength * 2);
    queue.push(OutgoingPacket.message("5"));
    queue.putBack(taken);
    assert.equal(queue.bytes, bytes + OutgoingPacket.message("5").byteLength);
    assert.equal(queue.taken, 0, "what came back was not taken");
    assert.deepEqual(texts(queue.take(Number.POSITIVE_INFINITY)), ["0", "1", "2", "3", "4", "5"]);
    assert.equal(queue.bytes, 0);
  });
});
