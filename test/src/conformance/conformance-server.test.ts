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

const DECLINED = "the server declined permessage-deflate";

/** Cases that do not pass yet, and why. */
const OPEN: ReadonlyMap<string, string> = new Map([
  [
    "6455/4.2.1/host-missing",
    "the HTTP server demands a Host only of requests that are no upgrade, and the upgrade is not asked for one",
  ],
]);

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
      const remarkable = members.filter((result) => isRemarkable(result) && !OPEN.has(result.id));
      assert.deepEqual(remarkable, []);
    });
  }

  for (const [id, reason] of OPEN) {
    it(`passes ${id}`, { todo: reason }, () => {
      assert.equal(results.find((result) => result.id === id)?.status, "pass");
    });
  }

  it(`takes less than ${MOST_SECONDS} seconds for it`, () => {
    assert.ok(seconds < MOST_SECONDS, `it took ${seconds.toFixed(1)} s`);
  });
});

/** Nothing but a declined extension is a reason for a case not to run. */
function isRemarkable({ status, detail }: CaseResult): boolean {
  return status === "skip" ? detail !== DECLINED : status !== "pass";
}
