import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HandshakeError } from "@everwire/websocket";
import { ask, dial, raw, serve, upgradeRequest } from "../harness.test.ts";
import { HandshakeRate, networkOf } from "./handshake-rate.ts";

describe("the rate of handshakes", () => {
  it("is counted by the second and by the address", () => {
    const rate = new HandshakeRate(2);
    assert.deepEqual(
      [0, 500, 999].map((now) => rate.admits("a", now)),
      [true, true, false],
    );
    assert.equal(rate.admits("b", 999), true);
    assert.equal(rate.admits("a", 1000), true);
  });

  it("has no limit when it is 0", () => {
    const rate = new HandshakeRate(0);
    for (let count = 0; count < 5000; count += 1) assert.equal(rate.admits("a", 0), true);
  });

  const networks = [
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::6", "2001:db8:1:2::/64"],
    ["2001:db8::6", "2001:db8:0:0::/64"],
    ["2001:db8::2:3:4:5:6", "2001:db8:0:2::/64"],
    ["::1", "0:0:0:0::/64"],
    ["", ""],
    ["user 7", "user 7"],
  ] as const;
  for (const [address, network] of networks) {
    it(`${JSON.stringify(address)} counts as ${JSON.stringify(network)}`, () => {
      assert.equal(networkOf(address), network);
    });
  }

  it("rows 40, 119: beyond it requests and upgrades get 429 and are told when to come again", async (context) => {
    const fixture = await serve(context, { maxHandshakesPerAddress: 3 });
    const url = `${fixture.base}&transport=polling`;
    for (const everwire of ["", "&everwire=1", ""]) assert.equal((await ask(`${url}${everwire}`)).status, 200);
    const refused = await ask(url);
    assert.deepEqual([refused.status, refused.headers["retry-after"], refused.body], [429, "5", ""]);
    await assert.rejects(dial(fixture), (error) => error instanceof HandshakeError && error.status === 429);
    const upgrade = await raw(fixture.port, upgradeRequest("/engine.io/?EIO=4&transport=websocket"));
    assert.match(upgrade, /^HTTP\/1\.1 429 [\s\S]*\r\nretry-after: 5\r\n/i);
    assert.equal(fixture.listener.sessions, 3);
    assert.equal(fixture.log.at(-1)?.reason, "too_many_handshakes");
    // Who has a session is served as ever.
    const { session } = await fixture.peers.take("a session");
    session.close("forced server close");
    assert.equal((await ask(`${url}&sid=${session.id}`)).body, "1");
  });

  it("row 119: is counted once for a handshake that middlewares look at", async (context) => {
    const fixture = await serve(context, { maxHandshakesPerAddress: 2 });
    fixture.listener.use((_request, _response, next) => void setImmediate(next));
    const url = `${fixture.base}&transport=polling`;
    assert.deepEqual([(await ask(url)).status, (await ask(url)).status, (await ask(url)).status], [200, 200, 429]);
  });

  it("row 38: what a header says of the address is not believed", async (context) => {
    const fixture = await serve(context, { maxConnectionsPerAddress: 1, maxHandshakesPerAddress: 5 });
    const url = `${fixture.base}&transport=polling`;
    const headers = { "x-forwarded-for": "192.0.2.1", forwarded: "for=192.0.2.2", "x-real-ip": "192.0.2.3" };
    assert.equal((await ask(url, { headers })).status, 200);
    assert.equal((await fixture.peers.take("the session")).session.handshake.address, "127.0.0.1");
    assert.equal((await ask(url, { headers: { "x-forwarded-for": "192.0.2.4" } })).status, 429);
    assert.equal(fixture.log.at(-1)?.reason, "too_many_connections");
    assert.equal(fixture.log.at(-1)?.address, "127.0.0.1");
  });
});
