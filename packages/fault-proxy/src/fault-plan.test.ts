import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FAULT_MANUAL } from "./fault-manual.ts";
import { FAULT_NAMES, planFaults } from "./fault-plan.ts";
import type { Faults } from "./faults.ts";
import { FaultOptionError } from "./fields.ts";

describe("faults", () => {
  it("are all off unless named", () => {
    assert.deepEqual(new Set(Object.values(planFaults({}))), new Set([undefined]));
  });

  it("have a row of the manual each", () => {
    assert.deepEqual(Object.keys(FAULT_MANUAL), [...FAULT_NAMES]);
  });

  it("have a short form for their first field", () => {
    const plan = planFaults({ delay: 5, truncate: 9, cutIdle: 7, injectStatus: 503, bufferResponses: 4, cutAfter: 3 });
    assert.deepEqual(plan.delay, { ms: 5, jitter: 0, direction: "both" });
    assert.deepEqual(plan.truncate, { bytes: 9, how: "fin" });
    assert.deepEqual(plan.cutIdle, { ms: 7, how: "fin" });
    assert.deepEqual(plan.injectStatus, { status: [503], probability: 1 });
    assert.deepEqual(plan.bufferResponses, { bytes: 4, ms: Number.POSITIVE_INFINITY, head: false });
    assert.equal(plan.cutAfter?.ms, 3);
  });

  const REFUSED: [unknown, RegExp][] = [
    [{ dealy: 5 }, /there is no fault "dealy"/],
    [{ toString: 5 }, /there is no fault "toString"/],
    [{ delay: "5" }, /delay: ms takes a number of at least 0/],
    [{ delay: -1 }, /delay: ms/],
    [{ delay: Number.NaN }, /delay: ms/],
    [{ delay: { ms: 5, jiter: 1 } }, /delay: there is no "jiter"/],
    [{ delay: { ms: 5, direction: "up" } }, /direction is one of both, toServer, toClient/],
    [{ bandwidth: 0 }, /bandwidth: bytes takes a number of at least 1/],
    [{ bandwidth: 1.5 }, /bandwidth: bytes takes an integer/],
    [{ bufferResponses: 9 * 1024 * 1024 }, /bufferResponses: bytes takes a number from 1 to 8388608/],
    [{ blockUpgrade: "refuse" }, /blockUpgrade: how is one of strip, mute, hang/],
    [{ blockUpgrade: 200 }, /blockUpgrade: status takes a number from 400 to 599/],
    [{ injectStatus: { status: [503, 99] } }, /injectStatus: status/],
    [{ injectStatus: { status: [] } }, /injectStatus: status takes one value or a list/],
    [{ injectStatus: { status: 503, probability: 2 } }, /probability takes a number from 0 to 1/],
    [{ corrupt: {} }, /corrupt: takes every or at/],
    [{ cutAfter: {} }, /cutAfter: takes ms, toServer or toClient/],
    [{ only: "(" }, /only: "\(" is no regular expression/],
    [{ halfOpen: true }, /halfOpen: direction is one of/],
  ];
  for (const [faults, message] of REFUSED) {
    it(`refuse ${JSON.stringify(faults)}`, () => {
      // The wrong types are the point.
      assert.throws(
        () => planFaults(faults as Faults),
        (error) => error instanceof FaultOptionError && message.test(error.message),
      );
    });
  }
});
