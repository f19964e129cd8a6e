import assert from "node:assert/strict";
import http from "node:http";
import net from "node:net";
import { describe, it, type TestContext } from "node:test";
import { ask, closeOf, openPolling, serve, statusOf, until, upgradeRequest } from "./harness.test.ts";

/** The clock of the process, which goes on only as it is told. */
class Clock {
  #now = performance.now();

  constructor(context: TestContext) {
    context.mock.method(performance, "now", () => this.#now);
  }

  pass(ms: number): void {
    this.#now += ms;
  }
}

describe("a session that is closed", () => {
  it("is gone at once when its client has not polled for five seconds", async (context) => {
    const fixture = await serve(context);
    const clock = new Clock(context);
    const { peer } = await openPolling(fixture);
    clock.pass(5000);
    peer.session.close("forced server close");
    assert.equal(peer.session.state, "closed");
    assert.equal(fixture.listener.sessions, 0);
  });

  it("waits for a client that polled a moment ago, however long it was here before", async (context) => {
    const fixture = await serve(context);
    const clock = new Clock(context);
    const { peer, url } = await openPolling(fixture);
    clock.pass(20_000);
    peer.send("something");
    assert.equal((await ask(url)).body, "4something");
    clock.pass(4000);
    peer.session.close("forced server close");
    assert.equal(peer.session.state, "closing");
    assert.equal((await ask(url)).body, "1");
    assert.equal(peer.session.state, "closed");
  });

  it("is gone at once when nobody is to be waited for", async (context) => {
    const { peer } = await openPolling(await serve(context));
    peer.session.close("forced server close", "finish");
    assert.equal(peer.session.state, "closed");
  });

  for (const [kind, more] of [
    ["a stock session", ""],
    ["an Everwire session", "&everwire=1"],
  ] as const) {
    it(`leaves a WebSocket half a second where nobody is to be waited for (${kind})`, async (context) => {
      const fixture = await serve(context);
      const clock = new Clock(context);
      // It never answers a close frame.
      const socket = net.connect(fixture.port, "127.0.0.1").on("error", () => {});
      socket.resume();
      socket.write(upgradeRequest(`/engine.io/?EIO=4&transport=websocket${more}`));
      const { session } = await fixture.peers.take("the session");
      const ended = closeOf(socket);
      session.close("forced server close", "finish");
      clock.pass(501);
      await ended;
      await until(() => fixture.listener.sessions === 0, "the session to go");
    });
  }
});

describe("a body that comes byte by byte", () => {
  /** Posts it while the seconds go by, and says how it was answered. */
  async function drip(context: TestContext, url: string, clock: Clock): Promise<number | undefined> {
    const request = http.request(url, { method: "POST", agent: false, headers: { "content-length": "90000" } });
    request.on("error", () => {});
    const status = statusOf(request);
    request.write("4");
    const dripping = setInterval(() => {
      clock.pass(500);
      request.write("x");
    }, 20);
    context.after(() => clearInterval(dripping));
    const answered = await status;
    clearInterval(dripping);
    request.destroy();
    return answered;
  }

  const patient = { pingInterval: 200_000, pingTimeout: 200_000, bodyTimeout: 200_000 };

  it("is refused, and its stock session ended", async (context) => {
    const fixture = await serve(context, patient);
    const { peer, url } = await openPolling(fixture);
    assert.equal(await drip(context, url, new Clock(context)), 408);
    assert.equal((await peer.closed.take("the close")).reason, "transport error");
    assert.deepEqual([...fixture.listener.refusals.keys()], ["body_too_slow"]);
  });

  it("is refused, and an Everwire session goes on: its client sends again", async (context) => {
    const fixture = await serve(context, { ...patient, reattachTimeout: 200_000 });
    const answer = await ask(`${fixture.base}&everwire=1&transport=polling`);
    const { sid }: { sid: string } = JSON.parse(answer.body.slice(1));
    const peer = await fixture.peers.take("the session");
    const url = `${fixture.base}&transport=polling&sid=${sid}`;
    assert.equal(await drip(context, url, new Clock(context)), 408);
    assert.equal(peer.session.state, "open");
  });
});
