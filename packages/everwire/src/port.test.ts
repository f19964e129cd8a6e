import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePort } from "./port.ts";

test("a port is 0 to 65535 in decimal digits", () => {
  for (const [text, port] of [
    ["0", 0],
    ["80", 80],
    ["65535", 65_535],
  ] as const) {
    assert.equal(parsePort(text), port);
  }
  for (const text of ["", " ", "abc", "-1", "+80", "65536", "70000", "999999", "0x50", "8e1", "80.0", " 80", "80\n"]) {
    assert.equal(parsePort(text), undefined, JSON.stringify(text));
  }
});
