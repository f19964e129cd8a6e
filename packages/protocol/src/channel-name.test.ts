import assert from "node:assert/strict";
import { test } from "node:test";
import { isChannelName, isMessageId } from "./channel-name.ts";
import { formatChannelPosition, parseChannelPosition } from "./channel-position.ts";

test("row 221: a channel name is plain text, whatever it looks like", () => {
  const good = ["a", "room:lobby", "../x", "a*b", "a{1}", "$SYS", "__proto__", "é€😀", " ", "x".repeat(128), "שלום"];
  for (const name of good) assert.ok(isChannelName(name), name);
});

test("row 221: not text, empty, too long, control or direction characters, halves of pairs", () => {
  const bad = [
    "",
    "x".repeat(129),
    "a\0",
    "a\n",
    "\x7f",
    "\x9f",
    "\u200f",
    "\u202e",
    "\u2066",
    "\u061c",
    "\u2028",
    "\ud800",
    "a\udc00",
  ];
  for (const name of bad) assert.equal(isChannelName(name), false, JSON.stringify(name));
  for (const name of [undefined, null, 1, [], {}, ["a"], new String("a")]) assert.equal(isChannelName(name), false);
});

test("row 224: message ids", () => {
  for (const id of ["a", "Z", "0", "_", "-", "a".repeat(64)]) assert.ok(isMessageId(id), id);
  const bad = [
    "",
    "a".repeat(65),
    "a b",
    "a:b",
    "a.b",
    "é",
    "@",
    "[",
    "`",
    "{",
    "/",
    "\u0130",
    "a".repeat(1_000_000),
    1,
    null,
    ["a"],
  ];
  for (const id of bad) assert.equal(isMessageId(id), false, JSON.stringify(id).slice(0, 20));
});

test("a position is written and read as epoch:offset", () => {
  for (const position of [
    { epoch: "e", offset: 0 },
    { epoch: "A_-9", offset: Number.MAX_SAFE_INTEGER },
  ]) {
    assert.deepEqual(parseChannelPosition(formatChannelPosition(position)), position);
  }
});

test("row 217 and 218: what is no position", () => {
  const bad = [
    "",
    ":",
    "e",
    "e:",
    ":1",
    "e:-1",
    "e:1.5",
    "e:01",
    "e:+1",
    "e: 1",
    "e:1 ",
    "e:1e2",
    "e:9007199254740992",
    "e:18446744073709551616",
    "e:e:1",
    "é:1",
    `${"e".repeat(10_000)}:1`,
  ];
  for (const text of bad) assert.equal(parseChannelPosition(text), undefined, text.slice(0, 30));
});
