import assert from "node:assert/strict";
import { test } from "node:test";
import { failure } from "../failures.ts";
import { type LogEntry, RefusalLog } from "./refusal-log.ts";

test("at most ten entries a second and reason are written, and the next one says how many were left out", () => {
  const entries: LogEntry[] = [];
  const log = new RefusalLog((entry) => entries.push(entry));
  for (let index = 0; index < 25; index++) log.record(failure("bad_request"), { address: "::1" }, 100 + index);
  log.record(failure("session_unknown"), { address: "::1" }, 130);
  assert.equal(entries.length, 11);
  log.record(failure("bad_request"), { address: "::1", session: "sid" }, 1100);
  assert.deepEqual(entries.at(-1), {
    level: "info",
    reason: "bad_request",
    meaning: failure("bad_request").meaning,
    address: "::1",
    session: "sid",
    suppressed: 15,
  });
  assert.equal(log.counts.get("bad_request"), 26);
});

test("a log that throws changes nothing", () => {
  const log = new RefusalLog(() => {
    throw new Error("disk full");
  });
  log.record(failure("bad_request"), { address: "" }, 0);
  assert.equal(log.counts.get("bad_request"), 1);
});
