import assert from "node:assert/strict";
import { test } from "node:test";
import { ListenerMap } from "./listener-map.ts";

const fail = (error: unknown): void => assert.fail(String(error));

test("listeners are called in the order of registration", () => {
  const map = new ListenerMap();
  const log: unknown[] = [];
  map.on("e", (value: unknown) => log.push([1, value]));
  map.once("e", (value: unknown) => log.push([2, value]));
  map.on("e", (value: unknown) => log.push([3, value]));
  assert.equal(map.emit("e", ["x"], fail), true);
  assert.equal(map.emit("e", ["y"], fail), true);
  assert.equal(map.emit("f", [], fail), false);
  assert.deepEqual(log, [
    [1, "x"],
    [2, "x"],
    [3, "x"],
    [1, "y"],
    [3, "y"],
  ]);
});

test("a function added for once and for good stays for good", () => {
  const map = new ListenerMap();
  let calls = 0;
  const count = (): void => {
    calls += 1;
  };
  map.on("e", count);
  map.once("e", count);
  for (let i = 0; i < 3; i++) map.emit("e", [], fail);
  assert.equal(calls, 4);
});

test("a once listener is called once when a listener before it emits the event again", () => {
  const map = new ListenerMap();
  const log: string[] = [];
  map.once("e", () => {
    log.push("first");
    map.emit("e", [], fail);
  });
  map.once("e", () => log.push("second"));
  map.emit("e", [], fail);
  assert.deepEqual(log, ["first", "second"]);
});

test("a once listener that emits its own event is called once", () => {
  const map = new ListenerMap();
  let calls = 0;
  map.once("e", () => {
    calls += 1;
    map.emit("e", [], fail);
  });
  map.emit("e", [], fail);
  assert.equal(calls, 1);
});

test("a listener added or removed during an event changes the next one", () => {
  const map = new ListenerMap();
  const log: string[] = [];
  const late = (): unknown => log.push("late");
  const removed = (): unknown => log.push("removed");
  map.on("e", () => {
    map.on("e", late);
    map.off("e", removed);
  });
  map.on("e", removed);
  map.emit("e", [], fail);
  assert.deepEqual(log, ["removed"]);
  map.emit("e", [], fail);
  assert.deepEqual(log, ["removed", "late"]);
});

test("off removes one listener, one name or everything", () => {
  const map = new ListenerMap();
  const listener = (): void => undefined;
  map.on("a", listener);
  map.on("a", listener);
  map.on("b", listener);
  map.off("a", listener);
  assert.equal(map.listeners("a").length, 1);
  map.off("a");
  assert.equal(map.has("a"), false);
  map.off();
  assert.equal(map.has("b"), false);
});

test("a number is the same name as its digits, and inherited names have no listeners", () => {
  const map = new ListenerMap();
  const log: unknown[] = [];
  map.on(7, () => log.push(7));
  assert.equal(map.emit("7", [], fail), true);
  for (const name of ["__proto__", "constructor", "hasOwnProperty", "error"]) {
    assert.equal(map.emit(name, [], fail), false);
  }
  assert.deepEqual(log, [7]);
});

test("what a listener throws or rejects with goes to the caller's function, and the others still run", async () => {
  const map = new ListenerMap();
  const failures: unknown[] = [];
  const log: string[] = [];
  map.on("e", () => {
    throw new Error("thrown");
  });
  map.on("e", () => Promise.reject(new Error("rejected")));
  map.on("e", () => log.push("ran"));
  map.emit("e", [], (error) => failures.push(error instanceof Error && error.message));
  assert.deepEqual(log, ["ran"]);
  await Promise.resolve();
  assert.deepEqual(failures, ["thrown", "rejected"]);
});

test("catch-all listeners get the name first", () => {
  const map = new ListenerMap();
  const log: unknown[] = [];
  const last = (...args: unknown[]): unknown => log.push(["last", ...args]);
  map.onAny(last);
  map.prependAny((...args: unknown[]) => log.push(["first", ...args]));
  map.emitAny(["e", 1], fail);
  map.offAny(last);
  map.emitAny(["f"], fail);
  map.offAny();
  map.emitAny(["g"], fail);
  assert.deepEqual(log, [
    ["first", "e", 1],
    ["last", "e", 1],
    ["first", "f"],
  ]);
  assert.equal(map.listenersAny().length, 0);
});
