import assert from "node:assert/strict";
import { test } from "node:test";
import { linkify } from "./link.ts";

/** The texts of a message's links. */
const links = (text: string): string[] => linkify(text).flatMap((part) => (part.href === undefined ? [] : [part.text]));

test("only http and https addresses become links", () => {
  const cases: [string, string[]][] = [
    ["see https://example.org/a?b=c#d now", ["https://example.org/a?b=c#d"]],
    ["HTTP://EXAMPLE.ORG", ["HTTP://EXAMPLE.ORG"]],
    ["http://a.example http://b.example", ["http://a.example", "http://b.example"]],
    ["javascript:alert(1) data:text/html,x ftp://a.example mailto:a@b.example", []],
    ["xhttp://a.example and https:// and http://", []],
    ["<https://a.example/x>", ["https://a.example/x"]],
    ['<a href="https://a.example/">', ["https://a.example/"]],
    ["https://bank.example@evil.example/", []],
    ["https://user:pass@a.example/", []],
    ["日本語 https://例え.example/道 です", ["https://例え.example/道"]],
  ];
  for (const [text, expected] of cases) assert.deepEqual(links(text), expected, text);
});

test("the punctuation of the sentence stays outside", () => {
  const cases: [string, string[]][] = [
    ["(see https://a.example/b).", ["https://a.example/b"]],
    ["https://a.example/b_(c)", ["https://a.example/b_(c)"]],
    ["(https://a.example/b_(c))", ["https://a.example/b_(c)"]],
    ["[https://a.example/[1]]", ["https://a.example/[1]"]],
    ["https://a.example, https://b.example!", ["https://a.example", "https://b.example"]],
    ["really? https://a.example/?!", ["https://a.example/"]],
    ["*https://a.example/*", ["https://a.example/"]],
  ];
  for (const [text, expected] of cases) assert.deepEqual(links(text), expected, text);
});

test("the parts together are the text", () => {
  for (const text of ["", "plain", "https://a.example", "a https://a.example. b https://x@y c", "http://)))"]) {
    assert.equal(
      linkify(text)
        .map((part) => part.text)
        .join(""),
      text,
    );
  }
});

test("hostile texts of a megabyte take linear time", () => {
  const size = 1_000_000;
  const texts = ["http://", "https://a.example/(", "http://a.example/))))", ".", "http:// "].map((piece) =>
    piece.repeat(Math.ceil(size / piece.length)),
  );
  texts.push(`http://a.example/${")".repeat(size)}`, `http://a.example/${"(".repeat(size)}`);
  const start = performance.now();
  for (const text of texts) linkify(text);
  assert.ok(performance.now() - start < 5000, "seven megabytes within five seconds");
});
