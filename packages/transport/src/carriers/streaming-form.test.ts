import assert from "node:assert/strict";
import { test } from "node:test";
import { EnginePayloadReader } from "@everwire/protocol";
import { PADDING_BYTES } from "./stream-form.ts";
import { STREAMING_FORM } from "./streaming-form.ts";

test("the beginning is 2 KiB of packets that mean nothing", () => {
  const text = STREAMING_FORM.beginning.toString();
  assert.equal(text.length, PADDING_BYTES);
  const reader = new EnginePayloadReader(text.slice(0, -1));
  for (let count = 0; count < PADDING_BYTES / 2; count += 1)
    assert.deepEqual(reader.next(), { type: "noop", data: "" });
  assert.equal(reader.next(), undefined);
});

test("each packet is followed by 0x1e", () => {
  const { before, between, after, packet } = STREAMING_FORM;
  assert.equal(`${before}${["4a", "2"].map(packet).join(between.toString())}${after}`, "4a\x1e2\x1e");
});
