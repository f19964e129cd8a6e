/** What was measured last of each row of our own server, as figures and as a table of the documentation. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { exhaustion } from "./exhaustion.ts";
import { type Line, markdownTable } from "./report.ts";
import type { Subject } from "./targets/targets.ts";
import type { Judgement, Measurement } from "./verdict.ts";

const ROOT = join(import.meta.dirname, "../../..");
const FIGURES = join(ROOT, "test/results/exhaustion.json");
const PAGE = join(ROOT, "docs/drills.md");

const BEGIN = "<!-- written by npm run drill -- exhaustion --save -->";
const END = "<!-- end -->";

const TITLES: Readonly<Record<Subject, string>> = { websocket: "WebSockets", server: "A server of events" };

interface Kept {
  readonly measured: string;
  readonly machine: string;
  readonly measurement: Measurement;
  readonly judgements: readonly Judgement[];
}

/** Replaces the rows that were measured; the others stay as they were. A row that came to no end is not kept. */
export function record(lines: readonly Line[]): void {
  const rows = existsSync(FIGURES) ? readRows() : {};
  const machine = describeMachine();
  for (const { attack, result } of lines) {
    if (result.kind === "broken") continue;
    const { measurement, judgements } = result;
    rows[attack.name] = { measured: new Date().toISOString().slice(0, 10), machine, measurement, judgements };
  }
  mkdirSync(dirname(FIGURES), { recursive: true });
  writeFileSync(FIGURES, `${JSON.stringify(rows, null, 2)}\n`);
  const page = readFileSync(PAGE, "utf8");
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`${PAGE} has no place for the table`);
  writeFileSync(PAGE, `${page.slice(0, from)}${BEGIN}\n\n${tableOf(rows)}\n\n${page.slice(to)}`);
}

function readRows(): Record<string, Kept> {
  // Only `record` writes this file.
  return JSON.parse(readFileSync(FIGURES, "utf8")) as Record<string, Kept>;
}

function tableOf(rows: Readonly<Record<string, Kept>>): string {
  const lines = exhaustion.flatMap((attack): Line[] => {
    const kept = rows[attack.name];
    return kept === undefined ? [] : [{ attack, result: { kind: "measured", ...kept } }];
  });
  const machines = new Set(Object.values(rows).map(({ measured, machine }) => `${measured}, ${machine}`));
  const tables = Object.entries(TITLES).flatMap(([subject, title]) => {
    return ["", `### ${title}`, "", markdownTable(lines.filter(({ attack }) => attack.subject === subject))];
  });
  return [...[...machines].map((one) => `Measured ${one}.`), ...tables].join("\n");
}

function describeMachine(): string {
  const all = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `${all.length} × ${all[0]?.model.trim() ?? "?"}, ${memory}, Linux ${release()}, Node ${process.versions.node}`;
}
