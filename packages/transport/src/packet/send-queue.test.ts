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

  it("replaces the waiting packet of a key, in its place, and no other", () => {
    const queue = new SendQueue();
    queue.push(OutgoingPacket.message("a1"), "a");
    queue.push(OutgoingPacket.message("plain"));
    queue.push(OutgoingPacket.message("b1"), "b");
    assert.equal(queue.replace("c", OutgoingPacket.message("c1")), false);
    assert.equal(queue.replace("a", OutgoingPacket.message("a2, which is longer")), true);
    assert.equal(queue.replace("a", OutgoingPacket.message("a3")), true);
    assert.equal(queue.length, 3);
    assert.deepEqual(texts(queue.take(Number.POSITIVE_INFINITY)), ["a3", "plain", "b1"]);
    assert.equal(queue.bytes, 0);
    assert.equal(queue.replace("a", OutgoingPacket.message("a4")), false, "what was taken is not replaced");
  });

  it("replaces the last of several packets of one key, so that the latest stays the latest", () => {
    const queue = new SendQueue();
    for (const text of ["1", "2"]) queue.push(OutgoingPacket.message(text), "k");
    queue.replace("k", OutgoingPacket.message("3"));
    assert.deepEqual(texts(queue.take(Number.POSITIVE_INFINITY)), ["1", "3"]);
  });

  it("finds a key again among thousands of packets, before and after some were taken and put back", () => {
    const queue = filled(3000);
    queue.push(OutgoingPacket.message("old"), "k");
    for (let index = 0; index < 2000; index++) queue.shift();
    const taken = queue.take(OutgoingPacket.message("2000").byteLength * 10);
    assert.equal(taken.length, 10);
    assert.equal(queue.replace("k", OutgoingPacket.message("newer")), true);
    queue.putBack(taken);
    assert.equal(queue.replace("k", OutgoingPacket.message("newest")), true);
    const rest = texts(queue.take(Number.POSITIVE_INFINITY));
    assert.equal(rest.length, 1001);
    assert.deepEqual([rest[0], rest.at(-1)], ["2000", "newest"]);
  });

  it("may replace what was put back, and nothing in front of it", () => {
    const queue = new SendQueue();
    queue.push(OutgoingPacket.message("a1"), "a");
    queue.push(OutgoingPacket.message("b1"), "b");
    queue.push(OutgoingPacket.message("c1"), "c");
    assert.deepEqual(texts([queue.shift()].filter((packet) => packet !== undefined)), ["a1"]);
    queue.putBack(queue.take(1));
    assert.equal(queue.replace("a", OutgoingPacket.message("a2")), false);
    assert.equal(queue.replace("b", OutgoingPacket.message("b2")), true);
    assert.deepEqual(texts(queue.take(Number.POSITIVE_INFINITY)), ["b2", "c1"]);
  });

  it("remembers 1024 keys at a time, and refuses endless ones", () => {
    const queue = new SendQueue();
    for (let index = 0; index < 1500; index++) queue.push(OutgoingPacket.message(""), `k${index}`);
    assert.equal(queue.replace("k1023", OutgoingPacket.message("")), true);
    assert.equal(queue.replace("k1024", OutgoingPacket.message("")), false);
    for (let index = 0; index < 1000; index++) queue.shift();
    queue.push(OutgoingPacket.message(""), "late");
    assert.equal(queue.replace("late", OutgoingPacket.message("")), true, "the keys of taken packets make room");
    assert.throws(() => queue.push(OutgoingPacket.message(""), "k".repeat(1025)), TypeError);
  });

  it("adds to the sum of all queues what waits, until it is cleared", () => {
    const tally = { bytes: 0 };
    const [one, other] = [new SendQueue(tally), new SendQueue(tally)];
    one.push(OutgoingPacket.message("1"), "k");
    other.push(OutgoingPacket.message("2"));
    one.replace("k", OutgoingPacket.message("x".repeat(1000)));
    const taken = one.take(1);
    one.putBack(taken);
    other.push(OutgoingPacket.message("3"));
    other.shift();
    assert.equal(tally.bytes, one.bytes + other.bytes);
    one.clear();
    assert.equal(tally.bytes, other.bytes);
    one.putBack(taken);
    one.shift();
    assert.equal(tally.bytes, other.bytes, "who is over counts no more");
  });
});
