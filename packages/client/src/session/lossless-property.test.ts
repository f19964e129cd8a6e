import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TransportName } from "../transport/engine-transport.ts";
import { TestClock } from "../transport/test-clock.test.ts";
import { LosslessTransport } from "./lossless-transport.ts";
import { PREFERENCE } from "./opening-order.ts";
import { FAIR, ModelNetwork, type Weather } from "./test-everwire.test.ts";
import { startSession } from "./test-session.test.ts";
import { TransportChoice } from "./transport-choice.ts";

const SEEDS = 60;
const MESSAGES = 120;

/** Mulberry32: the same numbers for the same seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function storm(random: () => number): Weather {
  const hostile = random() * 0.15;
  const slow = random() * 200;
  const silent = new Set<TransportName>(PREFERENCE.filter(() => random() < 0.2));
  const held = new Set<TransportName>(PREFERENCE.filter((name) => /s/.test(name[0] ?? "") && random() < 0.3));
  return {
    delay: () => random() * slow,
    cut: () => random() < hostile,
    twice: () => random() < 0.2,
    hung: () => random() < hostile / 2,
    clipped: (name) => name === "sse" && random() < hostile,
    blocked: (name) => (silent.has(name) ? "silent" : random() < hostile ? "refused" : undefined),
    buffered: (name) => held.has(name) && (name === "streaming" || name === "sse"),
  };
}

/** Every third session has messages that fill the window. */
function sizeOf(seed: number, n: number): number {
  return seed % 3 > 0 ? 0 : n % 7 === 0 ? 60_000 : (n * 331) % 9_000;
}

async function run(seed: number): Promise<void> {
  const random = seeded(seed);
  const up = (n: number): string => `up ${n}`.padEnd(sizeOf(seed, n), "x");
  const clock = new TestClock();
  const net = new ModelNetwork(clock);
  const { server } = net;
  const got: string[] = [];
  const ends: string[] = [];
  let waiting: string[] = [];
  const opened = PREFERENCE[Math.floor(random() * PREFERENCE.length)] ?? "polling";
  const transport = net.create(opened, undefined, {
    open: () => undefined,
    packet: (packet) => lossless.openedHandler.packet(packet),
    drain: () => undefined,
    ended: () => lossless.openedHandler.ended(),
    close: (code, detail) => lossless.openedHandler.close(code, detail),
  });
  const choice = new TransportChoice(PREFERENCE, PREFERENCE);
  const times = { transportTimeout: 2_000, requestTimeout: 5_000, maxPayload: seed % 3 > 0 ? 60 : 50_000 };
  const lossless = new LosslessTransport(
    transport,
    { clock, create: net.create, sid: "s", choice, upgrade: true, random, reattachTimeout: 20_000, ...times },
    {
      packet: ({ data }) => got.push(String(data)),
      drain: () => flush(),
      attached: () => undefined,
      interrupted: () => undefined,
      close: (code, detail) => ends.push(`${code} ${detail}`),
    },
  );
  function flush(): void {
    if (waiting.length === 0 || !lossless.writable) return;
    waiting = waiting.slice(lossless.send(waiting.map((data) => ({ type: "message", data }))));
  }
  transport.open();
  await clock.pass(20);
  lossless.open();
  for (let n = 0; n < MESSAGES; n++) {
    if (n % 20 === 0) net.weather = storm(random);
    waiting.push(up(n));
    server.send(`down ${n}`);
    flush();
    if (random() < 0.05) lossless.choose(PREFERENCE.filter(() => random() < 0.6));
    if (random() < 0.05) lossless.suspect();
    await clock.pass(random() * 150);
    if (n % 40 === 39) {
      // So that no storm outlasts the patience of a session.
      net.weather = FAIR;
      lossless.suspect();
      await clock.pass(8_000);
    }
  }
  // What the heartbeat does when a ping is late: a request may be under way that never arrives.
  lossless.suspect();
  await clock.pass(20_000);
  assert.deepEqual(ends, []);
  const all = (text: (n: number) => string): string[] => Array.from({ length: MESSAGES }, (_, n) => text(n));
  assert.deepEqual(
    got,
    all((n) => `down ${n}`),
  );
  assert.deepEqual(server.got, all(up));
  assert.equal(server.unacknowledged, 0);
  lossless.close();
  await clock.pass(5_000);
  assert.equal(clock.pending, 0, "a timer is left");
}

/** Closed in the middle of whatever it is doing. */
async function close(seed: number): Promise<void> {
  const random = seeded(seed);
  const opened = PREFERENCE[Math.floor(random() * PREFERENCE.length)] ?? "polling";
  const { clock, events, got, lossless, send, server } = await startSession({ opened, weather: storm(random) });
  for (let n = Math.floor(random() * 30); n > 0; n--) {
    send(`up ${n}`);
    server.send(`down ${n}`);
    if (random() < 0.2) lossless.choose(PREFERENCE.filter(() => random() < 0.6));
    if (random() < 0.2) lossless.suspect();
    await clock.pass(random() * 300);
  }
  lossless.close();
  const seen = [...events, ...got];
  lossless.suspect();
  lossless.climb();
  await clock.pass(5_000);
  assert.deepEqual([...events, ...got], seen, "something is reported");
  assert.equal(clock.pending, 0, "a timer is left");
}

describe("whatever the network does", () => {
  it(`everything arrives once and in order, both ways (${SEEDS} schedules)`, async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      await run(seed).catch((error: unknown) => {
        throw new Error(`seed ${seed}: ${error}`, { cause: error });
      });
    }
  });

  it(`nothing is left of a session that is closed at any moment (${SEEDS} schedules)`, async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      await close(seed).catch((error: unknown) => {
        throw new Error(`seed ${seed}: ${error}`, { cause: error });
      });
    }
  });
});
