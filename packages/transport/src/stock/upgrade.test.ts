import assert from "node:assert/strict";
import http from "node:http";
import { describe, it } from "node:test";
import {
  ask,
  dial,
  type Fixture,
  type FixtureOptions,
  nextRequest,
  openPolling,
  type Peer,
  post,
  serve,
  statusOf,
  until,
  type Wire,
} from "../harness.test.ts";

interface Probed {
  readonly fixture: Fixture;
  readonly peer: Peer;
  readonly url: string;
  readonly wire: Wire;
}

async function probed(fixture: Fixture): Promise<Probed> {
  const { peer, url } = await openPolling(fixture);
  const wire = await dial(fixture, `&sid=${peer.session.id}`);
  wire.send("2probe");
  assert.equal(await wire.next("the answer to the probe"), "3probe");
  return { fixture, peer, url, wire };
}

/** A POST of `4first` whose last two bytes have not been sent. */
async function halfPosted(
  fixture: Fixture,
  url: string,
): Promise<{ request: http.ClientRequest; status: Promise<number | undefined> }> {
  const arrived = nextRequest(fixture);
  const request = http.request(url, { method: "POST", agent: false, headers: { "content-length": "6" } });
  const status = statusOf(request);
  request.write("4fir");
  await arrived;
  return { request, status };
}

