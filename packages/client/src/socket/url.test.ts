import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ClientError } from "../failures.ts";
import { parseAddress } from "./url.ts";

const page = "https://example.org:8443/app/index.html";

describe("an address", () => {
  const cases: readonly (readonly [string | undefined, string | undefined, string, string])[] = [
    [undefined, page, "https://example.org:8443", "/"],
    ["/chat", page, "https://example.org:8443", "/chat"],
    ["//other.test/chat", page, "https://other.test", "/chat"],
    ["other.test:81", page, "https://other.test:81", "/"],
    ["localhost:3000", undefined, "https://localhost:3000", "/"],
    ["http://a.test", undefined, "http://a.test", "/"],
    ["ws://a.test/x", undefined, "http://a.test", "/x"],
    ["wss://a.test:443/x", undefined, "https://a.test", "/x"],
    ["http://a.test/caf%C3%A9", undefined, "http://a.test", "/café"],
    ["http://a.test/%zz", undefined, "http://a.test", "/%zz"],
    ["http://[::1]:8080/", undefined, "http://[::1]:8080", "/"],
  ];
  for (const [address, base, origin, namespace] of cases) {
    it(`${address} on ${base === undefined ? "no page" : "a page"} means ${origin} and ${namespace}`, () => {
      const parsed = parseAddress(address, base);
      assert.equal(parsed.origin, origin);
      assert.equal(parsed.namespace, namespace);
    });
  }

  it("gives its query", () => {
    assert.deepEqual(parseAddress("http://a.test/?a=1&b=%20", undefined).query, { a: "1", b: " " });
  });

  it("without a host needs a page", () => {
    assert.throws(() => parseAddress("/chat", undefined), ClientError);
    assert.throws(() => parseAddress("http://", undefined), ClientError);
  });

  it("of this machine is known as such", () => {
    for (const host of ["localhost", "a.localhost", "127.0.0.1", "127.1.2.3", "[::1]"]) {
      assert.equal(parseAddress(`http://${host}:1`, undefined).loopback, true, host);
    }
    for (const host of ["localhost.test", "10.0.0.1", "127.test"]) {
      assert.equal(parseAddress(`http://${host}:1`, undefined).loopback, false, host);
    }
  });
});
