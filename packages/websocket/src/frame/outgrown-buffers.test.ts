import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { keepBuffer, roomFor, takeBuffer } from "./outgrown-buffers.ts";

describe("outgrown buffers", () => {
  it("have room for more than was asked for, and at most twice as much", () => {
    for (const length of [1, 100, 32_767, 32_768, 65_535, 65_536, 65_537, 100_000, 1_000_000, 2 ** 29]) {
      const room = roomFor(length);
      assert.ok(room > length && room <= length * 2, `${room} for ${length}`);
    }
  });

  it("are used again, each by one, and only the sizes that come often", () => {
    const outgrown = Buffer.alloc(131_072);
    keepBuffer(outgrown);
    assert.equal(takeBuffer(131_072), outgrown);
    assert.notEqual(takeBuffer(131_072), outgrown);
    for (const size of [4096, 100_000, 1 << 20]) {
      const other = Buffer.alloc(size);
      keepBuffer(other);
      assert.notEqual(takeBuffer(size), other);
    }
  });

  it("are kept in a small number", () => {
    const many: Buffer[] = Array.from({ length: 10 }, () => Buffer.alloc(65_536));
    for (const buffer of many) keepBuffer(buffer);
    const again = many.map(() => takeBuffer(65_536)).filter((buffer) => many.includes(buffer));
    assert.equal(again.length, 4);
  });
});
