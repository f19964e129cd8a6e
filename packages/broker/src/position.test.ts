import assert from "node:assert/strict";
import { test } from "node:test";
import { formatPosition, parsePosition } from "./position.ts";

test("a position survives writing and reading", () => {
  for (const offset of [0, 1, 10, Number.MAX_SAFE_INTEGER]) {
    const position = { epoch: "aZ09_-", offset };
    assert.deepEqual(parsePosition(formatPosition(position)), position);
  }
});

test("every other spelling is refused", () => {
  const texts = [
    "",
    ":",
    "e",
    "e:",
    ":1",
    "e:-1",
    "e:+1",
    "e:01",
    "e:1.0",
    "e:1e3",
    " e:1",
    "e:1 ",
    "e:1\n",
    "e:9007199254740992",
  ];
  const long = [
    `${"e".repeat(65)}:1`,
    `e:${"1".repeat(10_000)}`,
    "é:1",
    "e:f:1",
    "e:１",
    "e:NaN",
    "e:Infinity",
    "e:0x1",
  ];
  for (const text of [...texts, ...long]) assert.equal(parsePosition(text), undefined, JSON.stringify(text));
});
