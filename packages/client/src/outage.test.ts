import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Outage } from "./outage.ts";

const half = (): number => 0.5;

describe("a time without a carrier", () => {
  for (const [what, silent, online, patience] of [
    ["5 s when everything is refused at once", false, true, 5_000],
    ["20 s when something was silent", true, true, 20_000],
    ["20 s when the device has no network", false, false, 20_000],
  ] as const) {
    it(`is borne for ${what}`, () => {
      const outage = new Outage();
      outage.begin(1_000);
      outage.begin(4_000);
      if (silent) outage.silent();
      assert.notEqual(outage.pause(1_000 + patience - 1, online, half), undefined);
      assert.equal(outage.pause(1_000 + patience, online, half), undefined);
      outage.end();
      outage.begin(100_000);
      assert.equal(outage.pause(105_000, true, half), undefined);
    });
  }

  it("has rounds that follow each other ever more slowly, also when a carrier comes and goes", () => {
    const outage = new Outage();
    const pauses = [0, 1, 2, 3].map(() => {
      outage.end();
      return outage.pause(0, true, half);
    });
    assert.deepEqual(pauses, [500, 1_000, 2_000, 2_000]);
    outage.reset();
    assert.equal(outage.pause(0, true, half), 500);
  });
});
