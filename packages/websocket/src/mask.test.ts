import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { applyMask, NON_ASCII, rotateMask, wordsOf } from "./mask.ts";

const KEY = [0x01, 0x92, 0xfe, 0x7f] as const;
const MASK = Buffer.from(KEY).readInt32LE();

function masked(bytes: Buffer): Buffer {
  return Buffer.from(bytes.map((byte, at) => byte ^ (KEY[at % 4] ?? 0)));
}

describe("mask", () => {
  for (const length of [0, 1, 3, 4, 47, 48, 49, 63, 64, 65, 130, 1000]) {
    it(`masks ${length} bytes at every alignment, and nothing beside them`, () => {
      const plain = Buffer.from(Array.from({ length }, (_, at) => (at * 31) & 255));
      for (let offset = 0; offset < 8; offset++) {
        const room = Buffer.alloc(offset + length + 5, 0x55);
        plain.copy(room, offset);
        applyMask(room, offset, offset + length, MASK, offset % 2 === 0 ? wordsOf(room) : undefined);
        const expected = Buffer.concat([Buffer.alloc(offset, 0x55), masked(plain), Buffer.alloc(5, 0x55)]);
        assert.ok(room.equals(expected), `at offset ${offset}`);
      }
    });

    it(`says whether ${length} bytes are ASCII`, () => {
      const bytes = masked(Buffer.alloc(length, "a"));
      assert.equal(applyMask(bytes, 0, length, MASK) & NON_ASCII, 0);
      for (const at of new Set([0, length >> 1, length - 1])) {
        if (at < 0 || at >= length) continue;
        const other = Buffer.alloc(length, "a");
        other[at] = 0x80;
        assert.notEqual(applyMask(masked(other), 0, length, MASK) & NON_ASCII, 0);
      }
    });
  }

  it("rotates by any number of bytes", () => {
    const turned = Buffer.alloc(4);
    for (let count = 0; count < 9; count++) {
      turned.writeInt32LE(rotateMask(MASK, count));
      assert.deepEqual(
        [...turned],
        [0, 1, 2, 3].map((at) => KEY[(at + count) % 4]),
      );
    }
  });
});
