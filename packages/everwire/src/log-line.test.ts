import assert from "node:assert/strict";
import { test } from "node:test";
import { logLine } from "./log-line.ts";

test("an entry is one line of JSON, whatever is in it", () => {
  const entry = {
    level: "error",
    reason: "handler_error",
    meaning: "a handler failed\nbadly",
    namespace: "/chat",
    socketId: undefined,
    error: new Error("broken\nin two lines"),
  } as const;
  const line = logLine(entry, new Date(0));
  assert.equal(line.indexOf("\n"), line.length - 1);
  const fields = JSON.parse(line);
  assert.deepEqual(
    [fields.time, fields.level, fields.reason, fields.namespace],
    ["1970-01-01T00:00:00.000Z", "error", "handler_error", "/chat"],
  );
  assert.match(fields.error, /^Error: broken\nin two lines\n/);
});

test("without an error there is none", () => {
  const entry = { level: "error", reason: "handler_error", meaning: "m", namespace: "/", socketId: "a" } as const;
  assert.ok(!("error" in JSON.parse(logLine({ ...entry, error: undefined }, new Date(0)))));
});
