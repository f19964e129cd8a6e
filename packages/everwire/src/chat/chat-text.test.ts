import assert from "node:assert/strict";
import { test } from "node:test";
import { ChatFailure } from "../failures.ts";
import { parseChatText } from "./chat-text.ts";

function read(value: unknown): string {
  const text = parseChatText(value);
  return text instanceof ChatFailure ? text.code : text;
}

test("texts are kept as written, markup included", () => {
  const rows: [string, string][] = [
    ["hello", "hello"],
    ["\n  hello \n\n", "hello"],
    ["a\nb\tc", "a\nb\tc"],
    ["a\r\nb", "a\nb"],
    ["<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"],
    ["javascript:alert(1)", "javascript:alert(1)"],
    ["x".repeat(4000), "x".repeat(4000)],
    ["😀".repeat(4000), "😀".repeat(4000)],
    [` ${"x".repeat(4000)} `, "x".repeat(4000)],
  ];
  for (const [value, expected] of rows) assert.equal(read(value), expected);
});

test("texts that are empty, too long or broken are refused with a code", () => {
  const rows: [unknown, string][] = [
    ["", "text_empty"],
    [" \n \n", "text_empty"],
    ["x".repeat(4001), "text_too_long"],
    ["😀".repeat(4001), "text_too_long"],
    ["x".repeat(1_000_000), "text_too_long"],
    ["a\u0000", "text_invalid"],
    ["a\u001b[31m", "text_invalid"],
    ["a\rb", "text_invalid"],
    ["a\u009b", "text_invalid"],
    ["a\ud800b", "text_invalid"],
    [undefined, "text_invalid"],
    [["hello"], "text_invalid"],
    [1, "text_invalid"],
  ];
  for (const [value, code] of rows) assert.equal(read(value), code);
});

test("a long run of spaces inside a text takes linear time", () => {
  const text = `a${" ".repeat(3900)}b`;
  const started = performance.now();
  for (let round = 0; round < 100; round += 1) assert.equal(read(text), text);
  assert.ok(performance.now() - started < 500);
});
