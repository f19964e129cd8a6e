/**
 * A session of ours over networks that block, buffer, cut, swallow, truncate and repeat: neither side hears of a
 * disconnect, and every message comes once and in order, both ways.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { TransportName } from "@everwire/client";
import type { CutHow, Faults } from "@everwire/fault-proxy";
import { EACH, IMPATIENT, type Names, OVER_HTTP, open, type Stage, survive, type Trial } from "./fault-stage.ts";
import { everwireClient, officialClient } from "./talkers.ts";
import { until } from "./waiting.ts";

const NAMES: readonly TransportName[] = ["websocket", "streaming", "sse", "polling", "short-polling"];
const POLLS: readonly Names[] = [["polling"], ["short-polling"]];
const STREAMS: readonly Names[] = [["streaming"], ["sse"]];
const SOMETIMES_IDLE: readonly Names[] = EACH.filter((names) => names?.[0] !== "short-polling");
/** The first of these is what the network does not carry. */
const WITH_POLLING = (name: "websocket" | "streaming" | "sse"): readonly Names[] => [[name, "polling"]];

/** Every so often, for so many times, at instants that the seed decides. */
async function often(times: number, aboutMs: number, { random }: Stage, act: () => void): Promise<void> {
  for (let at = 0; at < times; at++) {
    await pause(2 * aboutMs * random());
    act();
  }
}

/** Cuts one of the open connections, or all of them, at random instants. */
function cuts(how: CutHow, times: number): (stage: Stage) => Promise<void> {
  return (stage) => {
    const { proxy, random } = stage;
    return often(times, 120, stage, () => {
      const ids = proxy.connections.map(({ id }) => id);
      const which = ids[Math.floor(random() * (ids.length + 1))];
      proxy.cut(which === undefined ? { how } : { which, how });
    });
  };
}

/** For a while, in the midst of the talk. */
function meanwhile(faults: Faults, ms: number): (stage: Stage) => Promise<void> {
  return async ({ proxy }) => {
    await pause(200);
    proxy.set(faults);
    await pause(ms);
    proxy.set({});
  };
}

const upgradesBlocked: readonly Trial[] = (["strip", 403, 502, "hang", "mute"] as const).flatMap((blockUpgrade) => {
  const answers = blockUpgrade !== "hang" && blockUpgrade !== "mute";
  const client = { raceDelay: answers ? 1500 : 200 };
  const trial = { faults: { blockUpgrade }, shows: /^fault blockUpgrade/, count: 60, everyMs: 20, client };
  return [
    { ...trial, name: `upgrades blocked (${blockUpgrade})`, over: [undefined], ends: ["streaming", "better"] },
    {
      ...trial,
      name: `upgrades blocked (${blockUpgrade})`,
      over: WITH_POLLING("websocket"),
      ends: ["polling", answers ? "blocked" : "raced"],
    },
  ];
});

