import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AttackEnding } from "./attack.ts";
import type { Stat } from "./target-process.ts";
import { type CommonBounds, isBack, judge, type Measurement } from "./verdict.ts";

const MB = 1e6;
const common: CommonBounds = { p99: 50, p99Ratio: 3, residentAfter: true };

const idle: Stat = {
  rss: 60 * MB,
  peakRss: 60 * MB,
  held: 10 * MB,
  longestDelay: 1,
  openFiles: 40,
  connections: 20,
  peakConnections: 20,
  port: 1,
};

const harmless: Measurement = {
  before: idle,
  during: { ...idle, peakRss: 65 * MB, longestDelay: 20 },
  after: idle,
  collected: idle,
  quiet: { echoes: 400, p50: 0.2, p99: 1, max: 3, errors: 0 },
  attacked: { echoes: 400, p50: 0.3, p99: 5, max: 9, errors: 0 },
  outcome: { attackers: 10, dropped: 10, seconds: 3, sentBytes: 100, failures: 0, endings: { 1008: 10 } },
};

const bounds = { rss: 10, within: 5, stall: 50, sessions: 8 };

function missed(measurement: Partial<Measurement>, ending: AttackEnding = "dropped"): string[] {
  const judgements = judge({ ...harmless, ...measurement }, ending, bounds, common);
  return judgements.filter(({ held }) => !held).map(({ what }) => what);
}

describe("the verdict on an attack", () => {
  it("finds nothing where every bound holds", () => {
    assert.deepEqual(missed({}), []);
  });

  for (const [what, measurement] of [
    ["memory", { during: { ...idle, peakRss: 71 * MB } }],
    ["gone", { outcome: { ...harmless.outcome, seconds: 6 } }],
    ["sessions", { during: { ...idle, peakConnections: 29 } }],
    ["stall", { during: { ...idle, longestDelay: 51 } }],
    ["not dropped", { outcome: { ...harmless.outcome, dropped: 9 } }],
    ["failures", { outcome: { ...harmless.outcome, failures: 1 } }],
    ["probe p99", { attacked: { ...harmless.attacked, p99: 13 } }],
    ["probe errors", { attacked: { ...harmless.attacked, errors: 1 } }],
    ["memory after", { after: { ...idle, rss: 83 * MB } }],
    ["held after", { collected: { ...idle, held: 28 * MB } }],
    ["files after", { after: { ...idle, openFiles: 57 } }],
  ] as const) {
    it(`finds that the bound on "${what}" is missed`, () => {
      assert.deepEqual(missed(measurement), [what]);
    });
  }

  it("finds that a client was lost where all are to be served", () => {
    assert.deepEqual(missed({ outcome: { ...harmless.outcome, dropped: 1 } }, "served"), ["lost"]);
  });

  it("finds that a session was not forgotten", () => {
    const outcome = { ...harmless.outcome, dropped: 9, seconds: 6 };
    assert.deepEqual(missed({ outcome }, "forgotten"), ["forgotten", "not forgotten"]);
  });

  it("allows no p99 of more than 50 ms, however slow the machine was before", () => {
    const quiet = { ...harmless.quiet, p99: 40 };
    assert.deepEqual(missed({ quiet, attacked: { ...harmless.attacked, p99: 49 } }), []);
    assert.deepEqual(missed({ quiet, attacked: { ...harmless.attacked, p99: 51 } }), ["probe p99"]);
  });

  it("takes a process for back by what it holds where resident memory is not asked about", () => {
    const grown = { ...idle, rss: 200 * MB };
    assert.equal(isBack(idle, grown, common, {}), false);
    assert.equal(isBack(idle, grown, { ...common, residentAfter: false }, {}), true);
    assert.equal(isBack(idle, grown, common, { retained: 120 }), true);
  });
});
