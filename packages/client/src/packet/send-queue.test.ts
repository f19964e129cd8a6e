import assert from "node:assert/strict";
import { test } from "node:test";
import { EmitBuffer } from "../socket/emit-buffer.ts";
import { outgoing, SendQueue } from "./send-queue.ts";

test("a message with attachments stays together and counts whole", () => {
  const message = outgoing("51-", [new Uint8Array(10), new Uint8Array(5)]);
  assert.equal(message.size, 18);
  const queue = new SendQueue(20);
  assert.equal(queue.push(message), true);
  assert.equal(queue.push(outgoing("abc")), false);
  assert.deepEqual(
    queue.packets.map(({ data }) => data.length),
    [3, 10, 5],
  );
  queue.taken(2);
  assert.equal(queue.push(outgoing("abc")), true);
  assert.deepEqual(
    queue.packets.map(({ data }) => data.length),
    [5, 3],
  );
});

test("a message larger than the bound goes through an empty queue", () => {
  const queue = new SendQueue(2);
  assert.equal(queue.push(outgoing("abcd")), true);
  assert.equal(queue.push(outgoing("a")), false);
});

test("events buffered before the connection keep their order, are bounded and can be taken back", () => {
  const buffer = new EmitBuffer(5);
  assert.equal(buffer.push({ message: outgoing("ab"), id: 1 }), true);
  assert.equal(buffer.push({ message: outgoing("cd"), id: undefined }), true);
  assert.equal(buffer.push({ message: outgoing("ef"), id: 2 }), false);
  buffer.remove(1);
  assert.equal(buffer.push({ message: outgoing("ef"), id: 2 }), true);
  assert.deepEqual([...buffer.ids], [2]);
  assert.deepEqual(
    buffer.takeAll().map(({ message }) => message.packets[0]?.data),
    ["cd", "ef"],
  );
  assert.deepEqual(buffer.takeAll(), []);
});
