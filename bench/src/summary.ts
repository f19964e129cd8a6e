import type { Bench, Figure, Goal, Peer, Row } from "./bench.ts";
import type { Measurement } from "./generator/job.ts";
import type { Run } from "./round.ts";

/** A generator this busy, beside a server that is not, has set the pace. */
const SATURATED = 0.95;

/** More than this much of a core taken by others, and figures begin to vary. */
const DISTURBED = 0.1;

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** A peer's part in a line. */
export interface PeerResult {
  readonly peer: Peer;
  readonly shown: Spread | undefined;
  /** Subject divided by this peer, over the rounds that have both; nothing for the subject. */
  readonly ratio: Spread | undefined;
  /** Medians, in cores. */
  readonly serverLoad: number;
  readonly generatorLoad: number;
}

/** One figure over all rounds: what a line of the table says. */
export interface Line {
  readonly row: Row;
  readonly figure: Figure;
  readonly results: readonly PeerResult[];
  /** Whether the median ratio to the reference reaches the goal; nothing when there is no such ratio. */
  readonly reached: boolean | undefined;
  /** The most that anything else took of the machine in one of the runs, in cores. */
  readonly otherLoad: number;
  /** What speaks against the figures. */
  readonly warnings: readonly string[];
  /** What was skipped or failed, and what servers said. */
  readonly notes: readonly string[];
}

export function spreadOf(values: readonly number[]): Spread | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const [min] = sorted;
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) return undefined;
  const upper = sorted[sorted.length >> 1] ?? max;
  const lower = sorted[(sorted.length - 1) >> 1] ?? min;
  return { median: (lower + upper) / 2, min, max };
}

/** @param peers those that took part. */
export function summarise(bench: Bench, peers: readonly Peer[], runs: readonly Run[]): Line[] {
  return bench.rows.flatMap((row) => {
    const ofRow = runs.filter((run) => run.row === row);
    if (ofRow.length === 0) return [];
    return row.figures.map((figure) => lineOf(bench, row, figure, resultsOf(bench, peers, figure, ofRow), ofRow));
  });
}

function resultsOf(
  { peers: [subject] }: Bench,
  peers: readonly Peer[],
  figure: Figure,
  runs: readonly Run[],
): PeerResult[] {
  const ofSubject = measurements(runs, subject);
  return peers.map((peer) => {
    const measured = measurements(runs, peer);
    const own = [...measured.values()];
    return {
      peer,
      shown: spreadOf(own.map(figure.shown)),
      ratio: peer === subject ? undefined : ratioOf(figure, ofSubject, measured),
      serverLoad: spreadOf(own.map((one) => one.serverCpu / one.seconds))?.median ?? 0,
      generatorLoad: spreadOf(own.map((one) => one.generatorCpu / one.seconds))?.median ?? 0,
    };
  });
}

function lineOf(bench: Bench, row: Row, figure: Figure, results: readonly PeerResult[], runs: readonly Run[]): Line {
  const [, reference] = bench.peers;
  const ratio = results.find((result) => result.peer === reference)?.ratio;
  const others = runs.flatMap(({ outcome }) =>
    outcome.kind === "measured" ? [outcome.measurement.otherCpu / outcome.measurement.seconds] : [],
  );
  const otherLoad = spreadOf(others)?.max ?? 0;
  return {
    row,
    figure,
    results,
    reached: ratio === undefined || figure.goal === undefined ? undefined : reaches(figure.goal, ratio.median),
    otherLoad,
    warnings: [...results.flatMap(paceWarnings), ...(otherLoad > DISTURBED ? ["disturbed"] : [])],
    notes: outcomeNotes(runs),
  };
}

function measurements(runs: readonly Run[], peer: Peer | undefined): ReadonlyMap<number, Measurement> {
  const byRound = new Map<number, Measurement>();
  for (const { peer: owner, outcome, round } of runs) {
    if (owner === peer && outcome.kind === "measured") byRound.set(round, outcome.measurement);
  }
  return byRound;
}

/** Pairs of the same round only: whatever slowed the machine then slowed both. */
function ratioOf(
  { compared }: Figure,
  subject: ReadonlyMap<number, Measurement>,
  other: ReadonlyMap<number, Measurement>,
): Spread | undefined {
  const ratios: number[] = [];
  for (const [round, measurement] of subject) {
    const partner = other.get(round);
    if (partner !== undefined) ratios.push(compared(measurement) / compared(partner));
  }
  return spreadOf(ratios);
}

function reaches(goal: Goal, ratio: number): boolean {
  return goal.relation === ">=" ? ratio >= goal.ratio : ratio <= goal.ratio;
}

function paceWarnings({ peer, generatorLoad, serverLoad }: PeerResult): string[] {
  return generatorLoad >= SATURATED && serverLoad < SATURATED ? [`generator-bound: ${peer.name}`] : [];
}

function outcomeNotes(runs: readonly Run[]): string[] {
  const notes = runs.flatMap(({ peer, outcome, note }) => [
    ...(outcome.kind === "measured" ? [] : [`${peer.name} ${outcome.kind}: ${outcome.reason}`]),
    ...(note === "" ? [] : [`${peer.name}: ${note}`]),
  ]);
  return [...new Set(notes)];
}
