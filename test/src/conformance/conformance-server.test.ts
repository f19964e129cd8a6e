/** `everwire echo`, as its users start it, against every case for servers. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { type Child, startChild } from "../child.ts";
import { familyOf, serverCases } from "./catalogue.ts";
import type { CaseResult } from "./conformance-case.ts";
import { runServerSuite } from "./run-server-suite.ts";

const ECHO = fileURLToPath(import.meta.resolve("../../../packages/everwire/dist/bin.js"));

/** What `everwire echo` says it accepts. */
const MAX_PAYLOAD = 16 * 1024 * 1024;

/** The whole suite, on a loaded machine with two cores. */
const MOST_SECONDS = 25;

const families = [...new Set(serverCases({ maxPayload: MAX_PAYLOAD }).map(({ id }) => familyOf(id)))].sort();

describe("everwire echo", () => {
  let echo: Child;
  let results: CaseResult[] = [];
  let seconds = 0;

  before(async () => {
    const child = await startChild(ECHO, ["echo", "--port", "0"], /(ws:\S+)/);
    echo = child;
    const start = performance.now();
    results = await runServerSuite(child.match[1] ?? "", { maxPayload: MAX_PAYLOAD });
    seconds = (performance.now() - start) / 1000;
  });
  after(() => echo.stop());

  for (const family of families) {
    it(`does all of RFC ${family.replace("/", " section ")}`, () => {
      const members = results.filter(({ id }) => familyOf(id) === family);
      assert.ok(members.length > 0);
      assert.deepEqual(members.filter(isRemarkable), []);
    });
  }

  it(`takes less than ${MOST_SECONDS} seconds for it`, () => {
    assert.ok(seconds < MOST_SECONDS, `it took ${seconds.toFixed(1)} s`);
  });
});

/** No case is left out and none is merely tolerated. */
function isRemarkable({ status }: CaseResult): boolean {
  return status !== "pass";
}
