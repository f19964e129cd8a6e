import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { writeAtEnd } from "./write-turn.ts";

describe("the writes at the end of a tick", () => {
  it("are made in order, and by all others when one throws", (context) => {
    const immediates: (() => void)[] = [];
    context.mock.method(globalThis, "setImmediate", (callback: () => void) => immediates.push(callback));
    const written: string[] = [];
    const named = (name: string) => ({ writeNow: () => void written.push(name) });
    const broken = {
      writeNow: (): never => {
        writeAtEnd(named("asked for meanwhile"));
        throw new Error("of a stream that is not ours");
      },
    };
    for (const writing of [named("before"), broken, named("after"), named("last")]) writeAtEnd(writing);
    assert.equal(immediates.length, 1);
    assert.throws(() => immediates.shift()?.(), /not ours/);
    for (const immediate of immediates) immediate();
    assert.deepEqual(written, ["before", "asked for meanwhile", "after", "last"]);
  });
});
