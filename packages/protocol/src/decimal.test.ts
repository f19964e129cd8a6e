import assert from "node:assert/strict";
import { test } from "node:test";
import { decimalEnd, decimalValue } from "./decimal.ts";

test("digits are read up to the first other character", () => {
  assert.equal(decimalEnd("x123y", 1), 4);
  assert.equal(decimalEnd("123", 0), 3);
  assert.equal(decimalEnd("", 0), 0);
  assert.equal(decimalEnd("-1", 0), 0);
  assert.equal(decimalEnd("٣", 0), 0);
});

test("a run of any length costs seventeen looks", () => {
  assert.equal(decimalEnd("9".repeat(1_000_000), 0), 17);
});

test("values are safe integers without sign, blank or leading zero", () => {
  const value = (text: string): number => decimalValue(text, 0, text.length);
  assert.equal(value("0"), 0);
  assert.equal(value("42"), 42);
  assert.equal(value("9007199254740991"), Number.MAX_SAFE_INTEGER);
  for (const bad of ["", "00", "01", "9007199254740992", "9999999999999999", "12345678901234567"]) {
    assert.equal(value(bad), -1, bad);
  }
});
