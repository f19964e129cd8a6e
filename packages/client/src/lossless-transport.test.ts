import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TransportName } from "./engine-transport.ts";
import { LosslessTransport } from "./lossless-transport.ts";
import { TestClock } from "./test-clock.test.ts";
import { FAIR, ModelNetwork, type Weather } from "./test-everwire.test.ts";
import { PREFERENCE, TransportChoice } from "./transport-choice.ts";

interface Start {
  readonly opened?: TransportName;
  readonly order?: readonly TransportName[];
  readonly upgrade?: boolean;
  readonly weather?: Weather;
  readonly online?: boolean;
}

/** A session that has just been opened, and the model server at its other end. */
async function start({ opened = "websocket", order = PREFERENCE, upgrade = true, ...more }: Start = {}) {
  const clock = new TestClock();
  const net = new ModelNetwork(clock);
  const got: string[] = [];
  const events: string[] = [];
  const waiting: string[] = [];
  net.weather = { ...FAIR, buffered: more.weather?.buffered ?? FAIR.buffered };
  const transport = net.create(opened, undefined, {
    open: () => undefined,
    packet: (packet) => lossless.openedHandler.packet(packet),
    drain: () => undefined,
    ended: () => lossless.openedHandler.ended(),
    close: (code, detail) => lossless.openedHandler.close(code, detail),
  });
  transport.open();
  const lossless = new LosslessTransport(
    transport,
    {
      clock,
      create: net.create,
      sid: "s1",
      choice: new TransportChoice(order, PREFERENCE),
      upgrade,
      transportTimeout: 5_000,
      requestTimeout: 20_000,
      maxPayload: 1_000,
      random: () => 0.5,
      online: () => more.online ?? true,
    },
    {
      packet: ({ type, data }) => (type === "message" ? got.push(String(data)) : events.push(`${type} ${data}`.trim())),
      drain: () => flush(),
      attached: (reason) => reason !== undefined && events.push(`${lossless.name} ${reason}`),
      close: (code, detail) => {
        events.push(detail === undefined ? `close ${code}` : `close ${code}: ${detail}`);
        lossless.close();
      },
    },
  );
  /** As the engine does. */
  function flush(): void {
    if (waiting.length === 0 || !lossless.writable) return;
    waiting.splice(0, lossless.send(waiting.map((data) => ({ type: "message", data }))));
  }
  function send(...texts: string[]): void {
    waiting.push(...texts);
    flush();
  }
  await clock.pass(20);
  net.weather = more.weather ?? FAIR;
  lossless.open();
  await clock.pass(20);
  return { clock, net, server: net.server, got, events, lossless, send };
}

/** Everything that both sides send, and that nothing is left over. */
async function exchange(run: Awaited<ReturnType<typeof start>>, tag: string, wait = 3_000) {
  const { clock, server, got, send } = run;
  const [here, there] = [got.length, server.got.length];
  for (const n of [1, 2, 3]) {
    send(`${tag} up ${n}`);
    server.send(`${tag} down ${n}`);
  }
  await clock.pass(wait);
  assert.deepEqual(
    got.slice(here),
    [1, 2, 3].map((n) => `${tag} down ${n}`),
  );
  assert.deepEqual(
    server.got.slice(there),
    [1, 2, 3].map((n) => `${tag} up ${n}`),
  );
  assert.equal(server.unacknowledged, 0);
}

/** Weather in which these transports do not open. */
function without(...names: readonly TransportName[]): Weather {
  return { ...FAIR, blocked: (name) => (names.includes(name) ? "refused" : undefined) };
}

function made({ net }: Awaited<ReturnType<typeof start>>): string[] {
  return net.made.map(({ name, attach }) => `${name} ${attach.turn}`);
}

describe("an Everwire session", () => {
  for (const opened of PREFERENCE) {
    it(`carries messages both ways over ${opened}`, async () => {
      const run = await start({ opened, upgrade: false });
      await exchange(run, "a");
      await exchange(run, "b");
      assert.equal(run.lossless.name, opened);
      assert.deepEqual(run.events, []);
      run.lossless.close();
      await run.clock.pass(2_000);
      assert.equal(run.server.ended, true);
      assert.equal(run.clock.pending, 0);
    });
  }

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

  it("answers a heartbeat again after a move, because the answer may be lost", async () => {
    const run = await start();
    run.lossless.choose(["polling"]);
    await run.clock.pass(100);
    assert.deepEqual(run.server.controls, ["3"]);
  });

  it("ends when the server says so, and does not answer that", async () => {
    const run = await start({ opened: "polling", upgrade: false });
    run.server.urgent("1");
    await run.clock.pass(50);
    assert.deepEqual(run.events, ["close"]);
    run.lossless.close();
    await run.clock.pass(2_000);
    assert.equal(run.server.ended, false);
    assert.equal(run.clock.pending, 0);
  });

  it("ends when the server no longer has it", async () => {
    const run = await start({ opened: "polling", upgrade: false });
    const refusal = 'HTTP 400: {"code":1,"message":"Session ID unknown"}';
    run.lossless.openedHandler.close("open_refused", refusal);
    assert.deepEqual(run.events, [`close session_lost: ${refusal}`]);
    await run.clock.pass(2_000);
    assert.equal(run.clock.pending, 0);
  });

  for (const [packet, why] of [
    ["83", "a gap in the stream"],
    ["71", "an acknowledgement of what was not sent"],
  ] as const) {
    it(`ends with what cannot be: ${packet}`, async () => {
      const run = await start();
      run.server.urgent(packet);
      await run.clock.pass(50);
      assert.deepEqual(run.events, [`close parse_error: ${why}`]);
    });
  }
});
