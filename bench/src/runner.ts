import type { Bench, Peer, Row } from "./bench.ts";
import { makeCertificate } from "./certificate.ts";
import { describeMachine } from "./machine.ts";
import { pinningFault } from "./pinning.ts";
import { percent, type Report, saveReport, terminalReport } from "./report.ts";
import { type Plan, type Run, runRound } from "./round.ts";
import { summarise } from "./summary.ts";
import { shortNumber } from "./table.ts";

/** What the command line says; names that are not there have been refused. */
export interface RunnerOptions {
  readonly rows: readonly Row[];
  readonly peers: readonly Peer[];
  readonly rounds: number;
  readonly seconds: number;
  readonly quick: boolean;
  /** Keep the results although this is not a full run. */
  readonly save: boolean;
  readonly profile: string | undefined;
  /** The command as it was given. */
  readonly command: string;
}

/** @returns whether every run came to an end; goals that are missed are no failure. */
export async function runBench(bench: Bench, options: RunnerOptions): Promise<boolean> {
  if (pinningFault !== undefined) say(`processes are not pinned to cores, figures will vary more: ${pinningFault}`);
  const faults = new Map(options.peers.map((peer) => [peer, peer.prepare()]));
  const peers = options.peers.filter((peer) => faults.get(peer) === undefined);
  const absent = [...faults].flatMap(([{ name }, fault]) =>
    fault === undefined ? [] : [`${name} is left out: ${fault}`],
  );
  for (const line of absent) say(line);
  const plan: Plan = {
    ...options,
    peers,
    warmUp: options.quick ? 0.3 : 1,
    certificate: options.rows.some((row) => row.server.tls) ? makeCertificate() : undefined,
  };
  const runs = await runRounds(plan);
  const report: Report = {
    bench,
    peers,
    lines: summarise(bench, peers, runs),
    runs,
    machine: [...describeMachine(peers), ...absent],
    command: options.command,
    date: new Date().toISOString().slice(0, 16).replace("T", " "),
  };
  say("");
  say(terminalReport(report));
  if (options.save || isFull(bench, options)) say(`kept in ${saveReport(report)}`);
  return runs.every((run) => run.outcome.kind !== "failed");
}

async function runRounds(plan: Plan): Promise<Run[]> {
  const runs: Run[] = [];
  for (let round = 1; round <= plan.rounds; round++) {
    for await (const run of runRound(plan, round, runs)) {
      runs.push(run);
      say(progressOf(run, plan));
    }
  }
  return runs;
}

function progressOf({ round, row, peer, outcome }: Run, { rounds }: Plan): string {
  const what = `round ${round}/${rounds}  ${row.name.padEnd(16)}  ${peer.name.padEnd(9)}`;
  if (outcome.kind !== "measured") return `${what}  ${outcome.kind}: ${outcome.reason}`;
  const { measurement } = outcome;
  const { seconds, serverCpu, generatorCpu, otherCpu } = measurement;
  const figures = row.figures.map(({ shown, unit }) => `${shortNumber(shown(measurement))} ${unit}`).join(", ");
  const loads = [serverCpu, generatorCpu, otherCpu].map((cpu) => percent(cpu / seconds).padStart(5));
  return `${what}  ${figures.padEnd(24)}  server ${loads[0]}  generator ${loads[1]}  other ${loads[2]}`;
}

/** Whether the figures are worth keeping; a peer that cannot run here is no fault of the run. */
function isFull(bench: Bench, { rows, peers, rounds, seconds, quick, profile }: RunnerOptions): boolean {
  const long = !quick && rounds >= 5 && seconds >= 2;
  return long && profile === undefined && rows.length === bench.rows.length && peers.length === bench.peers.length;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
