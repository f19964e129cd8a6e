import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PreparedMessage } from "./prepared-message.ts";

const INVALID = Buffer.from([0x61, 0xc3, 0x28]);

describe("a prepared message", () => {
  it("of bytes as text must be UTF-8, as its receivers would all have to fail", () => {
    assert.throws(() => new PreparedMessage(INVALID, { binary: false }), TypeError);
    assert.throws(() => new PreparedMessage(Buffer.from("é").subarray(0, 1), { binary: false }), TypeError);
    assert.deepEqual(
      new PreparedMessage(Buffer.from("é"), { binary: false }).frame,
      Buffer.from([0x81, 2, 0xc3, 0xa9]),
    );
  });

  it("of bytes as bytes may hold anything", () => {
    assert.deepEqual(new PreparedMessage(INVALID).frame, Buffer.from([0x82, 3, ...INVALID]));
    assert.deepEqual(new PreparedMessage("x", { binary: true }).frame, Buffer.from([0x82, 1, 0x78]));
  });

  it("of text with half a surrogate pair is UTF-8 all the same", () => {
    assert.deepEqual(new PreparedMessage("\ud800").payload, Buffer.from([0xef, 0xbf, 0xbd]));
  });
});
