import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type CookieOptions, sessionCookie } from "./session-cookie.ts";

const ID = "AAAAAAAAAAAAAAAAAAAA";

describe("row 188: the session cookie", () => {
  const cookies: readonly (readonly [string, boolean | CookieOptions, boolean, string])[] = [
    ["over TLS no neighbour can set it", true, true, `__Host-io=${ID}; Path=/; HttpOnly; Secure; SameSite=Lax`],
    ["without TLS browsers would refuse that", true, false, `io=${ID}; Path=/; HttpOnly; SameSite=Lax`],
    ["behind a proxy with TLS", { secure: true }, false, `__Host-io=${ID}; Path=/; HttpOnly; Secure; SameSite=Lax`],
    ["a name that was given stays", { name: "lb" }, true, `lb=${ID}; Path=/; HttpOnly; Secure; SameSite=Lax`],
    [
      "of a domain",
      { domain: "a.example" },
      true,
      `io=${ID}; Path=/; Domain=a.example; HttpOnly; Secure; SameSite=Lax`,
    ],
    ["of a path", { path: "/x" }, true, `io=${ID}; Path=/x; HttpOnly; Secure; SameSite=Lax`],
    ["not secure by wish", { secure: false }, true, `io=${ID}; Path=/; HttpOnly; SameSite=Lax`],
  ];
  for (const [name, option, tls, expected] of cookies) {
    it(name, () => assert.equal(sessionCookie(option, ID, tls), expected));
  }

  it("is none unless asked for", () => assert.equal(sessionCookie(false, ID, true), undefined));
});
