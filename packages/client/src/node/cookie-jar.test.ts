import assert from "node:assert/strict";
import { test } from "node:test";
import { CookieJar } from "./cookie-jar.ts";

test("cookies are replaced by name, removed by max-age and sent together", () => {
  const jar = new CookieJar();
  assert.equal(jar.header, undefined);
  jar.take(["io=abc; Path=/; HttpOnly", "lb=1", "=x", "nonsense"]);
  assert.equal(jar.header, "io=abc; lb=1");
  jar.take(["io=def", "lb=; Max-Age=0"]);
  assert.equal(jar.header, "io=def");
});

test("a server cannot fill the memory with cookies", () => {
  const jar = new CookieJar();
  jar.take(Array.from({ length: 1_000 }, (_, i) => `c${i}=1`));
  assert.equal(jar.header?.split("; ").length, 64);
  assert.ok(jar.header.endsWith("c999=1"));
});
