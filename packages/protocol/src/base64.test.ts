import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeBase64, encodeBase64 } from "./base64.ts";
import { failures } from "./failure-table.ts";

test("RFC 4648 §10: the test vectors", () => {
  const vectors = [
    ["", ""],
    ["f", "Zg=="],
    ["fo", "Zm8="],
    ["foo", "Zm9v"],
    ["foob", "Zm9vYg=="],
    ["fooba", "Zm9vYmE="],
    ["foobar", "Zm9vYmFy"],
  ] as const;
  for (const [text, base64] of vectors) {
    const bytes = new TextEncoder().encode(text);
    assert.equal(encodeBase64(bytes), base64);
    assert.deepEqual(decodeBase64(base64), bytes);
  }
});

test("every byte value at every place of a group", () => {
  for (let offset = 0; offset < 3; offset++) {
    const bytes = Uint8Array.from({ length: 256 + offset }, (_, index) => index - offset);
    const text = encodeBase64(bytes);
    assert.equal(text, Buffer.from(bytes).toString("base64"));
    assert.deepEqual(decodeBase64(text), bytes);
  }
});

test("sizes round a chunk, a group and a frame", () => {
  for (const size of [1, 2, 3, 4, 125, 126, 6143, 6144, 6145, 65_535, 65_536]) {
    const bytes = new Uint8Array(size).fill(size);
    const text = encodeBase64(bytes);
    assert.equal(text, Buffer.from(bytes).toString("base64"));
    assert.deepEqual(decodeBase64(text), bytes);
  }
});

test("a view is encoded from its own first byte", () => {
  assert.equal(encodeBase64(Uint8Array.of(9, 102, 111, 9).subarray(1, 3)), "Zm8=");
});

test("row 105: anything but canonical base64 is a failure", () => {
  const bad = [
    "!!!",
    "!!!!",
    "Zg",
    "Zg=",
    "Zg===",
    "Z===",
    "====",
    "=",
    "==",
    "Zg==Zg==",
    "Zm=v",
    "Z=9v",
    "=m9v",
    "Zm9v\n",
    " Zm9",
    "Zm-_",
    "Zmé=",
    "Zm9\u0100",
    "Zm9\u{1f600}",
    "Zm9vZ\u00e9==",
  ];
  for (const text of bad) assert.equal(decodeBase64(text), failures.invalid_base64, JSON.stringify(text));
});

test("row 105: leftover bits must be zero, so that one run of bytes has one text", () => {
  for (const text of ["Zh==", "Zv==", "Zm9=", "Zm+="]) assert.equal(decodeBase64(text), failures.invalid_base64, text);
});

test("a megabyte is no work", () => {
  const bytes = Uint8Array.from({ length: 1_000_000 }, (_, index) => (index * 7) & 255);
  const started = performance.now();
  const decoded = decodeBase64(encodeBase64(bytes));
  assert.ok(performance.now() - started < 1000);
  assert.ok(decoded instanceof Uint8Array);
  assert.ok(Buffer.from(bytes).equals(decoded));
});
