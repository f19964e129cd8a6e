import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ByteBudget } from "../frame/byte-budget.ts";
import { FREE_BYTES, releaseExcess, reserveExcess } from "./outgoing-excess.ts";

const MIB = 1024 * 1024;

function limitsOf(budget: number) {
  return { maxBufferedBytes: 16 * MIB, outgoingBudget: new ByteBudget(budget) };
}

describe("what waits above the free bytes", () => {
  it("is in the budget, no more and no less, until it is given back", () => {
    const limits = limitsOf(10 * MIB);
    const sender = { bufferedAmount: FREE_BYTES + 5 };
    for (const bytes of [5, 3 * MIB, 7, 0]) {
      sender.bufferedAmount = FREE_BYTES + bytes;
      assert.equal(reserveExcess(sender, limits), true);
      assert.equal(limits.outgoingBudget.reserved, bytes);
    }
    sender.bufferedAmount = 3 * MIB;
    reserveExcess(sender, limits);
    releaseExcess(sender);
    releaseExcess(sender);
    assert.equal(limits.outgoingBudget.reserved, 0);
  });

  it("is refused where the budget has no room, and more than one may have at all", () => {
    const limits = limitsOf(20 * MIB);
    const [first, second] = [{ bufferedAmount: 15 * MIB }, { bufferedAmount: 8 * MIB }];
    assert.equal(reserveExcess(first, limits), true);
    assert.equal(reserveExcess(second, limits), false);
    assert.equal(limits.outgoingBudget.reserved, 14 * MIB);
    releaseExcess(first);
    first.bufferedAmount = 16 * MIB + 1;
    assert.equal(reserveExcess(first, limits), false);
    assert.equal(reserveExcess(second, limits), true);
    for (const sender of [first, second]) releaseExcess(sender);
  });

  it("makes room once others need less, though they have not said so", () => {
    const limits = limitsOf(10 * MIB);
    const [first, second] = [{ bufferedAmount: 11 * MIB }, { bufferedAmount: 2 * MIB }];
    assert.equal(reserveExcess(first, limits), true);
    first.bufferedAmount = 3 * MIB;
    assert.equal(reserveExcess(second, limits), true);
    assert.equal(limits.outgoingBudget.reserved, 3 * MIB);
    for (const sender of [first, second]) releaseExcess(sender);
  });
});
