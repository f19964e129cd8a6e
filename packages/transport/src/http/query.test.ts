import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TransportFailure } from "../failures.ts";
import { type ParsedQuery, parseQuery, pathOf } from "./query.ts";

function parsed(target: string): ParsedQuery {
  const query = parseQuery(target);
  assert.ok(!(query instanceof TransportFailure), target);
  return query;
}

function refusal(target: string): string {
  const query = parseQuery(target);
  assert.ok(query instanceof TransportFailure, target);
  return query.reason;
}

describe("the query of a request", () => {
  it("is read into a map, names and values decoded", () => {
    const { parameters } = parsed("/p/?EIO=4&a%20b=%C3%A9+x&empty&=nameless&");
    assert.deepEqual(
      [...parameters],
      [
        ["EIO", "4"],
        ["a b", "é x"],
        ["empty", ""],
        ["", "nameless"],
      ],
    );
  });

  it("has no nesting and no name that means something to JavaScript (130)", () => {
    const { parameters } = parsed("/?a[b][c]=1&__proto__=x&constructor=y&a[]=2");
    assert.deepEqual([...parameters.keys()], ["a[b][c]", "__proto__", "constructor", "a[]"]);
  });

  it("keeps the first of several values and says which names came twice", () => {
    const { parameters, repeated } = parsed("/?sid=a&sid=b&x=1&sid=c");
    assert.equal(parameters.get("sid"), "a");
    assert.deepEqual([...repeated], ["sid"]);
  });

  it("takes a thousand parameters and refuses more than 8 KB (130)", () => {
    const many = Array.from({ length: 1000 }, (_, index) => `p${index}=1`).join("&");
    assert.equal(parsed(`/?${many}`).parameters.size, 1000);
    assert.equal(refusal(`/?x=${"a".repeat(8191)}`), "query_too_long");
  });

  it("is refused for a broken escape in a name or a value (130)", () => {
    for (const target of ["/?a=%", "/?a=%zz", "/?%E0%A4%A=1", "/?a=%C3%28"])
      assert.equal(refusal(target), "invalid_query");
  });

  it("is not part of the path", () => {
    assert.equal(pathOf("/engine.io/?a=/b?c"), "/engine.io/");
    assert.equal(pathOf("/engine.io/"), "/engine.io/");
    assert.equal(parsed("/engine.io/").parameters.size, 0);
  });
});
