import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HandshakeError } from "@everwire/websocket";
import {
  type Ask,
  ask,
  dial,
  type Fixture,
  openPolling,
  openWebSocket,
  post,
  raw,
  serve,
  upgradeRequest,
} from "../harness.test.ts";

const CODES = [
  '{"code":0,"message":"Transport unknown"}',
  '{"code":1,"message":"Session ID unknown"}',
  '{"code":2,"message":"Bad handshake method"}',
  '{"code":3,"message":"Bad request"}',
  '{"code":4,"message":"Forbidden"}',
  '{"code":5,"message":"Unsupported protocol version"}',
] as const;

/** What an upgrade with these parameters is answered with. */
async function upgradeAnswer(fixture: Fixture, query: string, headers: readonly string[] = []): Promise<string> {
  return raw(fixture.port, upgradeRequest(`/engine.io/?${query}`, headers));
}

async function expectCode(
  fixture: Fixture,
  query: string,
  code: keyof typeof CODES & number,
  options: Ask = {},
): Promise<void> {
  const answer = await ask(`http://127.0.0.1:${fixture.port}/engine.io/?${query}`, options);
  assert.deepEqual([answer.status, answer.body], [400, CODES[code]], query);
  assert.equal(answer.headers["content-type"], "application/json");
}

describe("requests that are refused", () => {
  for (const transport of ["xxx", "constructor", "__proto__", "", "Polling", "polling%00"]) {
    it(`87: transport=${transport}, as a request and as an upgrade`, async (context) => {
      const fixture = await serve(context);
      await expectCode(fixture, `EIO=4&transport=${transport}`, 0);
      assert.match(
        await upgradeAnswer(fixture, `EIO=4&transport=${transport}`),
        /^HTTP\/1\.1 400 [\s\S]*Transport unknown$/,
      );
      assert.equal(fixture.listener.sessions, 0);
    });
  }

  it("87: no transport, and one that is switched off", async (context) => {
    await expectCode(await serve(context), "EIO=4", 0);
    await expectCode(await serve(context, { transports: ["websocket"] }), "EIO=4&transport=polling", 0);
  });

  it("88: parameters given twice", async (context) => {
    const fixture = await serve(context);
    await expectCode(fixture, "EIO=4&transport=polling&transport=polling", 3);
    await expectCode(fixture, "EIO=4&transport=polling&EIO=4", 5);
    const { handshake } = await openPolling(fixture);
    await expectCode(fixture, `EIO=4&transport=polling&sid=${handshake.sid}&sid=${handshake.sid}`, 1);
  });

  it("89, 90: any EIO but exactly 4", async (context) => {
    const fixture = await serve(context);
    for (const version of ["EIO=2", "EIO=3", "x=1", "EIO=1e1", "EIO=4%20", "EIO=04", "EIO=", "EIO=abc"]) {
      await expectCode(fixture, `${version}&transport=polling`, 5);
      assert.match(await upgradeAnswer(fixture, `${version}&transport=websocket`), /^HTTP\/1\.1 400 /);
    }
  });

  it("91: another version than the session was opened with", async (context) => {
    const fixture = await serve(context);
    const { handshake } = await openPolling(fixture);
    await expectCode(fixture, `EIO=3&transport=polling&sid=${handshake.sid}`, 3);
    const answer = await upgradeAnswer(fixture, `EIO=3&transport=websocket&sid=${handshake.sid}`);
    assert.match(answer, /^HTTP\/1\.1 400 [\s\S]*Bad request$/);
    assert.match(answer, /connection: close/i);
  });

  it("92: a session id that is none", async (context) => {
    const fixture = await serve(context);
    for (const sid of ["nope", "__proto__", "", "a".repeat(20), "a".repeat(8000), "%00"]) {
      await expectCode(fixture, `EIO=4&transport=polling&sid=${sid}`, 1);
      await expectCode(fixture, `EIO=4&transport=polling&sid=${sid}`, 1, { method: "POST", body: "4x" });
    }
    assert.match(await upgradeAnswer(fixture, "EIO=4&transport=websocket&sid=nope"), /^HTTP\/1\.1 400 /);
  });

  it("94, 95: a handshake by another method than GET", async (context) => {
    const fixture = await serve(context);
    for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
      await expectCode(fixture, "EIO=4&transport=polling", 2, { method, body: "4x" });
    }
    assert.equal(fixture.listener.sessions, 0);
  });

  it("95, 96: another method on a session; HEAD opens none", async (context) => {
    const fixture = await serve(context);
    assert.equal((await ask(`${fixture.base}&transport=polling`, { method: "HEAD" })).status, 400);
    assert.equal(fixture.listener.sessions, 0);
    const { url, peer } = await openPolling(fixture);
    for (const method of ["PUT", "DELETE", "PATCH", "HEAD", "TRACE"]) {
      const answer = await ask(url, { method });
      assert.deepEqual([answer.status, answer.headers.allow], [405, "GET, POST, OPTIONS"], method);
    }
    assert.equal(peer.session.state, "open");
  });

  it("97: a preflight where no CORS is configured", async (context) => {
    const fixture = await serve(context);
    const answer = await ask(`${fixture.base}&transport=polling`, {
      method: "OPTIONS",
      headers: { origin: "http://evil.example", "access-control-request-headers": "*" },
    });
    assert.equal(answer.status, 204);
    assert.deepEqual(
      Object.keys(answer.headers).filter((name) => name.startsWith("access-control")),
      [],
    );
  });

  it("a WebSocket transport over a plain request, a polling one as an upgrade", async (context) => {
    const fixture = await serve(context);
    await expectCode(fixture, "EIO=4&transport=websocket", 3);
    assert.match(await upgradeAnswer(fixture, "EIO=4&transport=polling"), /^HTTP\/1\.1 400 [\s\S]*Bad request$/);
  });

  it("19, 21, 23, 24: an upgrade that is no WebSocket handshake", async (context) => {
    const fixture = await serve(context);
    const target = "/engine.io/?EIO=4&transport=websocket";
    const good = upgradeRequest(target);
    for (const [from, to, status] of [
      ["Version: 13", "Version: 12", "426"],
      ["dGhlIHNhbXBsZSBub25jZQ==", "short", "400"],
      ["Upgrade: websocket", "Upgrade: h2c", "426"],
      ["GET", "POST", "405"],
    ] as const) {
      const answer = await raw(fixture.port, good.replace(from, to));
      assert.ok(answer.startsWith(`HTTP/1.1 ${status} `), answer);
    }
    assert.equal(fixture.listener.sessions, 0);
  });

  it("130: a query that is too long or broken", async (context) => {
    const fixture = await serve(context);
    assert.equal((await ask(`${fixture.base}&transport=polling&x=${"a".repeat(9000)}`)).status, 414);
    const broken = await raw(fixture.port, "GET /engine.io/?EIO=4&transport=polling&x=%zz HTTP/1.0\r\n\r\n");
    assert.match(broken, /^HTTP\/1\.1 400 [\s\S]*\{"code":3,"message":"Bad request"\}$/);
    const many = Array.from({ length: 1000 }, () => "a[b]=").join("&");
    assert.equal((await ask(`${fixture.base}&transport=polling&${many}`)).status, 200);
  });

  it("each is logged once with reason and address, without a word of what was sent", async (context) => {
    const fixture = await serve(context);
    await ask(`${fixture.base}&transport=secret-words`);
    assert.deepEqual(fixture.log, [
      {
        level: "info",
        reason: "transport_unknown",
        meaning: "no such transport, or it is switched off",
        address: "127.0.0.1",
        suppressed: 0,
      },
    ]);
    assert.equal(fixture.listener.refusals.get("transport_unknown"), 1);
  });
});

