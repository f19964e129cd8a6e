import assert from "node:assert/strict";
import { test } from "node:test";
import { isNamespace } from "./namespace.ts";

test("a name is a slash and then nearly anything", () => {
  const good = [
    "/",
    "/chat",
    "/a/b",
    "/é€😀",
    "/__proto__",
    "/?token=1",
    "/%20",
    "/%2",
    "/100%",
    `/${"x".repeat(255)}`,
  ];
  for (const name of good) assert.ok(isNamespace(name), name);
});

test("row 135: too long, control characters, an encoded slash, a comma", () => {
  const bad = ["", "chat", " /", "/a,b", "/\n", "/\x00", "/\x7f", "/\x85", "/a%2Fb", "/a%2fb", `/${"x".repeat(256)}`];
  for (const name of bad) assert.equal(isNamespace(name), false, JSON.stringify(name));
});
