import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { ask, type Fixture, type FixtureOptions, type Peer, post, serve } from "../harness.test.ts";

interface Opened {
  readonly fixture: Fixture;
  readonly peer: Peer;
  readonly url: string;
}

async function open(context: TestContext, options: FixtureOptions = {}): Promise<Opened> {
  const fixture = await serve(context, options);
  const answer = await ask(`${fixture.base}&everwire=1&transport=polling`);
  const { sid }: { sid: string } = JSON.parse(answer.body.slice(1));
  const peer = await fixture.peers.take("the session");
  return { fixture, peer, url: `${fixture.base}&transport=polling&sid=${sid}` };
}

describe("a request body of an Everwire session", () => {
  it("that overtook another brings no messages, but all else that is in it", async (context) => {
    const { peer, url } = await open(context, { pingInterval: 40, pingTimeout: 300 });
    assert.equal((await ask(`${url}&turn=1&ack=0`)).body, "2");
    assert.equal((await post(url, "85\x1e4z\x1e3")).body, "70");
    // Answered, so that the next ping comes; without it the session would be over.
    assert.equal((await ask(`${url}&turn=2&ack=0`)).body, "2");
    assert.equal((await post(url, "85\x1e4z\x1e1")).body, "70");
    assert.equal((await peer.closed.take("the end")).reason, "transport close");
    assert.deepEqual(peer.messages.waiting, []);
  });

  it("that overtook another is still read by the rules", async (context) => {
    const { peer, url } = await open(context);
    assert.equal((await post(url, "85\x1e4z\x1e9")).status, 400);
    assert.equal((await peer.closed.take("the end")).reason, "parse error");
  });

  it("may go on with a number that is in order", async (context) => {
    const { peer, url } = await open(context);
    assert.equal((await post(url, "85\x1e4e\x1e81\x1e4a\x1e4b\x1e87\x1e4g\x1e82\x1e4b\x1e4c")).body, "73");
    assert.deepEqual(peer.messages.waiting, ["a", "b", "c"]);
  });

  it("with more packets than it may hold is applied as far as that, and the answer says so", async (context) => {
    const { peer, url } = await open(context, { maxPacketsPerPayload: 10 });
    assert.equal((await post(url, `81${"\x1e4x".repeat(30)}`)).body, "79");
    assert.equal((await post(url, `810${"\x1e4y".repeat(5)}`)).body, "714");
    assert.deepEqual(peer.messages.waiting, [..."xxxxxxxxxyyyyy"]);
  });

  it("that takes long lets others have their turn", async (context) => {
    let turns = 0;
    let last = 0;
    const { url } = await open(context, {
      handler: () => ({
        message(data) {
          last = Number(data);
          const limit = performance.now() + 0.05;
          while (performance.now() < limit);
        },
      }),
    });
    const turn = (): void => {
      if (last > 0 && last < 999) turns += 1;
      if (last < 999) setImmediate(turn);
    };
    turn();
    const texts = Array.from({ length: 1000 }, (_, index) => `4${index}`);
    assert.equal((await post(url, `81\x1e${texts.join("\x1e")}`)).body, "71000");
    assert.ok(turns >= 3, `the event loop turned ${turns} times meanwhile`);
  });

  it("posted by a form is acknowledged at once where its page can hear it", async (context) => {
    const { url } = await open(context, { jsonp: true });
    const held = ask(`${url.replace("polling", "jsonp")}&turn=1&ack=0&j=3`);
    const form = new URLSearchParams({ d: "81\x1e4a" }).toString();
    assert.equal((await post(url.replace("polling", "jsonp"), form)).status, 200);
    const began = performance.now();
    assert.equal((await held).body, '/**/___eio[3]("71");');
    assert.ok(performance.now() - began < 1000, "not with the late acknowledgements");
  });

  it("dispatched in slices is applied once, though its downlink is taken over and it is sent again", async (context) => {
    const seen: string[] = [];
    const { url } = await open(context, {
      handler: () => ({
        message(data) {
          seen.push(String(data));
          const limit = performance.now() + 0.05;
          while (performance.now() < limit);
        },
      }),
    });
    const texts = Array.from({ length: 1000 }, (_, index) => String(index));
    const body = `81\x1e${texts.map((text) => `4${text}`).join("\x1e")}`;
    const answers = await Promise.all([
      post(url, body),
      ask(`${url.replace("polling", "short-polling")}&turn=1&ack=0`),
      post(url, `${body}\x1e4last`),
      ask(`${url.replace("polling", "short-polling")}&turn=2&ack=0`),
      post(url, body),
    ]);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200, 200, 200],
    );
    assert.deepEqual(seen, [...texts, "last"]);
  });
});
