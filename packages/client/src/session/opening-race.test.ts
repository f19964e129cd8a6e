import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TestClock } from "../transport/test-clock.test.ts";
import { testEverwire } from "../transport/test-platform.test.ts";
import { TestNetwork } from "../transport/test-transport.test.ts";
import { OpeningRace, type OpeningRaceSetup } from "./opening-race.ts";

function start(options: Partial<OpeningRaceSetup> = {}) {
  const clock = new TestClock();
  const network = new TestNetwork();
  const seen: string[] = [];
  const race = new OpeningRace(
    {
      clock,
      create: network.create,
      everwire: testEverwire,
      names: ["websocket", "sse", "polling"],
      remembered: false,
      raceDelay: 500,
      transportTimeout: 5_000,
      ...options,
    },
    {
      won: ({ transport }, { type }, reason) => seen.push(`${transport.name} ${reason} ${type}`),
      failed: (code, detail) => seen.push(`${code} ${detail}`),
    },
  );
  race.start();
  const names = (): string => network.transports.map(({ name, closed }) => (closed ? `-${name}` : name)).join(" ");
  return { clock, network, race, seen, names };
}

describe("an opening", () => {
  it("is the first transport's when it is open soon", async () => {
    const { clock, network, seen, names } = start();
    await clock.pass(499);
    network.last.accept();
    assert.deepEqual(seen, ["websocket opened open"]);
    assert.equal(names(), "websocket");
    assert.equal(clock.pending, 0);
  });

  it("says when the first was the one that worked last time", () => {
    const { network, seen } = start({ remembered: true });
    network.last.accept();
    assert.deepEqual(seen, ["websocket remembered open"]);
  });

  it("is a race with polling after the delay, and the loser is closed", async () => {
    const run = start();
    await run.clock.pass(500);
    assert.equal(run.names(), "websocket polling");
    run.network.last.accept();
    run.network.transports[0]?.accept();
    assert.deepEqual(run.seen, ["polling raced open"]);
    assert.equal(run.names(), "-websocket polling");
    assert.equal(run.clock.pending, 0);

    const late = start();
    await late.clock.pass(600);
    late.network.transports[0]?.accept();
    assert.deepEqual(late.seen, ["websocket opened open"]);
    assert.equal(late.names(), "websocket -polling");
  });

  it("goes on at once when a transport is refused, without a second race", async () => {
    const { clock, network, seen, names } = start();
    network.last.handler.close("open_failed", undefined);
    network.last.handler.close("open_refused", undefined);
    assert.equal(names(), "websocket sse polling");
    await clock.pass(600);
    network.last.accept();
    assert.deepEqual(seen, ["polling blocked open"]);
  });

  it("waits for one that still opens when the other is refused", async () => {
    const { clock, network, seen, names } = start({ names: ["websocket", "polling"] });
    await clock.pass(500);
    network.last.handler.close("open_refused", "HTTP 404");
    assert.deepEqual(seen, []);
    network.transports[0]?.handler.close("open_failed", "1006");
    assert.deepEqual(seen, ["open_failed 1006"]);
    assert.equal(names(), "websocket polling");
    assert.equal(clock.pending, 0);
  });

  it("gives a silent transport up, but never the last one", async () => {
    const { clock, network, seen, names } = start({ names: ["websocket", "polling"] });
    await clock.pass(60_000);
    assert.equal(names(), "-websocket polling");
    assert.deepEqual(seen, []);
    network.last.accept();
    assert.deepEqual(seen, ["polling raced open"]);
  });

  it("leaves nothing behind when it is given up", async () => {
    const { clock, race, network, seen, names } = start();
    await clock.pass(600);
    race.close();
    assert.equal(names(), "-websocket -polling");
    assert.equal(clock.pending, 0);
    network.last.handler.close("open_failed", undefined);
    assert.deepEqual(seen, []);
  });
});
