import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Ask, ask, type Fixture, type FixtureOptions, openPolling, serve } from "../harness.test.ts";

/** Means nothing to a listener, but keeps a request from the short way. */
const LONG = "&b=%41";

const ORIGIN = "http://a.example";
const FOREIGN = { origin: ORIGIN };

/** Settings under which a request of a known session may be refused, or answered with more headers. */
const SETTINGS: readonly (readonly [string, FixtureOptions])[] = [
  ["as it comes", {}],
  ["hosts", { hosts: ["127.0.0.1"] }],
  ["origins", { origins: [ORIGIN] }],
  ["any origin", { origins: "*" }],
  ["credentials", { origins: [ORIGIN], cors: { credentials: true } }],
  ["bind", { bind: ({ headers }) => headers.cookie }],
  ["jsonp", { jsonp: true }],
  ["revision 3", { allowEIO3: true }],
];

const REQUESTS: readonly (readonly [string, string, Ask])[] = [
  ["a post", "", { method: "POST", body: "4x" }],
  ["a post of a foreign page", "", { method: "POST", body: "4x", headers: FOREIGN }],
  ["a post that names another host", "", { method: "POST", body: "4x", headers: { host: "b.example" } }],
  ["a post of another user", "", { method: "POST", body: "4x", headers: { cookie: "user=2" } }],
  ["a post of an old browser's socket", "", { method: "POST", body: "4x", headers: { "sec-websocket-origin": "x" } }],
  ["a poll from another site", "", { headers: { "sec-fetch-site": "cross-site" } }],
  ["a poll with a callback", "&j=0", {}],
  ["a put", "", { method: "PUT", body: "4x" }],
  ["a poll", "", {}],
];

/** What a listener says to a request of a session that has a packet waiting, on either way. */
async function answers(fixture: Fixture, query: string, request: Ask): Promise<unknown[]> {
  const said: unknown[] = [];
  for (const way of ["", LONG]) {
    const { peer, url } = await openPolling(fixture);
    peer.send("waiting");
    const { status, body, headers } = await ask(`${url}${query}${way}`, request);
    said.push([status, body, { ...headers, date: "" }, peer.calls, peer.session.state]);
  }
  return said;
}

describe("the short way of a poll or a post", () => {
  for (const [setting, options] of SETTINGS) {
    it(`ends where the long one does: ${setting}`, async (context) => {
      const fixture = await serve(context, options);
      for (const [name, query, request] of REQUESTS) {
        const [short, long] = await answers(fixture, query, request);
        assert.deepEqual(short, long, name);
      }
    });
  }
});