describe("an upgrade", () => {
  it("goes probe, noop, switch", async (context) => {
    const { peer, url, wire } = await probed(await serve(context));
    assert.equal((await ask(url)).body, "6");
    assert.equal(peer.session.transport, "polling");
    wire.send("5");
    wire.send("4over WebSocket");
    assert.equal(await peer.messages.take("a message"), "over WebSocket");
    assert.equal(peer.session.transport, "websocket");
    peer.send("back");
    assert.equal(await wire.next(), "4back");
    assert.deepEqual(peer.calls, ["upgrade websocket", "message"]);
    assert.equal((await ask(url)).body, '{"code":3,"message":"Bad request"}');
    assert.equal((await post(url, "4x")).status, 400);
  });

  it("releases a poll that waits when the probe comes", async (context) => {
    const fixture = await serve(context);
    const { peer, url } = await openPolling(fixture);
    const seen = nextRequest(fixture);
    const poll = ask(url);
    await seen;
    const wire = await dial(fixture, `&sid=${peer.session.id}`);
    wire.send("2probe");
    assert.equal((await poll).body, "6");
  });

  it("answers polls with what there is, paces the noops, and takes messages by POST meanwhile", async (context) => {
    const { peer, url, wire } = await probed(await serve(context, { pingTimeout: 4000 }));
    peer.send("queued");
    assert.equal((await ask(url)).body, "4queued");
    const start = performance.now();
    for (let index = 0; index < 5; index++) assert.equal((await ask(url)).body, "6");
    assert.ok(performance.now() - start > 190, "two of the five had to wait 100 ms");
    assert.equal((await post(url, "4by post")).body, "ok");
    assert.equal(await peer.messages.take("a message"), "by post");
    wire.send("5");
    await until(() => peer.session.transport === "websocket", "the switch");
  });

  it("carries what was queued when the client switched", async (context) => {
    const { peer, wire } = await probed(await serve(context));
    for (const text of ["a", "b", "c"]) peer.send(text);
    wire.send("5");
    for (const text of ["a", "b", "c"]) assert.equal(await wire.next(), `4${text}`);
  });

  it("124: waits for a POST in flight, so that nothing overtakes it", async (context) => {
    const { fixture, peer, url, wire } = await probed(await serve(context));
    const { request, status } = await halfPosted(fixture, url);
    wire.send("5");
    wire.send("4second");
    wire.send(Buffer.from("third"));
    // Once the switch has begun a poll is refused.
    while ((await ask(url)).status === 200);
    assert.deepEqual(peer.calls, []);
    request.end("st");
    assert.equal(await status, 200);
    assert.equal(await peer.messages.take("the first"), "first");
    assert.equal(await peer.messages.take("the second"), "second");
    assert.deepEqual(await peer.messages.take("the third"), Buffer.from("third"));
    assert.deepEqual(peer.calls, ["message", "upgrade websocket", "message", "message"]);
  });

  for (const packet of ["4too early", "5", "2", "2prob", "3probe", "0{}", "x", ""]) {
    it(`123: ${JSON.stringify(packet)} instead of the probe ends the WebSocket; polling goes on`, async (context) => {
      const fixture = await serve(context);
      const { peer, url } = await openPolling(fixture);
      const wire = await dial(fixture, `&sid=${peer.session.id}`);
      wire.send(packet);
      wire.send("2probe");
      await wire.closed.take("the refusal");
      assert.deepEqual(wire.messages.waiting, [], "nothing was answered");
      assert.equal((await post(url, "4still polling")).body, "ok");
      assert.equal(await peer.messages.take("a message"), "still polling");
      assert.deepEqual(peer.calls, ["message"]);
      await probedAgain(fixture, peer);
    });
  }

  it("123: data between probe and switch is dispatched by nobody", async (context) => {
    const { peer, url, wire } = await probed(await serve(context));
    wire.send("4too early");
    wire.send("5");
    await wire.closed.take("the refusal");
    assert.equal((await post(url, "4polling")).body, "ok");
    assert.equal(await peer.messages.take("a message"), "polling");
  });

  it("120: is given up after upgradeTimeout, and may be tried again", async (context) => {
    const fixture = await serve(context, { upgradeTimeout: 30, pingTimeout: 4000 });
    const { peer, url, wire } = await probed(fixture);
    await wire.closed.take("the end of the probe");
    assert.equal(fixture.log.at(-1)?.reason, "probe_timed_out");
    peer.send("by poll");
    assert.equal((await ask(url)).body, "4by poll");
    await probedAgain(fixture, peer);
  });

  it("121: has room for one probe; the second is closed and the first goes on", async (context) => {
    const { fixture, peer, wire } = await probed(await serve(context));
    const second = await dial(fixture, `&sid=${peer.session.id}`);
    await second.closed.take("the refusal");
    wire.send("5");
    wire.send("4first");
    assert.equal(await peer.messages.take("a message"), "first");
  });

  it("is refused where upgrades are off", async (context) => {
    const fixture = await serve(context, { allowUpgrades: false });
    const { peer } = await openPolling(fixture);
    await assert.rejects(dial(fixture, `&sid=${peer.session.id}`));
    assert.equal(fixture.log.at(-1)?.reason, "upgrades_disabled");
  });

  it("ends with its session, which says its last words where the client will listen", async (context) => {
    const { fixture, peer, url, wire } = await probed(await serve(context));
    peer.send("last words");
    peer.session.close("forced server close");
    assert.equal((await peer.closed.take("the close")).reason, "forced server close");
    wire.send("5");
    wire.send("4too late");
    assert.equal(await wire.next(), "4last words");
    await wire.closed.take("the end of the WebSocket");
    assert.equal(fixture.listener.sessions, 0);
    assert.equal((await ask(url)).status, 400);
    assert.deepEqual(peer.calls, ["close"]);
  });

  it("that comes to nothing leaves the last words of its session to polling", async (context) => {
    const { fixture, peer, url, wire } = await probed(await serve(context));
    peer.send("last words");
    peer.session.close("forced server close");
    wire.connection.terminate();
    await wire.closed.take("the end of the WebSocket");
    const heard: string[] = [];
    while (heard.at(-1) !== "1" && heard.length < 50) heard.push(...(await ask(url)).body.split("\x1e"));
    assert.deepEqual(
      heard.filter((packet) => packet !== "6"),
      ["4last words", "1"],
    );
    assert.equal(fixture.listener.sessions, 0);
  });

  it("is no reason to keep a session that the listener closes", async (context) => {
    const { fixture, peer, wire } = await probed(await serve(context));
    peer.session.close("forced server close");
    await fixture.listener.close();
    await wire.closed.take("the end of the WebSocket");
    assert.equal(fixture.listener.sessions, 0);
  });

  it("does not hold without bound what comes while it waits for a POST", async (context) => {
    const { fixture, peer, url, wire } = await probed(await serve(context, { sendQueueLimit: 1000 }));
    const { request, status } = await halfPosted(fixture, url);
    wire.send("5");
    for (let index = 0; index < 4; index++) wire.send(`4${"x".repeat(400)}`);
    assert.equal((await peer.closed.take("the close")).reason, "transport error");
    await wire.closed.take("the end of the WebSocket");
    assert.deepEqual(peer.calls, ["close"]);
    request.end("st");
    assert.equal(await status, 400);
  });

  it("hears on the WebSocket what was sent before the session closed in the middle of the switch", async (context) => {
    const { fixture, peer, url, wire } = await probed(await serve(context));
    const { request, status } = await halfPosted(fixture, url);
    wire.send("5");
    // Once the switch has begun a poll is refused.
    while ((await ask(url)).status === 200);
    peer.send("last words");
    peer.session.close("forced server close");
    assert.equal(peer.session.state, "closed");
    assert.equal(fixture.listener.sessions, 0);
    assert.equal(await wire.next(), "4last words");
    await wire.closed.take("the end of the WebSocket");
    request.end("st");
    assert.equal(await status, 200);
    assert.deepEqual(peer.calls, ["close"]);
  });

  it("leaves polling untouched when its WebSocket breaks", async (context) => {
    const { fixture, peer, url, wire } = await probed(await serve(context));
    wire.connection.terminate();
    await wire.closed.take("its own end");
    assert.equal((await post(url, "4x")).body, "ok");
    await until(() => fixture.log.length === 0, "no refusal");
    assert.equal(peer.session.state, "open");
  });
});

