import assert from "node:assert/strict";
import http from "node:http";
import { describe, it, type TestContext } from "node:test";
import { ask, dial, type Fixture, Inbox, type Peer, serve, until } from "./harness.test.ts";

interface Opened {
  readonly fixture: Fixture;
  readonly peer: Peer;
  readonly sid: string;
  /** Lets the oldest waiting request go on. */
  readonly waiting: Inbox<() => void>;
  at(transport: string, turn: number, ack?: number): string;
}

/** A session whose requests with `slow` wait in a middleware until the test lets them go on. */
async function open(context: TestContext): Promise<Opened> {
  const fixture = await serve(context);
  const waiting = new Inbox<() => void>();
  fixture.listener.use((request, _response, next) => {
    if (request.headers.slow === undefined) next();
    else waiting.put(next);
  });
  const answer = await ask(`${fixture.base}&everwire=1&transport=polling`);
  const { sid }: { sid: string } = JSON.parse(answer.body.slice(1));
  const peer = await fixture.peers.take("the session");
  const at = (transport: string, turn: number, ack = 0): string =>
    `${fixture.base}&transport=${transport}&sid=${sid}&turn=${turn}&ack=${ack}`;
  return { fixture, peer, sid, waiting, at };
}

const slow = { headers: { slow: "1" } };

describe("an attach that waits in a middleware", () => {
  it("is stale when a newer one was quicker, and takes nothing from it", async (context) => {
    const { peer, waiting, at } = await open(context);
    const late = ask(at("streaming", 1), slow);
    const goOn = await waiting.take("the attach");
    const newer = ask(at("sse", 2));
    await until(() => peer.session.transport === "sse", "the newer attach");
    goOn();
    assert.equal((await late).body.replaceAll("6\x1e", ""), "");
    peer.send("a");
    peer.session.close("forced server close");
    assert.match((await newer).body, /data: 81\x1e70\n\ndata: 4a\x1e1\n\n$/);
  });

  it("goes before an older one that comes after it", async (context) => {
    const { fixture, peer, sid, waiting, at } = await open(context);
    const dialled = dial(fixture, `&sid=${sid}&turn=2&ack=0`, { headers: { slow: "1" } });
    const goOn = await waiting.take("the attach");
    const older = ask(at("polling", 1));
    goOn();
    const wire = await dialled;
    assert.equal(await wire.next(), "81");
    assert.equal((await older).body, "6");
    peer.send("a");
    assert.equal(await wire.next(), "70");
    assert.equal(await wire.next(), "4a");
  });

  it("whose client has left takes nothing", async (context) => {
    const { fixture, peer, waiting, at } = await open(context);
    const held = ask(at("polling", 1));
    const request = http.get(at("streaming", 2), { ...slow, agent: false });
    request.on("error", () => {});
    const goOn = await waiting.take("the attach");
    request.destroy();
    await until(() => fixture.log.at(-1)?.reason === "aborted", "the departure");
    goOn();
    peer.send("a");
    assert.equal((await held).body, "81\x1e4a");
  });

  it("hears the end of a session that was closed meanwhile, after the rest", async (context) => {
    const { peer, waiting, at } = await open(context);
    const attach = ask(at("short-polling", 1), slow);
    const goOn = await waiting.take("the attach");
    peer.send("last");
    peer.session.close("forced server close");
    goOn();
    assert.match((await attach).body, /^81\x1e70\x1e4last\x1e1\x1e6\d+$/);
  });

  it("is refused when the session is gone by then, or the acknowledgement wrong", async (context) => {
    const { peer, waiting, at } = await open(context);
    const wrong = ask(at("polling", 1, 7), slow);
    const unknown = ask(at("polling", 2), slow);
    for (const goOn of [await waiting.take("an attach"), await waiting.take("another")]) goOn();
    assert.equal((await wrong).status, 400);
    assert.equal((await unknown).status, 400);
    assert.equal((await peer.closed.take("the end")).reason, "parse error");
  });
});

describe("thousands of attaches", () => {
  it("of one session hold one downlink, repeat what is not acknowledged, and leave nothing behind", async (context) => {
    const { fixture, peer, at } = await open(context);
    peer.send("a");
    const names = ["polling", "streaming", "short-polling", "sse"] as const;
    let turn = 0;
    for (let round = 0; round < 20; round += 1) {
      const answers = Array.from({ length: 25 }, () => {
        turn += 1;
        return ask(at(names[turn % names.length] ?? "polling", turn));
      });
      turn += 1;
      answers.push(ask(at("short-polling", turn)));
      for (const { status } of await Promise.all(answers)) assert.equal(status, 200);
    }
    assert.equal(peer.session.state, "open");
    assert.equal(fixture.listener.sessions, 1);
    assert.equal((await ask(at("polling", 999_999_999_999_999))).body, "81\x1e4a");
    // No turn is greater, so that the downlink is nobody's any more; the next number has 16 digits.
    assert.equal((await ask(at("polling", 999_999_999_999_999))).body, "6");
    assert.equal((await ask(at("polling", 2 ** 53))).status, 400);
  });
});
