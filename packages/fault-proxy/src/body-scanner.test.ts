import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BodyScanner, type Framing, requestFraming, responseFraming } from "./body-scanner.ts";
import { HttpHead } from "./http-head.ts";
import { SeededRandom } from "./seeded-random.ts";

/** Feeds the bytes cut at these places; gives the data, whether all bytes came through, the rest and the end. */
function scan(framing: Framing, bytes: Buffer, cuts: readonly number[]) {
  const scanner = new BodyScanner(framing);
  const data: Buffer[] = [];
  const all: Buffer[] = [];
  let rest = Buffer.alloc(0);
  const edges = [0, ...cuts, bytes.length];
  for (let at = 1; at < edges.length; at++) {
    const result = scanner.push(bytes.subarray(edges[at - 1], edges[at]));
    for (const piece of result.pieces) {
      all.push(piece.bytes);
      if (piece.data) data.push(piece.bytes);
    }
    rest = Buffer.concat([rest, result.rest]);
  }
  assert.equal(Buffer.concat([...all, rest]).compare(bytes), 0, "every byte comes through once, in order");
  return { data: Buffer.concat(data), rest: rest.toString("latin1"), state: scanner.state };
}

function chunked(sizes: readonly number[]): { wire: Buffer; data: Buffer } {
  const data = Buffer.alloc(
    sizes.reduce((sum, size) => sum + size, 0),
    "0\r\n",
  );
  let at = 0;
  const parts = sizes.flatMap((size) => {
    at += size;
    return [
      Buffer.from(`${size.toString(16).toUpperCase()};x=y\r\n`),
      data.subarray(at - size, at),
      Buffer.from("\r\n"),
    ];
  });
  return { wire: Buffer.concat([...parts, Buffer.from("0\r\nTrailer: 1\r\n\r\nNEXT")]), data };
}

describe("a body", () => {
  for (const sizes of [[], [1], [125, 126], [65_535], [65_536, 3]]) {
    it(`in chunks of ${sizes.join(", ") || "nothing"} is found whole, byte by byte and at random splits`, () => {
      const { wire, data } = chunked(sizes);
      const random = new SeededRandom(sizes.join());
      const splits = [[], Array.from({ length: Math.min(wire.length - 1, 5000) }, (_, at) => at + 1)];
      for (let round = 0; round < 20; round++) {
        splits.push(Array.from({ length: 9 }, () => random.below(wire.length)).sort((a, b) => a - b));
      }
      for (const cuts of splits) {
        const found = scan({ kind: "chunked" }, wire, cuts);
        assert.equal(found.data.compare(data), 0);
        assert.deepEqual([found.rest, found.state], ["NEXT", "done"]);
      }
    });
  }

  it("of a length ends there, and one until the close never", () => {
    assert.deepEqual(scan({ kind: "length", length: 3 }, Buffer.from("abcdef"), [1]), {
      data: Buffer.from("abc"),
      rest: "def",
      state: "done",
    });
    assert.equal(scan({ kind: "until-close" }, Buffer.from("abcdef"), []).state, "body");
    assert.equal(new BodyScanner({ kind: "none" }).state, "done");
  });

  for (const wire of ["xyz\r\n", "-1\r\n", "\r\n", "1fffffffffffff\r\n", `1;${"a".repeat(9000)}`]) {
    it(`is malformed when a chunk begins with ${JSON.stringify(wire.slice(0, 16))}`, () => {
      assert.equal(scan({ kind: "chunked" }, Buffer.from(wire), []).state, "malformed");
    });
  }
});

describe("the length of a body", () => {
  const head = (start: string, ...lines: string[]): HttpHead => new HttpHead(start, lines);
  it("of a request is declared or nothing", () => {
    assert.deepEqual(requestFraming(head("GET / HTTP/1.1")), { kind: "none" });
    assert.deepEqual(requestFraming(head("POST / HTTP/1.1", "Content-Length: 12")), { kind: "length", length: 12 });
    const both = head("POST / HTTP/1.1", "Content-Length: 12", "Transfer-Encoding: gzip, chunked");
    assert.deepEqual(requestFraming(both), { kind: "chunked" });
  });

  it("of a response depends on the status and on what was asked", () => {
    const long = head("HTTP/1.1 200 OK", "content-length: 5");
    assert.deepEqual(responseFraming(long, "GET"), { kind: "length", length: 5 });
    assert.deepEqual(responseFraming(long, "HEAD"), { kind: "none" });
    assert.deepEqual(responseFraming(head("HTTP/1.1 304 X", "content-length: 5"), "GET"), { kind: "none" });
    assert.deepEqual(responseFraming(head("HTTP/1.0 200 OK"), "GET"), { kind: "until-close" });
  });
});
