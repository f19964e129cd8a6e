import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { outgoing } from "../packet/send-queue.ts";
import { settled, TestClock } from "../transport/test-clock.test.ts";
import { testEverwire } from "../transport/test-platform.test.ts";
import { TestNetwork } from "../transport/test-transport.test.ts";
import { Engine, type EngineSetup } from "./engine.ts";
import { type EverwireParts, LazyEverwire } from "./everwire-loader.ts";

function start(options: Partial<EngineSetup> = {}) {
  const clock = new TestClock();
  const network = new TestNetwork();
  const seen: string[] = [];
  const transports = options.transports ?? ["websocket", "polling"];
  const engine = new Engine(
    {
      clock,
      random: () => 0.5,
      transports,
      opening: transports,
      remembered: false,
      raceDelay: 500,
      timeout: 20_000,
      create: network.create,
      everwire: testEverwire,
      upgrade: true,
      transportTimeout: 100,
      maxBufferedBytes: 1_000,
      ...options,
    },
    {
      open: () => seen.push("open"),
      message: (data) => seen.push(`message ${data}`),
      ping: () => seen.push("ping"),
      interrupted: () => undefined,
      moved: (reason) => seen.push(`moved ${reason}`),
      close: (failure, detail) => seen.push(detail === undefined ? `close ${failure}` : `close ${failure}: ${detail}`),
    },
  );
  engine.open();
  return { clock, network, seen, engine };
}

/** Open over polling, probing a WebSocket that has answered. */
async function probing() {
  const run = start({ transports: ["polling", "websocket"] });
  const polling = run.network.last;
  polling.accept({ upgrades: ["websocket"] });
  const websocket = run.network.last;
  websocket.accept();
  return { ...run, polling, websocket };
}

describe("opening", () => {
  it("uses the first transport that opens", () => {
    const { network, seen, engine } = start();
    network.last.accept();
    assert.deepEqual(seen, ["open"]);
    assert.equal(engine.transport, "websocket");
    assert.equal(network.transports.length, 1);
  });

  it("goes on with the next transport when one fails, and reports the last failure", () => {
    const { network, seen } = start();
    network.last.handler.close("open_failed", "refused");
    assert.equal(network.last.name, "polling");
    network.last.handler.close("open_refused", "HTTP 400");
    assert.deepEqual(seen, ["close open_refused: HTTP 400"]);
    assert.equal(network.transports.length, 2);
  });

  it("goes on with the next transport when one is silent, and forgets the silent one", async () => {
    const { network, clock, seen, engine } = start();
    await clock.pass(100);
    assert.equal(network.transports.length, 2);
    const [silent] = network.transports;
    assert.equal(silent?.closed, true);
    silent.accept();
    assert.deepEqual(seen, []);
    network.last.accept();
    assert.equal(engine.transport, "polling");
    assert.deepEqual(seen, ["open"]);
  });

  for (const handshake of [{ sid: "" }, { pingInterval: -1 }, { pingTimeout: "x" }, { upgrades: null }]) {
    it(`ends with an invalid handshake: ${JSON.stringify(handshake)}`, () => {
      const { network, seen } = start();
      network.last.accept(handshake);
      assert.match(seen[0] ?? "", /^close invalid_handshake/);
      assert.equal(seen.length, 1);
    });
  }
});

