import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TransportName } from "../transport/engine-transport.ts";
import { PREFERENCE } from "./opening-order.ts";
import { FAIR, type Weather } from "./test-everwire.test.ts";
import { exchange, made, startSession as start, without } from "./test-session.test.ts";

describe("the carrier of an Everwire session", () => {
  it("climbs to the best transport at once, and then again ever more rarely", async () => {
    const run = await start({ opened: "polling", order: ["websocket", "polling"], weather: without("websocket") });
    const tries = (): number => run.net.made.filter(({ name }) => name === "websocket").length;
    assert.equal(tries(), 1);
    await run.clock.pass(9_000);
    assert.equal(tries(), 1);
    await run.clock.pass(2_000);
    assert.equal(tries(), 2);
    await run.clock.pass(18_000);
    assert.equal(tries(), 2);
    await run.clock.pass(3_000);
    assert.equal(tries(), 3);
    run.net.weather = FAIR;
    run.lossless.climb();
    await run.clock.pass(50);
    assert.deepEqual(run.events, ["websocket better"]);
    await exchange(run, "a");
  });

  it("attaches a carrier that breaks by the same transport, and by a lesser one when it breaks again", async () => {
    const run = await start({ order: ["websocket", "polling"] });
    const cut = async (): Promise<void> => {
      run.net.weather = { ...FAIR, cut: () => true };
      run.server.urgent("2");
      run.net.weather = FAIR;
      await run.clock.pass(50);
    };
    await cut();
    assert.equal(run.lossless.name, "websocket");
    await exchange(run, "a", 3_000);
    await cut();
    assert.equal(run.lossless.name, "polling");
    assert.deepEqual(run.events, ["polling broken"]);
    await exchange(run, "b");
    await run.clock.pass(60_000);
    assert.deepEqual(run.events, ["polling broken", "websocket better"]);
    await cut();
    assert.equal(run.lossless.name, "websocket");
  });

  it("falls when a transport is silent", async () => {
    const run = await start({
      opened: "polling",
      weather: { ...FAIR, blocked: (name) => (name === "polling" ? undefined : "silent") },
    });
    run.lossless.choose(["websocket", "polling"]);
    await run.clock.pass(4_000);
    await exchange(run, "a");
    assert.equal(run.lossless.name, "polling");
    assert.deepEqual(run.events, []);
  });

  it("leaves a stream that is kept back by a proxy, whether it was opened so or attached", async () => {
    const weather: Weather = { ...without("websocket"), buffered: (name) => name === "streaming" || name === "sse" };
    const opened = await start({ opened: "streaming", weather });
    await opened.clock.pass(12_000);
    assert.deepEqual(opened.events, ["polling buffered"]);
    await exchange(opened, "a", 10_000);

    const attached = await start({ opened: "polling", weather });
    await attached.clock.pass(12_000);
    assert.equal(attached.lossless.name, "polling");
    assert.deepEqual(attached.events, []);
    await exchange(attached, "b", 10_000);
  });

  it("moves where the application wants it, and says why", async () => {
    const run = await start();
    for (const name of [...PREFERENCE, ...PREFERENCE.toReversed()]) {
      run.send(`before ${name}`);
      run.server.send(`before ${name}`);
      const same = run.lossless.name === name;
      assert.equal(run.lossless.choose([name]), true);
      await run.clock.pass(100);
      assert.equal(run.lossless.name, name);
      assert.equal(run.events.splice(0).join(), same ? "" : `${name} chosen`);
    }
    assert.equal(run.lossless.choose(["iframe"]), false);
    await run.clock.pass(3_000);
    assert.equal(run.got.length, 10);
    assert.deepEqual(run.got, run.server.got);
  });

  for (const [what, cut, blocked] of [
    ["refuses", true, undefined],
    ["is silent", false, "silent"],
  ] as const) {
    it(`survives a network that ${what} for as long as the server keeps the session, and no longer`, async () => {
      const away: Weather = { ...FAIR, cut: () => cut, blocked: () => blocked };
      const run = await start({ reattachTimeout: 40_000 });
      run.net.weather = away;
      run.lossless.suspect();
      run.server.send("down");
      run.send("up");
      await run.clock.pass(39_000);
      assert.deepEqual([run.events, run.signs, run.lossless.interrupted], [[], ["interrupted"], true]);
      run.net.weather = FAIR;
      await run.clock.pass(11_000);
      assert.deepEqual([run.got, run.server.got], [["down"], ["up"]]);
      assert.deepEqual([run.signs, run.lossless.interrupted], [["interrupted", "resumed"], false]);
      run.net.weather = away;
      run.lossless.suspect();
      await run.clock.pass(70_000);
      assert.match(run.events.at(-1) ?? "", /^close connection_lost/);
      assert.deepEqual(run.signs, ["interrupted", "resumed", "interrupted"]);
      assert.equal(run.clock.pending, 0);
    });
  }

  it("comes back as soon as before after each of many cuts, when it may use one transport alone", async () => {
    const run = await start({ order: ["websocket"] });
    for (let n = 0; n < 8; n++) {
      run.net.made.at(-1)?.break("connection_lost");
      await run.clock.pass(600);
      await exchange(run, `${n}`, 2_500);
    }
    assert.deepEqual(run.events, []);
  });

  it("spreads what follows a refusal, so that all clients of a server do not come at the same time", async () => {
    const run = await start({ order: ["websocket", "streaming", "polling"], random: () => 0.8 });
    run.net.weather = without("websocket", "streaming");
    run.net.made[0]?.break("connection_lost");
    const names = (): string =>
      run.net.made
        .slice(1)
        .map(({ name }) => name)
        .join();
    await run.clock.pass(300);
    assert.equal(names(), "websocket");
    await run.clock.pass(200);
    assert.equal(names(), "websocket,streaming");
    await run.clock.pass(500);
    assert.equal(run.lossless.name, "polling");
  });

  it("takes one stream that is kept back for all of them, and is back at polling in little more than a second", async () => {
    const weather: Weather = { ...without("websocket"), buffered: (name) => name === "streaming" || name === "sse" };
    const run = await start({ opened: "polling", weather });
    run.server.send("a");
    run.send("b");
    await run.clock.pass(1_500);
    assert.deepEqual([run.got, run.server.got], [["a"], ["b"]]);
    assert.deepEqual(run.signs, ["interrupted", "resumed"]);
    const streams = (): number => run.net.made.filter(({ name }) => name === "streaming" || name === "sse").length;
    await run.clock.pass(600_000);
    assert.equal(streams(), 1);
    run.lossless.networkChanged();
    await run.clock.pass(20_000);
    assert.equal(streams(), 2);
  });

  it("accepts a stream that brings messages while no request is answered", async () => {
    const run = await start({ opened: "streaming", order: ["streaming"] });
    await exchange(run, "a");
    run.net.weather = { ...FAIR, hung: () => true };
    run.net.made[0]?.break("connection_lost");
    run.server.send("b");
    await run.clock.pass(12_000);
    assert.deepEqual(run.signs, ["interrupted", "resumed"]);
    assert.deepEqual(run.got.at(-1), "b");
    run.net.weather = FAIR;
    await run.clock.pass(20_000);
    await exchange(run, "c");
  });

  it("proves a stream while a long message is on its way to the server", async () => {
    const run = await start({ opened: "polling", order: ["streaming", "polling"], weather: without("streaming") });
    const { post } = run.net;
    run.net.post = (body, signal) =>
      body.includes("2probe") ? post.call(run.net, body, signal) : new Promise(() => {});
    run.send("long");
    run.net.weather = FAIR;
    run.lossless.climb();
    await run.clock.pass(200);
    assert.equal(run.lossless.name, "streaming");
    run.lossless.close();
  });

  it("keeps polling while a better transport is being attached", async () => {
    const silent: Weather = { ...FAIR, blocked: (name) => (name === "polling" ? undefined : "silent") };
    const run = await start({ opened: "polling", order: ["websocket", "polling"], weather: silent });
    await exchange(run, "a", 300);
    assert.ok(made(run).length >= 4, made(run).join());
    assert.deepEqual(run.events, []);
  });

  it("leaves a stream that is ended as soon as it has begun, every time", async () => {
    const weather = { ...without("websocket"), clipped: (name: TransportName) => name === "streaming" };
    const run = await start({ opened: "streaming", order: ["websocket", "streaming", "polling"] });
    run.net.weather = weather;
    run.lossless.suspect();
    await run.clock.pass(2_000);
    assert.equal(run.lossless.name, "polling");
    assert.ok(run.net.made.length < 20, `${run.net.made.length} requests`);
    await exchange(run, "a", 9_000);
  });

  it("attaches again by the same transport though a POST hangs on the network that was left", async () => {
    for (const opened of ["streaming", "polling"] as const) {
      const run = await start({ opened, order: [opened, "short-polling"] });
      await run.clock.pass(100);
      run.net.weather = { ...FAIR, hung: () => true };
      run.send("up");
      await run.clock.pass(100);
      run.net.weather = FAIR;
      run.lossless.suspect();
      await run.clock.pass(200);
      assert.deepEqual(run.server.got, ["up"]);
      assert.equal(run.lossless.name, opened);
      assert.deepEqual(run.events, []);
      await exchange(run, "a");
    }
  });

  for (const [hint, wait] of [
    ["6300", 300],
    ["61", 10],
    ["6-300", 1_000],
    ["6NaN", 1_000],
    ["6Infinity", 1_000],
    ["6999999999", 60_000],
    ["61e9", 1_000],
  ] as const) {
    it(`asks again ${wait} ms after the hint ${hint}`, async () => {
      const run = await start({ opened: "short-polling", upgrade: false, hint });
      await run.clock.pass(61_000);
      const before = run.net.made.length;
      await run.clock.pass(5 * (wait + 10));
      assert.ok(Math.abs(run.net.made.length - before - 5) <= 3, `${run.net.made.length - before} requests`);
      run.lossless.close();
    });
  }

  it("does not ask again and again while the server has given the downlink to an attach", async () => {
    const weather: Weather = { ...FAIR, buffered: (name) => name === "websocket" };
    const run = await start({ opened: "polling", order: ["websocket", "polling"], weather });
    await run.clock.pass(4_000);
    assert.deepEqual(made(run), ["polling 0", "websocket 1000000"]);
    await run.clock.pass(2_000);
    await exchange(run, "a", 4_000);
    assert.equal(run.lossless.name, "polling");
  });

  it("waits no longer than for a stream when the server has given the downlink to one that brings nothing", async () => {
    const weather: Weather = { ...FAIR, blocked: (name) => (name === "polling" ? undefined : "silent") };
    const run = await start({ opened: "polling", order: ["streaming", "polling"], weather });
    run.server.carrier?.end(["6"]);
    run.server.send("a");
    await run.clock.pass(3_100);
    assert.deepEqual(run.got, ["a"]);
  });

  it("comes back to what it had when that breaks while better ones do not open", async () => {
    const weather: Weather = { ...FAIR, blocked: (name) => (name === "polling" ? undefined : "silent") };
    const run = await start({ opened: "polling", order: ["websocket", "streaming", "polling"], weather });
    run.server.send("first");
    await run.clock.pass(500);
    run.net.made.findLast(({ name }) => name === "polling")?.break("connection_lost");
    await run.clock.pass(5_500);
    run.server.send("second");
    await run.clock.pass(100);
    assert.deepEqual(run.got, ["first", "second"]);
  });

  it("attaches once at a time, also when the network changes between two rounds", async () => {
    const run = await start({ order: ["websocket"] });
    run.net.weather = without("websocket");
    run.net.made[0]?.break("connection_lost");
    await run.clock.pass(100);
    run.net.weather = { ...FAIR, blocked: () => "silent" };
    const before = run.net.made.length;
    run.lossless.suspect();
    await run.clock.pass(2_000);
    assert.equal(run.net.made.length, before + 1);
    run.lossless.close();
    await run.clock.pass(1_000);
    assert.equal(run.clock.pending, 0);
  });

  it("tries a better transport right after the network has changed", async () => {
    const run = await start({ opened: "polling", order: ["websocket", "polling"], weather: without("websocket") });
    await run.clock.pass(12_000);
    run.net.weather = FAIR;
    run.lossless.suspect();
    await run.clock.pass(200);
    assert.deepEqual(run.events, ["websocket better"]);
  });

  it("lets go of carriers that follow each other quickly", async () => {
    const run = await start();
    for (const name of ["polling", "sse", "websocket"] as const) {
      run.lossless.choose([name]);
      await run.clock.pass(60);
    }
    await run.clock.pass(1_500);
    assert.deepEqual(run.events, ["polling chosen", "sse chosen", "websocket chosen"]);
    assert.ok(run.net.made.slice(0, -1).every(({ name, released }) => released || name === "polling"));
    assert.equal(run.net.made.at(-1)?.released, false);
  });

  it("says that the application has chosen, also when its first choice does not open", async () => {
    const run = await start();
    run.net.weather = without("sse");
    run.lossless.choose(["sse", "polling"]);
    await run.clock.pass(200);
    assert.deepEqual(run.events, ["polling chosen"]);
  });
});
