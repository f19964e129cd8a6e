import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultLog } from "./default-log.ts";

test("the first refused origin is printed with the option that allows it, quoted, and no other", () => {
  const lines: unknown[][] = [];
  const log = defaultLog((...line) => lines.push(line));
  log({ level: "info", meaning: "no origin in it" });
  log({ level: "info", meaning: "refused", origin: 'http://a.example"\n' });
  log({ level: "info", meaning: "refused", origin: "http://b.example" });
  assert.equal(lines.length, 1);
  assert.match(String(lines[0]), /origins: \["http:\/\/a\.example\\"\\n"\]/);
});

test("faults of the application are printed each time, with what was thrown", () => {
  const lines: unknown[][] = [];
  const log = defaultLog((...line) => lines.push(line));
  const error = new Error("thrown");
  log({ level: "error", meaning: "a handler threw", error });
  log({ level: "error", meaning: "a handler threw", error });
  assert.deepEqual(lines, [
    ["everwire: a handler threw", error],
    ["everwire: a handler threw", error],
  ]);
});
