import assert from "node:assert/strict";
import { test } from "node:test";
import { NAME_LEASE, NameRegistry } from "./name-registry.ts";

test("a name belongs to its owner while a connection is open and for a lease afterwards", () => {
  const names = new NameRegistry();
  assert.ok(names.hold("ADA", "a", 0));
  assert.ok(!names.claim("ADA", "b", 1_000_000), "held, however long");
  names.release("ADA", "a", 1_000_000);
  assert.ok(!names.claim("ADA", "b", 1_000_000 + NAME_LEASE - 1));
  assert.ok(names.claim("ADA", "b", 1_000_000 + NAME_LEASE));
  assert.ok(!names.claim("ADA", "a", 1_000_000 + NAME_LEASE + 1));
});

test("the owner comes back within the lease", () => {
  const names = new NameRegistry();
  names.hold("ADA", "a", 0);
  names.release("ADA", "a", 10);
  assert.ok(names.hold("ADA", "a", 20));
  assert.ok(!names.claim("ADA", "b", 10 + 2 * NAME_LEASE));
});

test("of several connections the last one to close starts the lease", () => {
  const names = new NameRegistry();
  names.hold("ADA", "a", 0);
  names.hold("ADA", "a", 0);
  names.release("ADA", "a", 0);
  assert.ok(!names.claim("ADA", "b", 5 * NAME_LEASE));
  names.release("ADA", "a", 5 * NAME_LEASE);
  assert.ok(names.claim("ADA", "b", 6 * NAME_LEASE));
});

test("a claim that no connection follows expires", () => {
  const names = new NameRegistry();
  assert.ok(names.claim("ADA", "a", 0));
  assert.ok(!names.claim("ADA", "b", NAME_LEASE - 1));
  assert.ok(names.hold("ADA", "b", NAME_LEASE));
  assert.ok(!names.hold("ADA", "a", NAME_LEASE), "the first claimant is told when it comes late");
});

test("a release that does not belong changes nothing", () => {
  const names = new NameRegistry();
  names.hold("ADA", "a", 0);
  names.release("ADA", "b", 0);
  names.release("EVE", "a", 0);
  assert.ok(!names.claim("ADA", "b", 2 * NAME_LEASE));
});

test("names of Object.prototype are names", () => {
  const names = new NameRegistry();
  assert.ok(names.hold("__proto__", "a", 0));
  assert.ok(names.hold("constructor", "b", 0));
  assert.ok(!names.claim("__proto__", "b", 0));
});

test("expired names take no memory", () => {
  const names = new NameRegistry();
  for (let index = 0; index < 1000; index += 1) names.claim(`NAME ${index}`, "a", 0);
  assert.equal(names.size, 1000);
  names.claim("LATER", "a", NAME_LEASE);
  assert.equal(names.size, 1);
});
