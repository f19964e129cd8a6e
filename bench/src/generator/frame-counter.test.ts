import assert from "node:assert/strict";
import { test } from "node:test";
import { BINARY, serverFrame } from "./frame.ts";
import { FrameCounter } from "./frame-counter.ts";

const sizes = [0, 1, 125, 126, 65535, 65536];
const stream = Buffer.concat(sizes.map((size) => serverFrame(BINARY, Buffer.alloc(size, 0xff))));

for (const step of [1, 2, 3, 7, 1000, stream.length]) {
  test(`counts frames of every header length in pieces of ${step} bytes`, () => {
    const counter = new FrameCounter();
    let count = 0;
    for (let at = 0; at < stream.length; at += step) {
      const piece = stream.subarray(at, at + step);
      count += counter.count(piece, piece.length);
    }
    assert.equal(count, sizes.length);
  });
}
