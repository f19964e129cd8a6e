import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { test } from "node:test";
import { installLastResort } from "./last-resort.ts";

function setUp(drain: () => Promise<void>) {
  const source = new EventEmitter();
  const steps: string[] = [];
  const exits = new EventEmitter();
  const uninstall = installLastResort(source, {
    unready: () => steps.push("unready"),
    log: (line) => steps.push(line.split("\n")[0] ?? ""),
    drain: () => {
      steps.push("drain");
      return drain();
    },
    exit: (code) => {
      steps.push(`exit ${code}`);
      exits.emit("exit");
    },
  });
  return { source, steps, exits, uninstall };
}

test("an exception that nobody caught takes the process out of service and ends it with 70", async () => {
  const { source, steps, exits } = setUp(async () => {});
  const exit = once(exits, "exit");
  source.emit("uncaughtException", new Error("broken"));
  assert.deepEqual(steps, ["unready", "fatal: Error: broken", "drain"]);
  await exit;
  assert.equal(steps.at(-1), "exit 70");
});

test("a drain that fails does not keep the process", async () => {
  const { source, steps, exits } = setUp(() => Promise.reject(new Error("no")));
  const exit = once(exits, "exit");
  source.emit("uncaughtException", "a string");
  await exit;
  assert.deepEqual(steps, ["unready", "fatal: a string", "drain", "exit 70"]);
});

test("a second exception while draining ends it at once", () => {
  const { source, steps, uninstall } = setUp(() => new Promise(() => {}));
  source.emit("uncaughtException", new Error("one"));
  source.emit("uncaughtException", new Error("two"));
  assert.equal(steps.at(-1), "exit 70");
  uninstall();
  assert.equal(source.listenerCount("uncaughtException"), 0);
});
