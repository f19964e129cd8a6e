/** The drill at its quick size: every bound holds for our servers, and is missed where nothing is bounded. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Attack } from "./attack.ts";
import { drill, passed, type Result } from "./drill.ts";
import { exhaustion } from "./exhaustion.ts";
import { plainReport } from "./report.ts";
import type { Subject } from "./targets/targets.ts";

/** One row for each kind of bound; the others would only take longer. */
const TELLING = ["huge-frame", "non-reader"];
const TELLING_OF_SERVER = ["slow-body-session"];

/** One row for each thing that can be exhausted; `--quick` runs them all. */
const ROWS_OF_SERVER = [
  "pipelined-handshakes",
  "slow-body-session",
  "many-packets-at-once",
  "event-posts",
  "jsonp-escapes",
  "abandoned-polls",
  "never-connect-pongs",
  "unread-streams",
  "upgrades-never-switched",
  "attach-storm",
  "broadcast-polling",
  "broadcast-sse",
  "broadcast-websocket",
];

const here = process.platform === "linux" ? false : "reads /proc";

function missed(result: Result): string[] {
  if (result.kind === "broken") throw new Error(result.reason);
  return result.judgements.filter(({ held }) => !held).map(({ what }) => what);
}

function rowsOf(subject: Subject): Attack[] {
  return exhaustion.filter((attack) => attack.subject === subject);
}

async function holds(attack: Attack): Promise<void> {
  const result = await drill(attack, "quick", "everwire");
  assert.ok(passed(result), plainReport([{ attack, result }]));
}

describe("a WebSocket server under attack", { skip: here }, () => {
  const rows = rowsOf("websocket");
  for (const attack of rows) it(`${attack.name}: ${attack.title}`, () => holds(attack));

  for (const attack of rows.filter(({ name }) => TELLING.includes(name))) {
    it(`${attack.name}: a server without limits fails`, async () => {
      const faults = missed(await drill(attack, "quick", "unbounded"));
      for (const what of ["memory", "gone", "not dropped"]) assert.ok(faults.includes(what), `${what} held`);
    });
  }
});

// Most of the time of these rows is waiting for a deadline; those that wait longest come first.
describe("a server of events under attack", { skip: here, concurrency: 4 }, () => {
  const rows = rowsOf("server").filter(({ name }) => ROWS_OF_SERVER.includes(name));
  for (const attack of rows.filter(({ name }) => TELLING_OF_SERVER.includes(name))) {
    it(`${attack.name}: a server without limits fails`, async () => {
      const faults = missed(await drill(attack, "quick", "unbounded"));
      for (const what of ["gone", "not dropped"]) assert.ok(faults.includes(what), `${what} held`);
    });
  }

  for (const attack of rows) it(`${attack.name}: ${attack.title}`, () => holds(attack));
});