describe("a session", () => {
  it("sends the messages of one turn together and in order", async () => {
    const { network, engine } = start();
    network.last.accept();
    engine.send(outgoing("a"));
    engine.send(outgoing("b", [new Uint8Array(3)]));
    assert.deepEqual(network.last.sent, []);
    await settled();
    assert.deepEqual(network.last.sent, ["message:a", "message:b", "binary:3"]);
  });

  it("keeps messages while the transport is busy, within the bound", async () => {
    const { network, engine } = start({ maxBufferedBytes: 4 });
    network.last.accept();
    network.last.writable = false;
    assert.equal(engine.send(outgoing("abc")), undefined);
    assert.equal(engine.send(outgoing("de")), "buffer_full");
    network.last.writable = true;
    network.last.handler.drain();
    assert.deepEqual(network.last.sent, ["message:abc"]);
    assert.equal(engine.send(outgoing("de")), undefined);
  });

  it("refuses what is larger than the server takes", () => {
    const { network, engine } = start();
    network.last.accept({ maxPayload: 10 });
    assert.equal(engine.send(outgoing("123456789")), undefined);
    assert.equal(engine.send(outgoing("1234567890")), "payload_too_large");
    assert.equal(engine.send(outgoing("ééééé")), "payload_too_large");
    assert.equal(engine.send(outgoing("1", [new Uint8Array(11)])), "payload_too_large");
  });

  it("answers pings and ends when they stop", async () => {
    const { network, clock, seen } = start();
    network.last.accept({ pingInterval: 100, pingTimeout: 50 });
    await clock.pass(100);
    network.last.receive("ping");
    await clock.pass(149);
    assert.deepEqual(network.last.sent, ["pong:"]);
    await clock.pass(1);
    assert.deepEqual(seen, ["open", "ping", "close ping_timeout"]);
    assert.equal(clock.pending, 0);
  });

  it("queues one answer for any number of pings", () => {
    const { network, engine } = start();
    network.last.accept();
    network.last.writable = false;
    for (let n = 0; n < 1_000; n++) network.last.receive("ping");
    network.last.writable = true;
    network.last.handler.drain();
    assert.deepEqual(network.last.sent, ["pong:"]);
    engine.close();
  });

  it("answers pings of an Everwire session though messages wait for acknowledgements", async () => {
    const { network, engine } = start({ maxBufferedBytes: 1_000_000 });
    network.last.accept({ everwire: 1, transports: ["websocket"], maxPayload: 1_000_000 });
    engine.send(outgoing("x".repeat(300_000)));
    engine.send(outgoing("y"));
    await settled();
    assert.equal(network.last.sent.length, 2);
    network.last.receive("ping");
    await settled();
    assert.equal(network.last.sent[2], "pong:");
    engine.close();
  });

  it("takes no message after a sleep in which the server gave it up", async () => {
    const { network, clock, seen, engine } = start();
    network.last.accept({ pingInterval: 100, pingTimeout: 50 });
    clock.sleep(200);
    assert.equal(engine.send(outgoing("a")), "not_connected");
    await settled();
    assert.deepEqual(seen, ["open", "close ping_timeout"]);
  });

  for (const type of ["open", "pong", "upgrade"] as const) {
    it(`ends with a packet that only clients send or that comes too late: ${type}`, () => {
      const { network, seen } = start();
      network.last.accept();
      network.last.receive(type);
      network.last.receive("message", "late");
      assert.deepEqual(seen, ["open", `close unexpected_packet: ${type}`]);
    });
  }

  it("flushes before a polite close and reports nothing after it", async () => {
    const { network, seen, engine } = start();
    network.last.accept();
    network.last.writable = false;
    engine.send(outgoing("a"));
    engine.close();
    assert.equal(network.last.closed, false);
    network.last.receive("message", "late");
    network.last.writable = true;
    network.last.handler.drain();
    assert.deepEqual(network.last.sent, ["message:a"]);
    assert.equal(network.last.closed, true);
    await settled();
    assert.deepEqual(seen, ["open"]);
  });

  it("does not wait for ever when it closes", async () => {
    const { network, clock, engine } = start();
    network.last.accept();
    network.last.writable = false;
    engine.send(outgoing("a"));
    engine.close();
    await clock.pass(2_000);
    assert.equal(network.last.closed, true);
    assert.equal(clock.pending, 0);
  });
});

describe("an upgrade", () => {
  it("probes, waits for the pause, then switches without loss or reordering", async () => {
    const { polling, websocket, engine, seen } = await probing();
    assert.equal(websocket.sid, "s1");
    assert.deepEqual(websocket.sent, ["ping:probe"]);
    engine.send(outgoing("before"));
    await settled();
    websocket.receive("pong", "probe");
    engine.send(outgoing("during"));
    await settled();
    polling.receive("message", "last over polling");
    assert.deepEqual(websocket.sent, ["ping:probe"]);
    polling.paused?.();
    websocket.receive("message", "first over websocket");
    assert.deepEqual(polling.sent, ["message:before"]);
    assert.deepEqual(websocket.sent, ["ping:probe", "upgrade:", "message:during"]);
    assert.deepEqual(seen, ["open", "message last over polling", "moved better", "message first over websocket"]);
    assert.equal(engine.transport, "websocket");
    assert.equal(polling.closed, false, "a close packet over polling would end the session");
  });

  it("that fails to connect, is silent or answers nonsense leaves polling in use", async () => {
    const attempts: readonly ((run: Awaited<ReturnType<typeof probing>>) => void | Promise<void>)[] = [
      ({ websocket }) => websocket.handler.close("open_failed", undefined),
      ({ clock }) => clock.pass(100),
      ({ websocket }) => websocket.receive("pong", "nonsense"),
      ({ websocket }) => websocket.receive("message", "too early"),
    ];
    for (const fail of attempts) {
      const run = await probing();
      await fail(run);
      run.engine.send(outgoing("a"));
      await settled();
      assert.deepEqual(run.polling.sent, ["message:a"]);
      assert.deepEqual(run.seen, ["open"]);
      assert.equal(run.engine.transport, "polling");
    }
  });

  it("that fails while polling pauses resumes polling and loses nothing", async () => {
    const { polling, websocket, engine, seen } = await probing();
    websocket.receive("pong", "probe");
    engine.send(outgoing("a"));
    await settled();
    const { paused } = polling;
    websocket.handler.close("connection_lost", undefined);
    paused?.();
    await settled();
    assert.deepEqual(polling.sent, ["message:a"]);
    assert.deepEqual(websocket.sent, ["ping:probe"]);
    assert.deepEqual(seen, ["open"]);
  });

  it("is followed by a loss of the new transport like any other", async () => {
    const { polling, websocket, seen } = await probing();
    websocket.receive("pong", "probe");
    polling.paused?.();
    websocket.handler.close("connection_lost", "1006");
    assert.deepEqual(seen, ["open", "moved better", "close connection_lost: 1006"]);
  });

  it("is not tried when the options or the server do not want it", () => {
    for (const options of [{ upgrade: false }, { transports: ["polling"] as const }]) {
      const { network } = start({ transports: ["polling", "websocket"], ...options });
      network.last.accept({ upgrades: ["websocket"] });
      assert.equal(network.transports.length, 1);
    }
    const { network } = start({ transports: ["polling", "websocket"] });
    network.last.accept({ upgrades: [] });
    assert.equal(network.transports.length, 1);
  });

  it("under way is given up by a close, which still flushes over polling", async () => {
    const { polling, websocket, engine } = await probing();
    websocket.receive("pong", "probe");
    engine.send(outgoing("a"));
    engine.close();
    assert.equal(websocket.closed, true);
    assert.deepEqual(polling.sent, ["message:a"]);
    assert.equal(polling.closed, true);
  });
});

