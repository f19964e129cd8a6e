import type { CaseResult, ConformanceCase } from "./conformance-case.ts";
import type { Verdict } from "./verdict.ts";

/** Runs `work` for each case, at most `width` at a time, and returns the results in the order of the cases. */
export async function runCases<Case extends ConformanceCase>(
  cases: readonly Case[],
  width: number,
  work: (row: Case) => Promise<Verdict>,
): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < cases.length; at = next++) {
      const row = cases[at];
      if (row === undefined) return;
      const start = performance.now();
      const verdict = await work(row);
      results[at] = { id: row.id, title: row.title, ...verdict, duration: performance.now() - start };
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}
