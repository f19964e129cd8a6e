import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HttpHead, readHead, type Side } from "./http-head.ts";

function read(side: Side, text: string) {
  return readHead(side, Buffer.from(text, "latin1"));
}

describe("a head", () => {
  const TEXT = "POST /a?b HTTP/1.1\r\nHost: x\r\nUpgrade : websocket\r\nX-A: 1\r\n 2\r\nx-a: 3\r\n\r\n";

  it("is read whole, and what follows is left", () => {
    const result = read("request", `${TEXT}body`);
    assert.ok(typeof result === "object");
    assert.equal(result.rest.toString(), "body");
    assert.equal(result.head.method, "POST");
    assert.equal(result.head.field("host"), "x");
    assert.equal(result.head.field("upgrade"), "websocket");
    assert.equal(result.head.field("x-a"), "1\r\n 2, 3");
    assert.equal(result.head.bytes.toString("latin1"), TEXT);
  });

  it("is recognised however few of its bytes are there", () => {
    for (let length = 1; length < TEXT.length; length++) assert.equal(read("request", TEXT.slice(0, length)), "more");
    const response = "HTTP/1.1 200 OK\r\na: b\r\n\r\n";
    for (let length = 1; length < response.length; length++) {
      assert.equal(read("response", response.slice(0, length)), "more");
    }
  });

  it("may end its lines with LF alone and be preceded by empty lines", () => {
    const result = read("request", "\r\n\r\nGET / HTTP/1.0\nA: b\n\n");
    assert.ok(typeof result === "object");
    assert.equal(result.head.field("a"), "b");
    assert.equal(read("request", "\r\n"), "more");
  });

  it("changes without a mark where nothing was changed", () => {
    const head = new HttpHead("HTTP/1.1 200 OK", ["A: 1", "b: 2", "A: 3"]);
    assert.equal(head.status, 200);
    assert.equal(head.without(new Set(["a"])).bytes.toString(), "HTTP/1.1 200 OK\r\nb: 2\r\n\r\n");
    assert.equal(head.with("a", "9").bytes.toString(), "HTTP/1.1 200 OK\r\nb: 2\r\na: 9\r\n\r\n");
  });

  const OTHER: [Side, string, string][] = [
    ["request", "TLS", "\x16\x03\x01\x02\x00"],
    ["request", "MQTT", "\x10\x1d\x00\x04MQTT"],
    ["request", "Redis", "*1\r\n$4\r\nPING\r\n"],
    ["request", "a command in a line", "PING\r\n"],
    ["request", "HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["request", "a token without an end", "A".repeat(33)],
    ["request", "a head without an end", `GET / HTTP/1.1\r\nA: ${"b".repeat(40_000)}`],
    ["response", "a greeting", "220 mail.example ESMTP\r\n"],
    ["response", "a status that is none", "HTTP/1.1 abc\r\n\r\n"],
  ];
  for (const [side, what, text] of OTHER) {
    it(`is not ${what}`, () => assert.equal(read(side, text), "not-http"));
  }
});