describe("the code of Everwire sessions", () => {
  const handshake = { everwire: 1, transports: ["websocket", "polling", "streaming"] };
  function lazy(options: Partial<EngineSetup> = {}) {
    const { promise, resolve, reject } = later();
    const run = start({ everwire: new LazyEverwire(() => promise), ...options });
    return { ...run, resolve, reject };
  }
  function later() {
    const calls: { resolve: () => void; reject: (error: Error) => void }[] = [];
    const promise = new Promise<EverwireParts>((resolve, reject) => {
      assert.ok(testEverwire.parts !== undefined);
      const { parts } = testEverwire;
      calls.push({ resolve: () => resolve(parts), reject });
    });
    const [call] = calls;
    assert.ok(call !== undefined);
    return { promise, ...call };
  }

  it("is fetched when the handshake is such a server's, and what comes meanwhile waits", async () => {
    const { engine, network, resolve, seen } = lazy();
    network.last.accept(handshake);
    network.last.receive("ping");
    await settled();
    assert.deepEqual(seen, []);
    resolve();
    await settled();
    assert.deepEqual(seen, ["open", "ping"]);
    assert.equal(engine.lossless, true);
  });

  it("is not fetched for another server", async () => {
    const { engine, network, seen } = start({ everwire: new LazyEverwire(() => Promise.reject(new Error("fetched"))) });
    network.last.accept();
    await settled();
    assert.deepEqual(seen, ["open"]);
    assert.equal(engine.lossless, false);
  });

  it("that cannot be fetched makes the opening fail", async () => {
    let fetches = 0;
    const everwire = new LazyEverwire(() => {
      fetches += 1;
      return Promise.reject(new Error("no network"));
    });
    for (const failed of [false, false, true]) {
      const { network, seen } = start({ everwire });
      network.last.accept(handshake);
      await settled();
      assert.deepEqual(seen, ["close open_failed: the code of the session could not be loaded"]);
      assert.equal(everwire.failed, failed, "the opening after that is one of a stock session");
    }
    assert.equal(fetches, 3);
  });

  it("is fetched before a transport opens that stock servers do not have", async () => {
    const { network, resolve } = lazy({ transports: ["streaming"] });
    await settled();
    assert.equal(network.transports.length, 0);
    resolve();
    await settled();
    assert.equal(network.last.name, "streaming");
  });

  it("that comes after the session was closed is not used", async () => {
    const { engine, network, resolve, seen } = lazy();
    network.last.accept(handshake);
    engine.close();
    resolve();
    await settled();
    assert.deepEqual(seen, []);
    assert.equal(network.last.closed, true);
  });

  it("does not save a connection that is lost meanwhile from being made again", async () => {
    const { engine, network, resolve, seen } = lazy();
    network.last.accept(handshake);
    network.last.handler.close("connection_lost", undefined);
    resolve();
    await settled();
    assert.equal(seen[0], "open");
    assert.equal(engine.interrupted, true);
    assert.equal(network.transports.length, 2);
  });
});
