import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Outage } from "./outage.ts";

const half = (): number => 0.5;

describe("a time without a carrier", () => {
  it("is borne for as long as the server keeps the session", () => {
    const outage = new Outage(20_000);
    outage.begin(1_000);
    outage.begin(4_000);
    assert.notEqual(outage.pause(20_999, half), undefined);
    assert.equal(outage.pause(21_000, half), undefined);
    outage.end();
    outage.begin(100_000);
    assert.notEqual(outage.pause(119_999, half), undefined);
  });

  it("has rounds that follow each other ever more slowly, and quickly again after a carrier", () => {
    const outage = new Outage(20_000);
    const pauses = [0, 1, 2, 3].map(() => outage.pause(0, half));
    assert.deepEqual(pauses, [250, 500, 1_000, 1_000]);
    outage.end();
    assert.equal(outage.pause(0, half), 250);
  });

  it("has rounds at any moment of the pause, and several when it is short", () => {
    const short = new Outage(300);
    short.begin(0);
    assert.equal(
      short.pause(0, () => 0),
      0,
    );
    assert.equal(
      short.pause(0, () => 0.999),
      29,
    );
  });
});
