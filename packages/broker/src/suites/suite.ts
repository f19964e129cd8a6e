import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { BrokerError, type BrokerFailureCode } from "../failures.ts";

/** Cases that an implementation does not run, by name, each with the reason. A name that no case has is a failure. */
export type Skips = Readonly<Record<string, string>>;

/** Cases by name. Each opens what it tests with `make`. */
export type Cases<Make> = Readonly<Record<string, (make: Make) => Promise<void>>>;

/** Runs cases under one heading. */
export function runSuite<Make>(name: string, make: Make, skips: Skips, ...groups: readonly Cases<Make>[]): void {
  const cases = groups.flatMap((group) => Object.entries(group));
  const names = new Set(cases.map(([title]) => title));
  describe(name, () => {
    for (const [title, run] of cases) {
      const reason = skips[title];
      test(title, { timeout: 10_000, ...(reason === undefined ? {} : { skip: reason }) }, () => run(make));
    }
    test("every skipped case exists", () => {
      const unknown = Object.keys(skips).filter((title) => !names.has(title));
      assert.deepEqual(unknown, []);
    });
  });
}

/** Asserts that a call rejects with a row of the table. */
export async function assertFails(call: Promise<unknown>, code: BrokerFailureCode): Promise<void> {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof BrokerError, `expected a BrokerError, got ${String(error)}`);
    assert.equal(error.code, code);
    return true;
  });
}

/** Waits until a condition holds; fails after the deadline. For implementations whose delivery takes a network's time. */
export async function until(condition: () => boolean, what: string, deadline = 5000): Promise<void> {
  const end = performance.now() + deadline;
  while (!condition()) {
    if (performance.now() > end) assert.fail(`waited ${deadline} ms for: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Bytes of a text. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Text of bytes. */
export function text(data: Uint8Array): string {
  return new TextDecoder().decode(data);
}
