import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { createInflateRaw } from "node:zlib";
import { freshFrames, takeoverFrames } from "./deflated-frames.ts";
import { jsonMessages } from "./payload.ts";

const messages = jsonMessages(64, 1024);

/** The payload of a masked frame of 126 to 65 535 bytes or less, with the flush's end put back. */
function deflatedIn(frame: Buffer): Buffer {
  const header = (frame.readUInt8(1) & 0x7f) < 126 ? 2 : 4;
  const mask = frame.subarray(header, header + 4);
  const payload = frame.subarray(header + 4).map((byte, index) => byte ^ mask.readUInt8(index & 3));
  return Buffer.concat([payload, Buffer.from([0, 0, 0xff, 0xff])]);
}

async function inflated(frames: readonly Buffer[], bytes: number): Promise<Buffer> {
  const inflate = createInflateRaw();
  const chunks: Buffer[] = [];
  inflate.on("data", (chunk: Buffer) => chunks.push(chunk));
  inflate.write(Buffer.concat(frames.map(deflatedIn)));
  while (chunks.reduce((sum, chunk) => sum + chunk.length, 0) < bytes) await once(inflate, "data");
  inflate.close();
  return Buffer.concat(chunks);
}

test("messages are 1 KiB each and differ", () => {
  assert.deepEqual(new Set(messages.map((message) => message.length)), new Set([1024]));
  assert.equal(new Set(messages.map(String)).size, messages.length);
});

test("the loop of frames with context takeover stays right however often it is played", async () => {
  const { first, loop } = await takeoverFrames(messages);
  const whole = Buffer.concat(Array.from({ length: 4 }, () => messages).flat());
  const got = await inflated([...first, ...loop, ...loop, ...loop], whole.length);
  assert.ok(got.equals(whole));
});

test("fresh frames can be inflated one by one", async () => {
  for (const [index, frame] of freshFrames(messages).loop.entries()) {
    assert.deepEqual(await inflated([frame], 1024), messages[index]);
  }
});
