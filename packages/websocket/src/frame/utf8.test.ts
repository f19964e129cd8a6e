import assert from "node:assert/strict";
import { isUtf8 } from "node:buffer";
import { describe, it } from "node:test";
import { seeded } from "../raw-peer.test.ts";
import { decodeText, Utf8Validator } from "./utf8.ts";

function validInPieces(bytes: Buffer, random: () => number): boolean {
  const validator = new Utf8Validator();
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + 1 + Math.floor(random() * 40));
    if (!validator.push(bytes, at, end)) return false;
    at = end;
  }
  return validator.complete;
}

const SAMPLES = [
  "plain ascii ",
  "é",
  "€",
  "\ud7ff",
  "\ue000",
  "\uffff",
  "😀",
  "\u{10ffff}",
  "\u0080",
  "\u0800",
  "\u{10000}",
];

describe("utf8", () => {
  it("judges every sequence of two bytes, and each of them followed by two more, as node:buffer does", () => {
    const sample = Buffer.alloc(4);
    for (let pair = 0; pair < 65536; pair++) {
      sample.writeUInt16BE(pair);
      for (const rest of [0x8080, 0xbfbf, 0x4180]) {
        sample.writeUInt16BE(rest, 2);
        for (const length of [2, 3, 4]) {
          const validator = new Utf8Validator();
          const bytes = sample.subarray(0, length);
          assert.equal(validator.push(bytes, 0, length) && validator.complete, isUtf8(bytes), bytes.toString("hex"));
        }
      }
    }
  });

  it("agrees with node:buffer on random text, whole and damaged, cut anywhere", () => {
    const random = seeded(8);
    for (let run = 0; run < 4000; run++) {
      const parts = Array.from({ length: 1 + random() * 60 }, () => SAMPLES[Math.floor(random() * SAMPLES.length)]);
      const bytes = Buffer.from(parts.join(""));
      if (run % 2 === 1) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      assert.equal(validInPieces(bytes, random), isUtf8(bytes), bytes.toString("hex"));
    }
  });

  for (const [name, hex] of [
    ["an overlong slash", "c0"],
    ["an overlong form of three bytes", "e080"],
    ["an overlong form of four bytes", "f080"],
    ["a surrogate", "eda0"],
    ["a code point above U+10FFFF", "f490"],
    ["a continuation at the start", "80"],
    ["an impossible byte", "f5"],
  ] as const) {
    it(`fails on ${name} as soon as it shows`, () => {
      const wrong = Buffer.from(hex, "hex");
      for (const before of ["", "x".repeat(100)]) {
        const bytes = Buffer.concat([Buffer.from(before), wrong]);
        assert.equal(new Utf8Validator().push(bytes, 0, bytes.length), false);
        const short = new Utf8Validator();
        assert.equal(short.push(bytes, 0, bytes.length - 1), true);
      }
    });
  }

  it("keeps a byte order mark and refuses what is no text", () => {
    const bytes = Buffer.from("\ufeffx");
    assert.equal(decodeText(bytes, 0, bytes.length, false), "\ufeffx");
    assert.equal(decodeText(Buffer.from([0x61, 0xff]), 0, 2, false), undefined);
    assert.equal(decodeText(Buffer.from([0x61, 0xff]), 0, 1, false), "a");
  });
});
