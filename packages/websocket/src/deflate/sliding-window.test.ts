import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seeded } from "../raw-peer.test.ts";
import { SlidingWindow } from "./sliding-window.ts";

describe("a sliding window", () => {
  it("holds nothing before it is given something", () => {
    const window = new SlidingWindow(9);
    assert.equal(window.bytes, undefined);
    window.push(Buffer.alloc(0));
    assert.equal(window.bytes, undefined);
  });

  it("holds the last bytes of all that it was given, in whatever pieces", () => {
    const random = seeded(9);
    for (const bits of [9, 10, 15]) {
      const window = new SlidingWindow(bits);
      let all = Buffer.alloc(0);
      for (let round = 0; round < 300; round++) {
        const piece = Buffer.alloc(Math.floor(random() ** 4 * 3 * 2 ** bits), round);
        window.push(piece);
        all = Buffer.concat([all, piece]).subarray(-(2 ** bits));
        assert.ok((window.bytes ?? Buffer.alloc(0)).equals(all), `round ${round} of ${bits} bits`);
      }
    }
  });

  it("grows with what it holds, and to a quarter more than its size at most", () => {
    const window = new SlidingWindow(15);
    window.push(Buffer.alloc(100));
    assert.ok((window.bytes?.buffer.byteLength ?? 0) <= 1024);
    for (let round = 0; round < 1000; round++) window.push(Buffer.alloc(997));
    assert.equal(window.bytes?.buffer.byteLength, 40_960);
  });
});