async function probedAgain(fixture: Fixture, peer: Peer): Promise<void> {
  const wire = await dial(fixture, `&sid=${peer.session.id}`);
  wire.send("2probe");
  assert.equal(await wire.next("the answer to the second probe"), "3probe");
}

/** Numbers that look random and are the same for the same seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 8) / 2 ** 24;
  };
}

/** A client as the protocol describes it: polls and posts, upgrades in the middle, and stops polling before it switches. */
class UpgradingClient {
  readonly received: string[] = [];
  #paused = false;
  #sent = 0;
  readonly #url: string;
  readonly #chance: () => number;

  constructor(url: string, chance: () => number) {
    this.#url = url;
    this.#chance = chance;
  }

  async pollUntilPaused(): Promise<void> {
    while (!this.#paused) {
      const answer = await ask(this.#url);
      assert.equal(answer.status, 200);
      for (const packet of answer.body.split("\x1e")) this.take(packet);
    }
  }

  take(packet: string): void {
    if (packet[0] === "4") this.received.push(packet.slice(1));
    else assert.ok(packet === "6" || packet === "3probe", packet);
  }

  async postSome(count: number): Promise<void> {
    const packets = Array.from({ length: count }, () => `4${this.#sent++}`);
    assert.equal((await post(this.#url, packets.join("\x1e"))).body, "ok");
  }

  async upgrade(fixture: Fixture, sid: string, polling: Promise<void>): Promise<Wire> {
    const wire = await dial(fixture, `&sid=${sid}`);
    wire.send("2probe");
    assert.equal(await wire.next("the answer to the probe"), "3probe");
    this.#paused = true;
    if (this.#chance() < 0.7) await this.postSome(1 + Math.floor(this.#chance() * 20));
    await polling;
    wire.send("5");
    return wire;
  }

  sendSome(wire: Wire, count: number): void {
    for (let index = 0; index < count; index++) wire.send(`4${this.#sent++}`);
  }
}

const HANDLER: FixtureOptions = { pingTimeout: 4000 };

/** Sends numbered messages in random bursts until told to stop; resolves to how many. */
async function talk(peer: Peer, chance: () => number, stopped: () => boolean): Promise<number> {
  let sent = 0;
  while (!stopped()) {
    for (let burst = Math.floor(chance() * 6); burst > 0; burst--) assert.equal(peer.send(String(sent++)), true);
    if (chance() < 0.5) await new Promise((resolve) => setImmediate(resolve));
    else await new Promise((resolve) => setTimeout(resolve, chance() * 3));
  }
  return sent;
}

describe("124: messages both ways during an upgrade are neither lost, repeated nor reordered", () => {
  for (let seed = 1; seed <= 16; seed++) {
    it(`schedule ${seed}`, async (context) => {
      const chance = random(seed * 7919);
      const fixture = await serve(context, HANDLER);
      const { peer, url } = await openPolling(fixture);
      let stop = false;
      const talking = talk(peer, random(seed), () => stop);
      const client = new UpgradingClient(url, chance);
      const polling = client.pollUntilPaused();
      for (let round = Math.floor(chance() * 4); round > 0; round--)
        await client.postSome(1 + Math.floor(chance() * 50));
      const wire = await client.upgrade(fixture, peer.session.id, polling);
      client.sendSome(wire, 1 + Math.floor(chance() * 50));
      await until(() => peer.session.transport === "websocket", "the switch");
      client.sendSome(wire, 10);
      stop = true;
      const sent = await talking;
      peer.send("end");
      for (let packet = String(await wire.next()); packet !== "4end"; packet = String(await wire.next()))
        client.take(packet);
      assert.deepEqual(
        client.received,
        Array.from({ length: sent }, (_, index) => String(index)),
      );
      wire.send("4end");
      const got: string[] = [];
      for (
        let text = String(await peer.messages.take("all"));
        text !== "end";
        text = String(await peer.messages.take("all"))
      ) {
        got.push(text);
      }
      assert.deepEqual(
        got,
        got.map((_, index) => String(index)),
      );
      assert.ok(got.length > 10);
    });
  }
});
