import { familyOf } from "./catalogue.ts";
import type { CaseResult, Status } from "./conformance-case.ts";

const COLUMNS: readonly Status[] = ["pass", "tolerated", "fail", "skip"];

/** How many results have that status. */
export function count(results: readonly CaseResult[], status: Status): number {
  return results.filter((result) => result.status === status).length;
}

/** Each failure, remarks and skips by their reason, and a table by family. */
export function report(results: readonly CaseResult[]): string {
  return [
    ...failures(results),
    ...grouped(results, "tolerated"),
    ...grouped(results, "skip"),
    "",
    ...table(results),
    "",
  ].join("\n");
}

function failures(results: readonly CaseResult[]): string[] {
  const failed = results.filter(({ status }) => status === "fail");
  return failed.map(({ id, title, detail }) => `fail       ${id}  ${title}\n           ${detail}`);
}

/** One line for each reason in each family. */
function grouped(results: readonly CaseResult[], status: "tolerated" | "skip"): string[] {
  const reasons = new Map<string, string[]>();
  for (const result of results.filter((one) => one.status === status)) {
    const key = `${familyOf(result.id)}: ${result.detail}`;
    reasons.set(key, [...(reasons.get(key) ?? []), result.id]);
  }
  return [...reasons].map(([reason, ids]) => {
    const example = ids.length === 1 ? ids[0] : `${ids.length} cases, first ${ids[0]}`;
    return `${status.padEnd(10)} ${reason} (${example})`;
  });
}

function table(results: readonly CaseResult[]): string[] {
  const families = [...new Set(results.map(({ id }) => familyOf(id)))].sort();
  const rows = families.map((family) =>
    line(
      family,
      results.filter(({ id }) => familyOf(id) === family),
    ),
  );
  return [cells("family", ["cases", ...COLUMNS]), ...rows, line("all", results)];
}

function line(name: string, results: readonly CaseResult[]): string {
  return cells(name, [results.length, ...COLUMNS.map((status) => count(results, status))].map(String));
}

function cells(name: string, values: readonly string[]): string {
  return name.padEnd(14) + values.map((value) => value.padStart(11)).join("");
}
