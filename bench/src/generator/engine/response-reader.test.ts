import assert from "node:assert/strict";
import { test } from "node:test";
import { ResponseReader } from "./response-reader.ts";

const OK = "HTTP/1.1 200 OK\r\n";

const responses = [
  { text: `${OK}Content-Length: 5\r\n\r\nhello`, code: 200, body: "hello" },
  { text: "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n", code: 400, body: "" },
  { text: `${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n10\r\n${"x".repeat(16)}\r\n0\r\n\r\n`, code: 200 },
  { text: `${OK}Content-Length: 2\r\n\r\nok`, code: 200, body: "ok" },
].map(({ body = `abc${"x".repeat(16)}`, ...rest }) => ({ ...rest, body }));

function readInPieces(text: string, length: number): { code: number; body: string }[] {
  const found: { code: number; body: string }[] = [];
  let current = { code: 0, body: "" };
  const reader = new ResponseReader({
    status: (code) => {
      current = { code, body: "" };
    },
    body: (piece) => {
      current.body += piece;
    },
    end: () => found.push(current),
  });
  for (let at = 0; at < text.length; at += length) reader.push(text.slice(at, at + length));
  return found;
}

test("responses of both kinds are read one after the other, whatever the pieces they come in", () => {
  const text = responses.map((response) => response.text).join("");
  const expected = responses.map(({ code, body }) => ({ code, body }));
  for (const length of [1, 2, 3, 7, 40, text.length]) assert.deepEqual(readInPieces(text, length), expected);
});

test("a chunked response that goes on hands out what has come", () => {
  const pieces: string[] = [];
  const reader = new ResponseReader({
    status: () => {},
    body: (piece) => pieces.push(piece),
    end: () => assert.fail("it has not ended"),
  });
  reader.push(`${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`);
  reader.push("2\r\nde\r\n");
  assert.deepEqual(pieces, ["abc", "de"]);
});

test("a response without an end of its own is refused", () => {
  const reader = new ResponseReader({ status: () => {}, body: () => {}, end: () => {} });
  assert.throws(() => reader.push(`${OK}Connection: close\r\n\r\n`), /neither length nor chunks/);
});