const TRIALS: readonly Trial[] = [
  ...upgradesBlocked,
  {
    name: "upgrades that are blocked from one moment on",
    during: async ({ proxy }) => {
      await pause(200);
      proxy.set({ blockUpgrade: "strip" });
      proxy.cut({ how: "rst" });
    },
    shows: /^fault blockUpgrade/,
    over: [undefined],
    everyMs: 20,
    ends: ["streaming", "blocked"],
  },
  {
    name: "responses that are buffered",
    faults: { bufferResponses: true, blockUpgrade: 403, only: "GET" },
    shows: /^fault bufferResponses/,
    over: [undefined, ...WITH_POLLING("streaming"), ...WITH_POLLING("sse")],
    everyMs: 40,
    client: { raceDelay: 200 },
  },
  {
    name: "responses that are buffered from one moment on",
    during: async ({ proxy }) => {
      await pause(200);
      proxy.set({ bufferResponses: true, blockUpgrade: 403, only: "GET" });
      proxy.cut({ how: "fin" });
      await until("something is held", () => proxy.log.some(({ fault }) => fault === "bufferResponses"));
    },
    shows: /^fault bufferResponses/,
    over: [undefined, ...WITH_POLLING("streaming"), ...WITH_POLLING("sse")],
    everyMs: 40,
    client: { raceDelay: 200 },
  },
  ...(["fin", "rst"] as const).map((how) => ({
    name: `idle connections cut (${how}) long before the next message`,
    faults: { cutIdle: { ms: 600, how } },
    shows: /^fault cutIdle/,
    over: SOMETIMES_IDLE,
    count: 5,
    everyMs: 1000,
    server: { pingInterval: 25_000 },
  })),
  {
    name: "idle connections that go silent",
    faults: { cutIdle: { ms: 900, how: "silent" } },
    shows: /^fault cutIdle/,
    over: SOMETIMES_IDLE,
    count: 4,
    everyMs: 1600,
    server: { pingInterval: 1800 },
    client: { timeout: 700 },
  },
  {
    name: "delay with jitter, in small pieces",
    faults: { delay: { ms: 20, jitter: 60 }, chunkSize: 100 },
    shows: /^fault delay/,
    over: EACH,
    // The beginning of a stream alone is twenty pieces.
    client: { transportTimeout: 6000, timeout: 6000 },
  },
  {
    // What is under way over the one is sent again over the other.
    name: "moves from transport to transport while messages are slow",
    faults: { delay: { ms: 30, jitter: 30 } },
    during: async ({ talking }) => {
      for (const name of [...NAMES, ...NAMES.toReversed()]) {
        talking.move(name);
        await until(`it moves to ${name}`, () => talking.state()[0] === name);
      }
    },
    shows: /^fault delay/,
    over: [undefined],
    count: 400,
    everyMs: 5,
  },
  ...(["rst", "fin", "silent"] as const).map((how) => ({
    name: `cuts (${how}) at random instants under load`,
    during: cuts(how, how === "silent" ? 4 : 16),
    shows: new RegExp(`^cut .*${how}`),
    over: EACH,
    count: 300,
    everyMs: 4,
    size: 2000,
  })),
  {
    name: "a network that refuses everything for twelve seconds",
    during: (stage) => {
      const away = meanwhile({ rejectConnections: true }, 12_000)(stage);
      return Promise.all([away, often(3, 200, stage, () => stage.proxy.cut({ how: "rst" }))]);
    },
    shows: /^fault rejectConnections/,
    over: EACH,
    everyMs: 20,
  },
  ...(["toServer", "toClient", "both"] as const).map((halfOpen) => ({
    name: `a black hole (${halfOpen})`,
    during: meanwhile({ halfOpen }, 500),
    shows: /^fault halfOpen/,
    over: EACH,
  })),
  ...(["server", "client"] as const).map((side) => ({
    name: `connections that are cut on the side of the ${side} only`,
    during: (stage: Stage) => often(2, 400, stage, () => stage.proxy.cut({ side, how: "rst" })),
    shows: /^cut /,
    over: EACH,
  })),
  ...(["fin", "rst", "silent"] as const).map((how) => ({
    name: `responses truncated (${how})`,
    during: async (stage: Stage) => {
      const { proxy, random } = stage;
      await often(20, 100, stage, () => proxy.set({ truncate: { bytes: Math.floor(random() * 6000), how } }));
      proxy.set({});
    },
    shows: /^fault truncate/,
    over: OVER_HTTP,
    count: 300,
    everyMs: 6,
    size: 1000,
    server: { streamRecycleBytes: 8192 },
  })),
  {
    name: "streams truncated as if they were complete",
    during: async (stage: Stage) => {
      const { proxy, random } = stage;
      await often(20, 100, stage, () => {
        proxy.set({ truncate: { bytes: 2048 + Math.floor(random() * 6000), how: "complete" }, only: "GET" });
      });
      proxy.set({});
    },
    shows: /^fault truncate/,
    over: STREAMS,
    count: 300,
    everyMs: 6,
    size: 1000,
    server: { streamRecycleBytes: 8192 },
  },
  ...[false, true].map((parallel) => ({
    name: `POSTs that come twice, ${parallel ? "at the same time" : "one after the other"}`,
    faults: { duplicateRequests: { methods: "POST", parallel } },
    shows: /^fault duplicateRequests/,
    over: OVER_HTTP,
  })),
  {
    name: "all requests coming twice at the same time",
    faults: { duplicateRequests: { methods: ["GET", "POST"], parallel: true, probability: 0.5 } },
    shows: /^fault duplicateRequests/,
    over: POLLS,
  },
  {
    name: "gateways that answer 502, 503 and 504 at random",
    faults: { injectStatus: { status: [502, 503, 504], probability: 0.25 } },
    shows: /^fault injectStatus/,
    over: OVER_HTTP,
    everyMs: 20,
  },
  {
    name: "a gateway that has no server for eight seconds",
    during: (stage) => {
      const away = meanwhile({ injectStatus: { status: 503, probability: 1 }, blockUpgrade: 502 }, 8000)(stage);
      return Promise.all([away, often(3, 200, stage, () => stage.proxy.cut({ how: "rst" }))]);
    },
    shows: /^fault (injectStatus|blockUpgrade)/,
    over: EACH,
    everyMs: 20,
  },
  {
    name: "every third connection being reset",
    faults: { dropEvery: 3, cutAfter: 500 },
    shows: /^fault dropEvery/,
    over: EACH,
  },
];

describe("a session survives", { concurrency: 16 }, () => {
  for (const [at, trial] of TRIALS.entries()) {
    for (const [offset, names] of trial.over.entries()) {
      const client = names === undefined ? "by default" : `over ${names.join(", ")}`;
      it(`${trial.name}, ${client}`, (test) => survive(test, trial, names, 100 * at + offset));
    }
  }
});

describe("a session does not survive", { concurrency: 16 }, () => {
  for (const names of EACH) {
    it(`a network that is away for longer than reattachTimeout, over ${names ?? "the default choice"}`, async (test) => {
      const server = { reattachTimeout: 300, pingInterval: 200, pingTimeout: 600 };
      const stage = await open(test, { server }, everwireClient(names, IMPATIENT), 1);
      const { proxy, talk } = stage;
      await talk.say(10);
      await talk.heardAll();
      proxy.set({ rejectConnections: true });
      proxy.cut({ how: "rst" });
      await until("both were told", () => talk.losses.length >= 2);
      assert.match(talk.losses.join(), /server: (transport close|ping timeout)/);
      proxy.set({});
      await until("the client is back", () => talk.connections === 2);
      await talk.say(10);
      await talk.heardAll();
      await talk.end();
    });
  }
});

describe("the same cuts", { concurrency: true }, () => {
  for (const names of [["polling"], ["websocket"]]) {
    it(`are the end of a session that nobody numbers, over ${names}`, async (test) => {
      const stage = await open(test, {}, officialClient(names), 1);
      const { proxy, talk } = stage;
      await Promise.all([talk.say(500, { everyMs: 4 }), cuts("rst", 16)(stage)]);
      proxy.set({});
      await talk.heardAll(1000);
      assert.notDeepEqual(talk.losses, []);
      await assert.rejects(talk.end(), /lost/);
    });
  }
});
