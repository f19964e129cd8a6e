import assert from "node:assert/strict";
import { test } from "node:test";
import { browserMemory } from "./browser-memory.ts";

function withStorage(descriptor: PropertyDescriptor, run: () => void): void {
  const before = Object.getOwnPropertyDescriptor(globalThis, "localStorage");
  Object.defineProperty(globalThis, "localStorage", { configurable: true, ...descriptor });
  try {
    run();
  } finally {
    if (before === undefined) Reflect.deleteProperty(globalThis, "localStorage");
    else Object.defineProperty(globalThis, "localStorage", before);
  }
}

test("what is kept is kept under a name of our own", () => {
  const items = new Map<string, string>();
  const storage = { getItem: (key: string) => items.get(key) ?? null, setItem: items.set.bind(items) };
  withStorage({ value: storage }, () => {
    assert.equal(browserMemory.get("a"), undefined);
    browserMemory.set("a", "b");
    assert.equal(browserMemory.get("a"), "b");
    assert.deepEqual([...items], [["everwire:a", "b"]]);
  });
});

test("storage that is refused, full or not there is no error", () => {
  const refuse = (): never => {
    throw new Error("SecurityError");
  };
  const descriptors: readonly PropertyDescriptor[] = [
    { get: refuse },
    { value: { getItem: refuse, setItem: refuse } },
    { value: undefined },
    { value: null },
  ];
  for (const descriptor of descriptors) {
    withStorage(descriptor, () => {
      browserMemory.set("a", "b");
      assert.equal(browserMemory.get("a"), undefined);
    });
  }
});
