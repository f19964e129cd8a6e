import assert from "node:assert/strict";
import { test } from "node:test";
import { ListenerMap } from "./listener-map.ts";

test("listeners are called in the order of adding, whatever they add and remove meanwhile", () => {
  const map = new ListenerMap();
  const seen: string[] = [];
  const second = (): void => {
    seen.push("second");
  };
  map.add("a", () => {
    seen.push("first");
    map.remove("a", second);
    map.add("a", () => seen.push("third"));
  });
  map.add("a", second);
  assert.equal(map.emit("a", []), true);
  assert.deepEqual(seen, ["first", "second"]);
  map.emit("a", []);
  assert.deepEqual(seen, ["first", "second", "first", "third"]);
});

test("a function added for once and for good stays for good", () => {
  const map = new ListenerMap();
  let calls = 0;
  const count = (): void => {
    calls += 1;
  };
  map.add("a", count);
  map.add("a", count, true);
  for (let i = 0; i < 3; i++) map.emit("a", []);
  assert.equal(calls, 4);
});

test("a listener for once is called once when one before it emits the event again", () => {
  const map = new ListenerMap();
  const seen: string[] = [];
  const first = (): void => {
    seen.push("first");
    map.emit("a", []);
  };
  map.add("a", first, true);
  map.add("a", () => seen.push("second"), true);
  map.emit("a", []);
  assert.deepEqual(seen, ["first", "second"]);
});

test("a listener for once is called once, even when it emits the same event", () => {
  const map = new ListenerMap();
  let calls = 0;
  map.add(
    "a",
    () => {
      calls += 1;
      map.emit("a", []);
    },
    true,
  );
  map.emit("a", []);
  assert.equal(calls, 1);
  assert.equal(map.emit("a", []), false);
});

test("names of Object.prototype are names like any other", () => {
  const map = new ListenerMap();
  for (const name of ["__proto__", "constructor", "toString"]) assert.equal(map.emit(name, []), false);
  let seen: unknown;
  map.add("__proto__", (value: unknown) => {
    seen = value;
  });
  map.emit("__proto__", [1]);
  assert.equal(seen, 1);
});

test("remove without a listener takes all of the event, and without an event all", () => {
  const map = new ListenerMap();
  const listener = (): void => undefined;
  map.add("a", listener);
  map.add("a", listener);
  map.add("b", listener);
  map.remove("a", listener);
  assert.equal(map.list("a").length, 1);
  map.remove("a");
  assert.equal(map.list("a").length, 0);
  map.remove();
  assert.equal(map.list("b").length, 0);
});
