import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bench, Peer, Row } from "./bench.ts";
import type { Run } from "./round.ts";
import { spreadOf, summarise } from "./summary.ts";

function peer(name: string): Peer {
  return { name, prepare: () => undefined, command: () => ({ program: "", args: [] }), versions: () => [] };
}

const [ours, theirs] = [peer("ours"), peer("theirs")];
const row: Row = {
  name: "echo",
  server: { tls: false, compression: "none" },
  workload: { kind: "handshake", wave: 1, inFlight: 1 },
  figures: [
    {
      title: "echo",
      unit: "msg/s",
      goal: { relation: ">=", ratio: 2 },
      shown: ({ operations, seconds }) => operations / seconds,
      compared: ({ operations, serverCpu }) => operations / serverCpu,
    },
  ],
};
const bench: Bench = { name: "b", title: "B", peers: [ours, theirs], rows: [row] };

function run(round: number, owner: Peer, operations: number, loads = { server: 1, generator: 0.5, other: 0 }): Run {
  const { server: serverCpu, generator: generatorCpu, other: otherCpu } = loads;
  const rest = { receivedBytes: 0, seconds: 1, serverCpu, generatorCpu, otherCpu, residentGrowth: 0 };
  return { round, row, peer: owner, outcome: { kind: "measured", measurement: { operations, ...rest } }, note: "" };
}

test("the median of an even count is the middle of the two", () => {
  assert.deepEqual(spreadOf([4, 1, 2, 9]), { median: 3, min: 1, max: 9 });
  assert.equal(spreadOf([]), undefined);
});

test("ratios are made of the pairs of a round, a round without its partner is left out", () => {
  const runs = [run(1, ours, 30), run(1, theirs, 10), run(2, ours, 50), run(2, theirs, 50), run(3, ours, 999)];
  const [line] = summarise(bench, [ours, theirs], runs);
  assert.deepEqual(line?.results[1]?.ratio, { median: 2, min: 1, max: 3 });
  assert.equal(line.reached, true);
});

test("ratios are per second of server CPU", () => {
  const runs = [run(1, ours, 10, { server: 0.25, generator: 0.5, other: 0 }), run(1, theirs, 10)];
  assert.equal(summarise(bench, [ours, theirs], runs)[0]?.results[1]?.ratio?.median, 4);
});

test("a run paced by the generator, or disturbed, is marked", () => {
  const runs = [run(1, ours, 10, { server: 0.5, generator: 1, other: 0.2 }), run(1, theirs, 10)];
  assert.deepEqual(summarise(bench, [ours, theirs], runs)[0]?.warnings, ["generator-bound: ours", "disturbed"]);
});

test("without the reference there is no verdict", () => {
  assert.equal(summarise(bench, [ours], [run(1, ours, 10)])[0]?.reached, undefined);
});
