import assert from "node:assert/strict";
import { test } from "node:test";
import { charactersLeft, oversizeSentence, textProblem, tidyText } from "./message-text.ts";

test("a text is sent with one kind of line end and nothing round it", () => {
  assert.equal(tidyText("\r\n  a\r\n b\rc \n\n"), "a\n b\nc");
});

test("empty and oversized texts are held back", () => {
  assert.equal(textProblem(" \n\t"), "text_empty");
  assert.equal(textProblem("x".repeat(4000)), undefined);
  assert.equal(textProblem("x".repeat(4001)), "text_too_long");
  assert.equal(textProblem("🙂".repeat(4000)), undefined, "characters, not code units");
});

test("the counter appears near the limit", () => {
  assert.equal(charactersLeft("x".repeat(3599)), undefined);
  assert.equal(charactersLeft("x".repeat(3600)), 400);
  assert.equal(charactersLeft("x".repeat(4010)), -10);
});

test("the sentence about a huge text has its size", () => {
  assert.match(oversizeSentence(1_048_576), /1,048,576 characters.*4,000/);
});
