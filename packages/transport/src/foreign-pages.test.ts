import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { HandshakeError } from "@everwire/websocket";
import { ask, dial, type Fixture, type FixtureOptions, type Peer, post, serve } from "./harness.test.ts";
import { TRANSPORT_NAMES, type TransportName } from "./transport.ts";

const EVIL = "http://evil.example";

interface Opened {
  readonly fixture: Fixture;
  readonly peer: Peer;
  /** The server's own origin, which is that of its pages. */
  readonly own: string;
  readonly sid: string;
}

async function open(context: TestContext, options: FixtureOptions = {}): Promise<Opened> {
  const fixture = await serve(context, { jsonp: true, ...options });
  const answer = await ask(`${fixture.base}&everwire=1&transport=polling`);
  const { sid }: { sid: string } = JSON.parse(answer.body.slice(1));
  return { fixture, sid, peer: await fixture.peers.take("the session"), own: new URL(fixture.base).origin };
}

/** The status of a GET or an upgrade of a transport, and the headers of the refusal. */
async function statusOf(
  { fixture, own }: Opened,
  name: TransportName,
  query: string,
  headers: Record<string, string>,
): Promise<readonly [number, string | undefined]> {
  if (name === "websocket") {
    const refused = await dial(fixture, query, { headers }).then(
      (wire) => {
        wire.connection.terminate();
        return 101;
      },
      (error: unknown) => (error instanceof HandshakeError ? (error.status ?? 0) : 0),
    );
    return [refused, undefined];
  }
  const place = name === "jsonp" ? "&j=0" : name === "iframe" ? `&origin=${encodeURIComponent(own)}` : "";
  const controller = new AbortController();
  const answer = await ask(`${fixture.base}&transport=${name}${place}${query}`, { headers, signal: controller.signal });
  return [answer.status, answer.headers["access-control-allow-origin"]];
}

/** What a browser sends for a page of another site, by what it lets the page ask. */
const FOREIGN: readonly (readonly [string, Record<string, string>])[] = [
  ["with its origin", { origin: EVIL }],
  ["with its origin and the visitor's cookies", { origin: EVIL, cookie: "id=1", "sec-fetch-site": "cross-site" }],
  ["in a sandbox", { origin: "null" }],
  ["with an origin in another scheme", { origin: "https://127.0.0.1" }],
];
/** The same without an origin, as for a script or an image. */
const UNNAMED: readonly (readonly [string, Record<string, string>])[] = [
  ["of another site, by an image", { "sec-fetch-site": "cross-site", cookie: "id=1" }],
  ["of a neighbour under the same domain, by a script", { "sec-fetch-site": "same-site", cookie: "id=1" }],
  ["of a neighbour that says who it is", { "sec-fetch-site": "same-site", referer: "http://evil.good.example/x" }],
];

for (const name of TRANSPORT_NAMES) {
  describe(`rows 177, 178, 180, 181, 185: by ${name} a foreign page`, () => {
    // A frame says in its query which page may hold it, and no other can.
    for (const [how, headers] of name === "iframe" ? FOREIGN : [...FOREIGN, ...UNNAMED]) {
      it(`${how} opens nothing`, async (context) => {
        const opened = await open(context);
        assert.deepEqual(await statusOf(opened, name, "&everwire=1", headers), [403, undefined]);
        assert.equal(opened.fixture.listener.sessions, 1);
        assert.equal(opened.fixture.log.at(-1)?.reason, "origin_refused");
      });

      it(`${how} takes nothing over and brings nothing`, async (context) => {
        const opened = await open(context);
        const { fixture, sid, peer } = opened;
        peer.send("secret");
        assert.deepEqual(await statusOf(opened, name, `&sid=${sid}&turn=1&ack=0`, headers), [403, undefined]);
        if (name !== "websocket") {
          const answer = await post(`${fixture.base}&transport=${name}&sid=${sid}`, "81\x1e4x", headers);
          assert.equal(answer.status, 403);
        }
        assert.deepEqual(peer.calls, []);
        const kept = await ask(`${fixture.base}&transport=polling&sid=${sid}&turn=1&ack=0`);
        assert.equal(kept.body, "81\x1e4secret");
      });
    }
  });
}

