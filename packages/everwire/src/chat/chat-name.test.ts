import assert from "node:assert/strict";
import { test } from "node:test";
import { ChatFailure } from "../failures.ts";
import { parseChatName } from "./chat-name.ts";

function shown(value: unknown): string {
  const name = parseChatName(value);
  return name instanceof ChatFailure ? name.code : name.shown;
}

function key(value: string): string {
  const name = parseChatName(value);
  return name instanceof ChatFailure ? name.code : name.key;
}

test("names are normalised, trimmed and kept as text", () => {
  const rows: [unknown, string][] = [
    ["Ada", "Ada"],
    ["  Ada   Lovelace \n", "Ada Lovelace"],
    ["Ａｄａ", "Ada"],
    ["__proto__", "__proto__"],
    ["<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"],
    ["👩‍👩‍👧", "👩‍👩‍👧"],
    ["😀".repeat(32), "😀".repeat(32)],
    ["می‌خواهم", "می‌خواهم"],
  ];
  for (const [value, expected] of rows) assert.equal(shown(value), expected);
});

test("names that are empty, too long or deceptive are refused with a code", () => {
  const rows: [unknown, string][] = [
    ["", "name_empty"],
    [" \t\n ", "name_empty"],
    ["\u00a0\u3000", "name_empty"],
    ["\u200d", "name_empty"],
    ["\u0301", "name_empty"],
    ["a".repeat(33), "name_too_long"],
    ["😀".repeat(33), "name_too_long"],
    ["a".repeat(10_000), "name_too_long"],
    ["a\u0000b", "name_invalid"],
    ["a\tb", "name_invalid"],
    ["a\u007fb", "name_invalid"],
    ["a\u0085b", "name_invalid"],
    ["a\u202eb", "name_invalid"],
    ["a\u2066b", "name_invalid"],
    ["a\u200bb", "name_invalid"],
    ["a\u2028b", "name_invalid"],
    ["\u3164", "name_invalid"],
    ["a\ud800", "name_invalid"],
    [undefined, "name_invalid"],
    [null, "name_invalid"],
    [7, "name_invalid"],
    [{ toString: () => "Ada" }, "name_invalid"],
  ];
  for (const [value, code] of rows) assert.equal(shown(value), code, JSON.stringify(value));
});

test("names that differ by case or form only have one key", () => {
  for (const other of ["ADA", "ada", "Ａda", " Ada ", "A\u200dda"]) assert.equal(key(other), key("Ada"));
  assert.equal(key("straße"), key("STRASSE"));
  assert.equal(key("ΟΔΟΣ"), key("οδος"));
  assert.notEqual(key("Ada"), key("Eda"));
});