describe("origins", () => {
  it("177, 178: a foreign page gets 403 for polling and WebSocket alike", async (context) => {
    const fixture = await serve(context);
    const own = `http://127.0.0.1:${fixture.port}`;
    for (const origin of ["http://evil.example", "null", own.replace("http", "https"), `${own}0`, `${own}.`]) {
      const answer = await ask(`${fixture.base}&transport=polling`, { headers: { origin } });
      assert.deepEqual([answer.status, answer.body], [403, CODES[4]], origin);
      assert.equal(answer.headers["access-control-allow-origin"], undefined);
      await assert.rejects(dial(fixture, "", { headers: { Origin: origin } }), HandshakeError);
      assert.match(
        await upgradeAnswer(fixture, "EIO=4&transport=websocket", [`Origin: ${origin}`]),
        /^HTTP\/1\.1 403 [\s\S]*Forbidden$/,
      );
    }
    assert.equal((await ask(`${fixture.base}&transport=polling`, { headers: { origin: own } })).status, 200);
    assert.equal(fixture.listener.sessions, 1);
  });

  it("179: two origins, or the header of an old draft", async (context) => {
    const fixture = await serve(context);
    const query = "EIO=4&transport=websocket";
    const two = ["Origin: http://localhost", "Origin: http://localhost"];
    assert.match(await upgradeAnswer(fixture, query, two), /^HTTP\/1\.1 403 /);
    assert.match(
      await upgradeAnswer(fixture, query, ["Sec-WebSocket-Origin: http://evil.example"]),
      /^HTTP\/1\.1 403 /,
    );
  });

  it("180: no origin is allowed, unless the browser says that another site asked", async (context) => {
    const fixture = await serve(context);
    assert.equal((await ask(`${fixture.base}&transport=polling`)).status, 200);
    const image = await ask(`${fixture.base}&transport=polling`, { headers: { "sec-fetch-site": "cross-site" } });
    assert.equal(image.status, 403);
    await openWebSocket(await serve(context));
  });

  it("181: polls and posts of a foreign page change nothing", async (context) => {
    const fixture = await serve(context);
    const { peer, url } = await openPolling(fixture);
    peer.send("secret");
    const headers = { origin: "http://evil.example", cookie: "id=1" };
    assert.equal((await ask(url, { headers })).status, 403);
    assert.equal((await post(url, "4evil", headers)).status, 403);
    assert.equal((await ask(url)).body, "4secret");
    assert.deepEqual(peer.calls, []);
  });

  it("182: a listed origin may read the answers, and a preflight says what is configured", async (context) => {
    const origins = ["https://app.example"];
    const fixture = await serve(context, { origins, cors: { credentials: true } });
    const headers = { origin: "https://app.example" };
    const opened = await ask(`${fixture.base}&transport=polling`, { headers });
    assert.equal(opened.headers["access-control-allow-origin"], "https://app.example");
    assert.equal(opened.headers["access-control-allow-credentials"], "true");
    assert.equal(opened.headers.vary, "Origin");
    const preflight = await ask(`${fixture.base}&transport=polling`, {
      method: "OPTIONS",
      headers: { ...headers, "access-control-request-headers": "*", "access-control-request-private-network": "true" },
    });
    assert.equal(preflight.headers["access-control-allow-headers"], "content-type");
    assert.equal(preflight.headers["access-control-allow-private-network"], undefined);
    const foreign = await ask(`${fixture.base}&transport=polling`, { headers: { origin: "https://evil.example" } });
    assert.deepEqual([foreign.status, foreign.headers["access-control-allow-origin"]], [403, undefined]);
    assert.equal(foreign.headers.vary, "Origin");
  });
});
