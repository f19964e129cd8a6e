import type { Peer, Row } from "./bench.ts";
import type { Certificate } from "./certificate.ts";
import type { Outcome } from "./generator/job.ts";
import { generate } from "./generator-process.ts";
import { ServerProcess } from "./server-process.ts";

/**
 * The young generation is given its full size from the beginning. Else it grows by some 12 MB between the two counts of
 * connections, which is more than a quarter of the slope and belongs to no connection.
 */
const MEMORY_OPTIONS = ["--expose-gc", "--min-semi-space-size=16", "--max-semi-space-size=16"];

/** All that the rounds of one benchmark have in common. */
export interface Plan {
  readonly rows: readonly Row[];
  readonly peers: readonly Peer[];
  readonly rounds: number;
  /** Seconds of load before and while it is measured. */
  readonly warmUp: number;
  readonly seconds: number;
  readonly quick: boolean;
  readonly certificate: Certificate | undefined;
  /** Where Node servers leave CPU profiles, if they shall. */
  readonly profile: string | undefined;
}

/** One row with one peer, once. */
export interface Run {
  readonly round: number;
  readonly row: Row;
  readonly peer: Peer;
  readonly outcome: Outcome;
  /** What the server wants a reader to know, "" when nothing. */
  readonly note: string;
}

/**
 * Every row with every peer, once. The peers of a row follow each other directly, so that a pair is measured in the same
 * minute, and take turns at being first. What was skipped in an earlier round is not tried again.
 */
export async function* runRound(plan: Plan, round: number, earlier: readonly Run[]): AsyncGenerator<Run> {
  const skipped = earlier.filter((run) => run.outcome.kind === "skipped");
  const turn = round % plan.peers.length;
  const peers = [...plan.peers.slice(turn), ...plan.peers.slice(0, turn)];
  for (const row of plan.rows) {
    for (const peer of peers) {
      if (row.peers?.includes(peer) === false) continue;
      if (skipped.some((run) => run.row === row && run.peer === peer)) continue;
      yield { round, row, peer, ...(await runOnce(plan, row, peer)) };
    }
  }
}

async function runOnce(plan: Plan, row: Row, peer: Peer): Promise<{ outcome: Outcome; note: string }> {
  const { certificate } = plan;
  if (row.server.tls && certificate === undefined) {
    return { outcome: { kind: "skipped", reason: "no openssl command to make a certificate" }, note: "" };
  }
  let server: ServerProcess | undefined;
  try {
    server = await ServerProcess.start({ peer, server: row.server, certificate, nodeOptions: nodeOptions(plan, row) });
    return { outcome: await load(server, plan, row), note: server.note };
  } catch (error) {
    return { outcome: { kind: "failed", reason: error instanceof Error ? error.message : String(error) }, note: "" };
  } finally {
    await server?.stop();
  }
}

function load(server: ServerProcess, plan: Plan, row: Row): Promise<Outcome> {
  const { quick, warmUp, seconds, certificate } = plan;
  const job = {
    target: { port: server.port, pid: server.pid, certificate: row.server.tls ? certificate?.cert : undefined },
    workload: (quick ? row.quickWorkload : undefined) ?? row.workload,
    warmUp,
    seconds,
  };
  return generate(job, () => server.collect());
}

function nodeOptions({ profile }: Plan, { name, workload }: Row): string[] {
  const collectable = workload.kind === "idle" || workload.kind === "transport-idle" ? MEMORY_OPTIONS : [];
  const profiled = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}/${name}`];
  return [...collectable, ...profiled];
}