describe("a page that is named in origins", () => {
  it("row 185: may load scripts, by the page its browser names, and nobody beside it", async (context) => {
    const opened = await open(context, { origins: ["http://app.good.example"] });
    const from = (referer: string): Promise<readonly [number, string | undefined]> =>
      statusOf(opened, "jsonp", "&everwire=1", { "sec-fetch-site": "same-site", referer });
    assert.equal((await from("http://app.good.example/page?x#y"))[0], 200);
    for (const referer of ["http://evil.good.example/", "http://app.good.example.evil.example/", "x", ""]) {
      assert.equal((await from(referer))[0], 403, referer);
    }
  });

  it("row 186: keeps out one whose name was made to point to this server", async (context) => {
    const opened = await open(context, { origins: ["http://localhost:3000"] });
    const rebound = { host: "evil.example:3000", origin: "http://evil.example:3000" };
    assert.equal((await statusOf(opened, "polling", "", rebound))[0], 403);
    assert.equal((await statusOf(opened, "polling", "", { ...rebound, origin: "http://localhost:3000" }))[0], 200);
  });
});

describe("row 186: a page whose name was made to point to this server", () => {
  // To its visitor's browser the server is of its own origin, and of a GET to that a browser does not say from where.
  const rebound: Record<string, string> = { host: "evil.example:3000", "sec-fetch-site": "same-origin" };
  const hosts = ["127.0.0.1", "localhost:3000", "[::1]"];

  for (const name of TRANSPORT_NAMES) {
    it(`opens nothing by ${name} where the names are told`, async (context) => {
      const opened = await open(context, { hosts });
      const from = (headers: Record<string, string>): Promise<readonly [number, string | undefined]> =>
        statusOf(opened, name, "&everwire=1", headers);
      assert.equal((await from(rebound))[0], 403);
      assert.equal((await from({ ...rebound, origin: "http://evil.example:3000" }))[0], 403);
      assert.equal(opened.fixture.log.at(-1)?.reason, "host_refused");
      assert.equal(opened.fixture.listener.sessions, 1);
    });
  }

  it("takes nothing over and brings nothing", async (context) => {
    const opened = await open(context, { hosts });
    const { fixture, sid } = opened;
    const url = `${fixture.base}&transport=polling&sid=${sid}`;
    assert.equal((await ask(`${url}&turn=1&ack=0`, { headers: rebound })).status, 403);
    assert.equal((await ask(url, { method: "POST", body: "1", headers: rebound })).status, 403);
    assert.equal(fixture.listener.sessions, 1);
  });

  const names: readonly (readonly [string, number])[] = [
    ["127.0.0.1", 200],
    ["127.0.0.1:8080", 200],
    ["localhost:3000", 200],
    ["LOCALHOST:3000", 200],
    ["[::1]:9", 200],
    ["localhost", 403],
    ["localhost:3001", 403],
    ["localhost.", 403],
    ["127.0.0.1.evil.example", 403],
    ["evil.example:127.0.0.1", 403],
    ["[::2]", 403],
  ];
  for (const [host, status] of names) {
    it(`${host} is ${status === 200 ? "one of them" : "none"}`, async (context) => {
      const { fixture } = await open(context, { hosts });
      assert.equal((await ask(`${fixture.base}&transport=polling`, { headers: { host } })).status, status);
    });
  }

  for (const wrong of [[], ["http://localhost"], ["Localhost"], ["a b"], ["*"], ["localhost."], "localhost"]) {
    it(`${JSON.stringify(wrong)} is no list of names`, async (context) => {
      // From a configuration file, where the types say nothing.
      await assert.rejects(serve(context, JSON.parse(JSON.stringify({ hosts: wrong }))), TypeError);
    });
  }
});

it("row 16: what the client calls the server is in no answer", async (context) => {
  const { fixture } = await open(context, { cookie: true });
  for (const everwire of ["", "&everwire=1"]) {
    const answer = await ask(`${fixture.base}&transport=polling${everwire}`, { headers: { host: "evil.example" } });
    assert.equal(answer.status, 200);
    assert.ok(!JSON.stringify(answer).includes("evil.example"));
  }
});
