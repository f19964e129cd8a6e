import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SeededRandom } from "./seeded-random.ts";

describe("seeded numbers", () => {
  const draw = (key: string): number[] => {
    const random = new SeededRandom(key);
    return Array.from({ length: 1000 }, () => random.next());
  };

  it("are the same for the same key and others for another", () => {
    assert.deepEqual(draw("1/1/a"), draw("1/1/a"));
    assert.notDeepEqual(draw("1/1/a").slice(0, 2), draw("1/2/a").slice(0, 2));
  });

  it("fill the range evenly", () => {
    const numbers = draw("even");
    assert.ok(numbers.every((number) => number >= 0 && number < 1));
    const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
    assert.ok(Math.abs(mean - 0.5) < 0.03, `mean ${mean}`);
  });
});
