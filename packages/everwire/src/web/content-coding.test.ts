import assert from "node:assert/strict";
import { test } from "node:test";
import { CONTENT_CODINGS, chooseCoding } from "./content-coding.ts";

test("the best coding that the request names is taken", () => {
  const rows: [string | undefined, string][] = [
    ["gzip, deflate, br, zstd", "br"],
    ["gzip", "gzip"],
    ["GZIP;q=0.5", "gzip"],
    ["br;q=0, gzip;q=1.0", "gzip"],
    ["br;q=0.000", "identity"],
    ["br;q=0.001", "br"],
    ["*", "identity"],
    ["identity", "identity"],
    ["", "identity"],
    [undefined, "identity"],
    ["__proto__, constructor", "identity"],
    [`${"x,".repeat(5000)}br`, "identity"],
  ];
  for (const [header, expected] of rows) assert.equal(chooseCoding(header, CONTENT_CODINGS), expected, header);
});

test("only what is kept can be chosen", () => {
  assert.equal(chooseCoding("br, gzip", ["gzip", "identity"]), "gzip");
  assert.equal(chooseCoding("br, gzip", ["identity"]), "identity");
});
