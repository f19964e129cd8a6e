import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TransportName } from "./engine-transport.ts";
import { FAIR, type Weather } from "./test-everwire.test.ts";
import { exchange, made, startSession as start, without } from "./test-session.test.ts";
import { PREFERENCE } from "./transport-choice.ts";

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

  it("gives up after 5 s when the device has a network and everything is refused", async () => {
    const run = await start();
    run.net.weather = { ...FAIR, cut: () => true };
    run.server.urgent("2");
    await run.clock.pass(4_900);
    assert.deepEqual(run.events, []);
    await run.clock.pass(5_000);
    assert.deepEqual(run.events, ["close connection_lost"]);
    assert.equal(run.clock.pending, 0);
  });

  it("waits for a network that is away, and gives up after 20 s", async () => {
    const away: Weather = { ...FAIR, cut: () => true };
    const run = await start({ online: false });
    run.net.weather = away;
    run.server.urgent("2");
    await run.clock.pass(15_000);
    assert.deepEqual(run.events, []);
    run.net.weather = FAIR;
    run.lossless.suspect();
    await run.clock.pass(100);
    await exchange(run, "a");
    run.net.weather = away;
    run.server.urgent("2");
    await run.clock.pass(30_000);
    assert.deepEqual(run.events.at(-1), "close connection_lost");
    assert.equal(run.clock.pending, 0);
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
