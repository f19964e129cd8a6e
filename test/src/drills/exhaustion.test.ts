/** The drill at its quick size: every bound holds for our server, and is missed where nothing is bounded. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { drill, passed, type Result } from "./drill.ts";
import { exhaustion } from "./exhaustion.ts";
import { plainReport } from "./report.ts";

/** One row for each kind of bound; the others would only take longer. */
const TELLING = ["huge-frame", "non-reader"];

function missed(result: Result): string[] {
  if (result.kind === "broken") throw new Error(result.reason);
  return result.judgements.filter(({ held }) => !held).map(({ what }) => what);
}

describe("under attack", { skip: process.platform === "linux" ? false : "reads /proc" }, () => {
  for (const attack of exhaustion) {
    it(`${attack.name}: ${attack.title}`, async () => {
      const result = await drill(attack, "quick", "everwire");
      assert.ok(passed(result), plainReport([{ attack, result }]));
    });
  }

  for (const attack of exhaustion.filter(({ name }) => TELLING.includes(name))) {
    it(`${attack.name}: a server without limits fails`, async () => {
      const faults = missed(await drill(attack, "quick", "unbounded"));
      for (const what of ["memory", "gone", "not dropped"]) assert.ok(faults.includes(what), `${what} held`);
    });
  }
});
