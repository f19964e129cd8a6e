import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../wire-client.test.ts";
import { DeadlineLists } from "./deadline-lists.ts";

test("deadlines run once, in the order in which they are due", async () => {
  const lists = new DeadlineLists();
  const log: string[] = [];
  lists.set(60, () => log.push("60"));
  lists.set(5, () => log.push("5"));
  lists.set(5, () => log.push("5 again"));
  lists.set(30, () => log.push("30")).cancel();
  const started = performance.now();
  await until(() => log.length === 3, "the deadlines");
  assert.ok(performance.now() - started >= 60);
  assert.deepEqual(log, ["5", "5 again", "60"]);
  assert.equal(lists.size, 0);
});

test("a cancelled deadline leaves nothing behind, and may be cancelled again", () => {
  const lists = new DeadlineLists();
  const deadline = lists.set(10_000, () => assert.fail("cancelled"));
  lists.set(0.5, () => undefined).cancel();
  assert.equal(lists.size, 1);
  deadline.cancel();
  deadline.cancel();
  assert.equal(lists.size, 0);
});

test("a callback may set and cancel deadlines", async () => {
  const lists = new DeadlineLists();
  const log: string[] = [];
  const doomed = { cancel: (): void => undefined };
  lists.set(5, () => {
    doomed.cancel();
    lists.set(5, () => log.push("nested"));
  });
  const second = lists.set(5, () => log.push("doomed"));
  doomed.cancel = () => second.cancel();
  await until(() => log.length > 0, "the nested deadline");
  assert.deepEqual(log, ["nested"]);
});

test("a deadline runs on the timers there are when it is set, though others were there before", async (context) => {
  const lists = new DeadlineLists();
  context.mock.timers.enable({ apis: ["setTimeout"] });
  lists.set(1, () => undefined).cancel();
  context.mock.timers.reset();
  const log: string[] = [];
  lists.set(5, () => log.push("due"));
  await until(() => log.length > 0, "the deadline");
  assert.deepEqual(log, ["due"]);
});
