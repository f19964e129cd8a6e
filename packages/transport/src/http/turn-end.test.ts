import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { atTurnEnd } from "./turn-end.ts";

describe("the end of a turn", () => {
  it("comes after all that is read in it, and has everybody's work in order", async () => {
    const done: string[] = [];
    for (const name of ["first", "second"]) atTurnEnd("answer", { endTurn: () => void done.push(name) });
    await new Promise<void>((resolve) => process.nextTick(resolve));
    await Promise.resolve();
    assert.deepEqual(done, []);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(done, ["first", "second"]);
  });

  it("has the answers after all bodies, those to the bodies as well", async () => {
    const done: string[] = [];
    atTurnEnd("answer", { endTurn: () => void done.push("an answer") });
    for (const name of ["one", "another"]) {
      atTurnEnd("body", {
        endTurn: () => {
          done.push(`${name} body`);
          atTurnEnd("answer", { endTurn: () => void done.push(`the answer to ${name} body`) });
        },
      });
    }
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(done, [
      "one body",
      "another body",
      "an answer",
      "the answer to one body",
      "the answer to another body",
    ]);
  });

  it("leaves what is asked for in it to the next one", async () => {
    let turns = 0;
    const work = {
      endTurn: (): void => {
        turns += 1;
        if (turns < 3) atTurnEnd("answer", work);
      },
    };
    atTurnEnd("answer", work);
    for (const expected of [1, 2, 3]) {
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(turns, expected);
    }
  });

  it("comes for the others as well when somebody's work throws", async (context) => {
    const done: string[] = [];
    const thrown = new Promise((resolve) => {
      // The runner of the tests listens too, and would take it for a failure of this one.
      const listeners = process.listeners("uncaughtException");
      process.removeAllListeners("uncaughtException").once("uncaughtException", resolve);
      context.after(() => {
        for (const listener of listeners) process.on("uncaughtException", listener);
      });
    });
    const broken = (): void => {
      throw new Error("mine");
    };
    for (const part of ["body", "answer"] as const) {
      atTurnEnd(part, { endTurn: () => void done.push(`${part} before`) });
      if (part === "body") atTurnEnd(part, { endTurn: broken });
      atTurnEnd(part, { endTurn: () => void done.push(`${part} after`) });
    }
    assert.match(String(await thrown), /mine/);
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(done, ["body before", "answer before", "answer after", "body after"]);
  });
});
