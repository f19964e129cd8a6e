import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveOptions } from "./client-options.ts";

test("the path has one slash at each end", () => {
  for (const path of ["x", "/x", "x/", "/x/", "//x//"]) assert.equal(resolveOptions({ path }).path, "/x/");
  assert.equal(resolveOptions({ path: "/" }).path, "/");
  assert.equal(resolveOptions({}).path, "/socket.io/");
});

test("the path has no slash at its end where none is wanted", () => {
  for (const path of ["/x", "x/"]) assert.equal(resolveOptions({ path, addTrailingSlash: false }).path, "/x");
  assert.equal(resolveOptions({ path: "/", addTrailingSlash: false }).path, "/");
});

test("a POST has as long as an opening, unless something else is said", () => {
  assert.equal(resolveOptions({ timeout: 7 }).requestTimeout, 7);
  assert.equal(resolveOptions({ timeout: 7, requestTimeout: 8 }).requestTimeout, 8);
});

test("an option given as undefined has its default", () => {
  // Callers without exactOptionalPropertyTypes can do this.
  const options = JSON.parse("{}");
  options.timeout = undefined;
  assert.equal(resolveOptions(options).timeout, 20_000);
});

test("no transport at all is refused", () => {
  assert.throws(() => resolveOptions({ transports: [] }), TypeError);
});
