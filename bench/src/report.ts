import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Bench, Goal, Peer } from "./bench.ts";
import { comparisonTable } from "./comparison-table.ts";
import type { Run } from "./round.ts";
import type { Line, Spread } from "./summary.ts";
import { markdownTable, plainTable, shortNumber, type Table } from "./table.ts";

const results = join(dirname(import.meta.dirname), "results");

export interface Report {
  readonly bench: Bench;
  /** Those that took part. */
  readonly peers: readonly Peer[];
  readonly lines: readonly Line[];
  readonly runs: readonly Run[];
  readonly machine: readonly string[];
  readonly command: string;
  readonly date: string;
}

/** For the terminal. */
export function terminalReport(report: Report): string {
  const { peers, lines } = report;
  const notes = lines.filter(({ notes }) => notes.length > 0).map(noteOf);
  const { comparison } = report.bench;
  const compared = comparison === undefined ? [] : [plainTable(comparisonTable(comparison, lines, peers)), ""];
  const tables = [plainTable(figureTable(report)), "", ...compared, plainTable(loadTable(peers, lines)), ""];
  return [...tables, ...new Set(notes)].join("\n");
}

/** Keeps the report as NAME.md, for people, and NAME.json, with every run. */
export function saveReport(report: Report): string {
  mkdirSync(results, { recursive: true });
  const file = join(results, report.bench.name);
  writeFileSync(`${file}.md`, markdownReport(report));
  writeFileSync(`${file}.json`, `${JSON.stringify(plainData(report), null, 2)}\n`);
  return `${file}.md`;
}

function markdownReport(report: Report): string {
  const { bench, peers, lines, machine, command, date } = report;
  const notes = [...new Set(lines.filter((line) => line.notes.length > 0).map(noteOf))];
  return [
    `# ${bench.title}: measured ${date}`,
    "",
    `Written by \`${command}\`. How to read it: [docs/benchmarks.md](../../docs/benchmarks.md).`,
    "",
    ...machine.map((line) => `- ${line}`),
    "",
    markdownTable(figureTable(report)),
    "",
    ...comparisonSection(report),
    "## Load",
    "",
    markdownTable(loadTable(peers, lines)),
    "",
    ...(notes.length > 0 ? ["## Notes", "", ...notes.map((note) => `- ${note}`), ""] : []),
  ].join("\n");
}

function comparisonSection({ bench: { comparison }, lines, peers }: Report): string[] {
  if (comparison === undefined) return [];
  const table = markdownTable(comparisonTable(comparison, lines, peers));
  return [`## ${comparison.title}`, "", comparison.text, "", table, ""];
}

/** Figures that have a goal: the ratios to the reference are what counts. */
function figureTable({ bench, peers, lines }: Report): Table {
  const [subject, reference] = bench.peers;
  const others = peers.filter((peer) => peer !== subject);
  const head = [
    "row",
    "unit",
    ...peers.map((peer) => peer.name),
    ...others.map((peer) => `${subject?.name} / ${peer.name}`),
    `goal (${reference?.name})`,
    "reached",
  ];
  const rows = lines.flatMap((line) =>
    line.figure.goal === undefined ? [] : [figureRow(line, line.figure.goal, peers, others)],
  );
  return { head, rows };
}

function figureRow(line: Line, goal: Goal, peers: readonly Peer[], others: readonly Peer[]): string[] {
  return [
    line.figure.title,
    line.figure.unit,
    ...peers.map((peer) => resultOf(line, peer)?.shown).map((shown) => (shown ? shortNumber(shown.median) : "-")),
    ...others.map((peer) => ratioText(resultOf(line, peer)?.ratio)),
    `${goal.relation} ${goal.ratio}`,
    line.reached === undefined ? "-" : line.reached ? "yes" : "no",
  ];
}

/** How busy a core each process kept, and what disturbed: the grounds for believing the figures. */
function loadTable(peers: readonly Peer[], lines: readonly Line[]): Table {
  const rows = lines
    .filter(({ row, figure }) => row.figures[0] === figure)
    .map((line) => [
      line.row.name,
      ...peers.map((peer) => resultOf(line, peer)).map((result) => (result?.shown ? loadText(result) : "-")),
      percent(line.otherLoad),
      line.warnings.join(", "),
    ]);
  return { head: ["server + generator load", ...peers.map((peer) => peer.name), "other CPU, most", "warnings"], rows };
}

function loadText({ serverLoad, generatorLoad }: { serverLoad: number; generatorLoad: number }): string {
  return `${percent(serverLoad)} + ${percent(generatorLoad)}`;
}

function resultOf(line: Line, peer: Peer) {
  return line.results.find((result) => result.peer === peer);
}

function ratioText(ratio: Spread | undefined): string {
  if (ratio === undefined) return "-";
  const [median, min, max] = [ratio.median, ratio.min, ratio.max].map((value) => value.toPrecision(3));
  return `${median} (${min}-${max})`;
}

function noteOf({ row, notes }: Line): string {
  return `${row.name}: ${notes.join("; ")}`;
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function plainData({ bench, lines, runs, machine, command, date }: Report): object {
  return {
    bench: bench.name,
    date,
    command,
    machine,
    lines: lines.map(({ row, figure, results, reached, otherLoad, warnings, notes }) => ({
      row: row.name,
      title: figure.title,
      unit: figure.unit,
      goal: figure.goal,
      reached,
      otherLoad,
      warnings,
      notes,
      results: results.map(({ peer, ...result }) => ({ peer: peer.name, ...result })),
    })),
    runs: runs.map(({ round, row, peer, outcome }) => ({ round, row: row.name, peer: peer.name, ...outcome })),
  };
}
