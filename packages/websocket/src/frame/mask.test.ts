import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { applyMask, NON_ASCII, rotateMask, viewOf } from "./mask.ts";
import { maskModule } from "./mask-module.ts";
import { readBuffer } from "./read-buffer.ts";

const KEY = [0x01, 0x92, 0xfe, 0x7f] as const;
const MASK = Buffer.from(KEY).readInt32LE();

function masked(bytes: Buffer): Buffer {
  return Buffer.from(bytes.map((byte, at) => byte ^ (KEY[at % 4] ?? 0)));
}

/** Round every length from which on bytes are masked in another way, and round the blocks and copies of each. */
const LENGTHS = [
  0, 1, 3, 4, 15, 16, 17, 47, 48, 49, 63, 64, 65, 130, 127, 128, 129, 143, 144, 145, 255, 256, 257, 511, 512, 513, 527,
  528, 529, 1000, 16_383, 16_384, 16_385, 16_399, 16_400, 40_000,
];

/** Where bytes can be. */
const ROOMS = new Map([
  ["of a buffer", Buffer.alloc(41_000)],
  ["of a buffer with a view", Buffer.alloc(41_000)],
  ["of the read buffer", readBuffer()],
]);

describe("mask", () => {
  for (const [where, room] of ROOMS) {
    const view = where === "of a buffer" ? undefined : viewOf(room);

    it(`masks bytes ${where} at every length and alignment, and nothing beside them`, () => {
      for (const length of LENGTHS) {
        const plain = Buffer.from(Array.from({ length }, (_, at) => (at * 31) & 255));
        const expected = masked(plain);
        for (let offset = 0; offset < 17; offset++) {
          room.fill(0x55);
          plain.copy(room, offset);
          applyMask(room, offset, offset + length, MASK, view);
          assert.ok(room.subarray(offset, offset + length).equals(expected), `${length} bytes at offset ${offset}`);
          const beside = [room.subarray(0, offset), room.subarray(offset + length, offset + length + 32)];
          assert.ok(
            Buffer.concat(beside).every((byte) => byte === 0x55),
            `beside ${length} bytes at offset ${offset}`,
          );
        }
      }
    });

    it(`says whether bytes ${where} are ASCII, wherever the one is that is not`, () => {
      for (const length of LENGTHS) {
        const ascii = Buffer.alloc(length, "a");
        masked(ascii).copy(room, 3);
        assert.equal(applyMask(room, 3, 3 + length, MASK, view) & NON_ASCII, 0);
        for (const at of new Set([0, 1, length >> 1, length - 16, length - 1])) {
          if (at < 0 || at >= length) continue;
          const other = Buffer.from(ascii);
          other[at] = 0x80;
          masked(other).copy(room, 3);
          assert.notEqual(applyMask(room, 3, 3 + length, MASK, view) & NON_ASCII, 0, `byte ${at} of ${length}`);
        }
      }
    });
  }

  it("masks the same where there is no WebAssembly", {
    skip: maskModule() === undefined && "there is none here",
  }, () => {
    const run = spawnSync(process.execPath, ["--jitless", import.meta.filename], { encoding: "utf8" });
    assert.equal(run.status, 0, run.stdout);
    assert.match(run.stdout, /there is none here/);
  });

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
