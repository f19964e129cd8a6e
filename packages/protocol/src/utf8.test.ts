import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeUtf8, encodeUtf8 } from "./utf8.ts";

const TEXTS = ["", "a", "\x7f\x80", "\u07ff\u0800", "é€😀", "\uffff\u{10000}\u{10ffff}", "é€😀x".repeat(5000)];

test("text is encoded as the platform does it, and read back", () => {
  for (const text of TEXTS) {
    const bytes = encodeUtf8(text);
    assert.deepEqual(Buffer.from(bytes), Buffer.from(text));
    assert.equal(decodeUtf8(bytes), text);
  }
});

test("a surrogate without its partner becomes U+FFFD", () => {
  for (const text of ["\ud800", "a\udc00b", "\ud83d\ud83d\ude00", "\udc00\ud800"]) {
    assert.deepEqual(Buffer.from(encodeUtf8(text)), Buffer.from(text));
  }
});

const BROKEN: readonly (readonly number[])[] = [
  [0x80],
  [0xc3],
  [0xc3, 0x28],
  [0xe2, 0x82],
  [0xf0, 0x9f, 0x98],
  [0xc0, 0xaf],
  [0xe0, 0x80, 0xaf],
  [0xf0, 0x80, 0x80, 0xaf],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xf8, 0x88, 0x80, 0x80, 0x80],
  [0xff],
];

test("what is no UTF-8 is not read: truncated, overlong, surrogates, beyond U+10FFFF", () => {
  for (const bytes of BROKEN) {
    assert.equal(decodeUtf8(Uint8Array.from(bytes)), undefined, bytes.join());
    assert.equal(decodeUtf8(Uint8Array.from([97, ...bytes])), undefined, bytes.join());
    assert.equal(decodeUtf8(Uint8Array.from([...bytes, 97])), undefined, bytes.join());
  }
});

test("random bytes are judged as the platform judges them", () => {
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let state = 0x2545_f491;
  for (let round = 0; round < 5000; round++) {
    const bytes = Uint8Array.from({ length: 1 + (round % 6) }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
      return (state >>> 16) & (round % 2 === 0 ? 0xff : 0xbf);
    });
    let expected: string | undefined;
    try {
      expected = strict.decode(bytes);
    } catch {
      expected = undefined;
    }
    assert.equal(decodeUtf8(bytes), expected, String(bytes));
  }
});
