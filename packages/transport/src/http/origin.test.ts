import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OriginRule } from "./origin.ts";

const HERE = { host: "good.example", secure: false };

describe("the origin rule", () => {
  it("same-origin means scheme, host and port", () => {
    const rule = new OriginRule("same-origin");
    assert.equal(rule.allows("http://good.example", HERE), true);
    assert.equal(rule.allows("http://good.example", { host: "good.example:80", secure: false }), true);
    assert.equal(rule.allows("http://good.example", { host: "GOOD.example", secure: false }), true);
    assert.equal(rule.allows("https://good.example", { host: "good.example:443", secure: true }), true);
    assert.equal(rule.allows("http://good.example:8080", { host: "good.example:8080", secure: false }), true);
    assert.equal(rule.allows("http://good.example", { host: undefined, secure: false }), false);
  });

  const foreign = [
    "http://evil.example",
    "null",
    "file://",
    "http://good.example.evil.com",
    "http://good.example:81",
    "https://good.example",
    "HTTP://GOOD.EXAMPLE",
    "http://good.example.",
    "http://gööd.example",
    "http://user@good.example",
    "http://good.example, http://good.example",
    "http://good.example/",
    "",
    `http://${"a".repeat(8192)}`,
  ];
  for (const origin of foreign) {
    it(`refuses ${JSON.stringify(origin.slice(0, 50))} (177, 178)`, () => {
      assert.equal(new OriginRule("same-origin").allows(origin, HERE), false);
      assert.equal(new OriginRule(["http://good.example"]).allows(origin, HERE), false);
    });
  }

  it("a request without one is not a page's (180)", () => {
    assert.equal(new OriginRule("same-origin").allows(undefined, HERE), true);
    assert.equal(new OriginRule(["https://app.example"]).allows(undefined, HERE), true);
  });

  it("a list replaces the own origin, and a wildcard stands for one whole label (185)", () => {
    const rule = new OriginRule(["https://app.example", "https://*.good.example:8443"]);
    assert.equal(rule.allows("https://app.example", HERE), true);
    assert.equal(rule.allows("http://good.example", HERE), false);
    assert.equal(rule.allows("https://evil.app.example", HERE), false);
    assert.equal(rule.allows("https://a-1.good.example:8443", HERE), true);
    for (const origin of [
      "https://good.example:8443",
      "https://.good.example:8443",
      "https://a.b.good.example:8443",
      "https://a.good.example",
      "http://a.good.example:8443",
      "https://evil.com/.good.example:8443",
      "https://evil.com#.good.example:8443",
    ]) {
      assert.equal(rule.allows(origin, HERE), false, origin);
    }
  });

  it("a pattern that could never match is refused at start", () => {
    for (const pattern of [
      "app.example",
      "https://a*.example",
      "https://*",
      "*.example",
      "https://A.example",
      "https://a.example/",
    ]) {
      assert.throws(() => new OriginRule([pattern]), TypeError, pattern);
    }
  });
});
