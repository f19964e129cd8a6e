import type { Attack } from "./attack.ts";
import { passed, type Result } from "./drill.ts";
import { type Judgement, WORDS } from "./verdict.ts";

export interface Line {
  readonly attack: Attack;
  readonly result: Result;
}

const HEAD = ["row", "attackers", "memory", "bound", "lasted", "bound", "stall", "p99 quiet", "p99", "endings", ""];

/** A table for a terminal, and below it what failed. */
export function plainReport(lines: readonly Line[]): string {
  const rows = [HEAD, ...lines.map(cellsOf)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const table = rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return [...table, ...faultsOf(lines)].join("\n");
}

/** The same table for a page of the documentation, with what each row does. */
export function markdownTable(lines: readonly Line[]): string {
  const head = ["row", "what the attackers do", ...HEAD.slice(1, -1), "bounds"];
  const rows = lines.map(({ attack, result }) => {
    const [name = "", ...cells] = cellsOf({ attack, result });
    const missed = result.kind === "measured" ? result.judgements.filter(({ held }) => !held) : [];
    const verdict = missed.map(({ what, bound, unit }) => `${what} > ${bound.toFixed(0)} ${unit}`.trim()).join(", ");
    return [`\`${name}\``, attack.title, ...cells.slice(0, -1), verdict === "" ? "held" : verdict];
  });
  const rule = head.map(() => "---");
  return [head, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Every figure, for programs. */
export function jsonReport(peer: string, lines: readonly Line[]): string {
  const rows = lines.map(({ attack, result }) => ({ name: attack.name, passed: passed(result), ...result }));
  return JSON.stringify({ peer, node: process.versions.node, rows }, null, 2);
}

/** One row while the others are still to come. */
export function progress({ attack, result }: Line): string {
  return `${passed(result) ? "ok  " : "FAIL"}  ${cellsOf({ attack, result }).slice(0, -1).join("  ")}`;
}

function cellsOf({ attack, result }: Line): string[] {
  if (result.kind === "broken") return [attack.name, ...HEAD.slice(2).map(() => "-"), "FAIL"];
  const { before, during, quiet, attacked, outcome } = result.measurement;
  const boundOf = (what: string): string => boundText(result.judgements.find((one) => one.what === what));
  return [
    attack.name,
    String(outcome.attackers),
    `${((during.peakRss - before.rss) / 1e6).toFixed(1)} MB`,
    boundOf("memory"),
    `${outcome.seconds.toFixed(1)} s`,
    boundOf(WORDS[attack.ending].within),
    `${during.longestDelay.toFixed(0)} ms`,
    `${quiet.p99.toFixed(1)} ms`,
    `${attacked.p99.toFixed(1)} ms`,
    Object.entries(outcome.endings)
      .map(([ending, count]) => `${ending} ×${count}`)
      .join(", "),
    passed(result) ? "ok" : "FAIL",
  ];
}

function boundText(judgement: Judgement | undefined): string {
  return judgement === undefined ? "-" : `≤ ${judgement.bound} ${judgement.unit}`;
}

function faultsOf(lines: readonly Line[]): string[] {
  return lines.flatMap(({ attack, result }) => {
    if (result.kind === "broken") return [`${attack.name}: ${result.reason}`];
    return result.judgements
      .filter(({ held }) => !held)
      .map(({ what, measured, bound, unit }) => {
        return `${attack.name}: ${what} ${measured.toFixed(1)} ${unit} (at most ${bound.toFixed(1)})`;
      });
  });
}
