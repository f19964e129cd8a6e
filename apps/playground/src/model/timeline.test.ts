import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message } from "./message.ts";
import { countAfter, keepNewest, mergeMessages } from "./timeline.ts";

function message(offset: number, text = `m${offset}`, publisher = "other"): Message {
  return { offset, id: `id${offset}`, publisher, time: offset * 1000, name: "Ada", text };
}
const run = (...offsets: number[]): Message[] => offsets.map((offset) => message(offset));
const offsets = (messages: readonly Message[]): number[] => messages.map(({ offset }) => offset);

test("merging keeps every offset once, ascending", () => {
  const cases: [number[], number[], number[]][] = [
    [[], [], []],
    [[1, 2], [], [1, 2]],
    [[], [1, 2], [1, 2]],
    [
      [1, 2],
      [3, 4],
      [1, 2, 3, 4],
    ],
    [
      [5, 6],
      [1, 2],
      [1, 2, 5, 6],
    ],
    [
      [1, 4, 6],
      [2, 3, 5, 7],
      [1, 2, 3, 4, 5, 6, 7],
    ],
    [
      [1, 2, 3],
      [2, 3, 4],
      [1, 2, 3, 4],
    ],
    [
      [1, 3],
      [1, 3],
      [1, 3],
    ],
    [[2], [1, 2, 3], [1, 2, 3]],
  ];
  for (const [held, incoming, expected] of cases) {
    assert.deepEqual(offsets(mergeMessages(run(...held), run(...incoming))), expected);
  }
});

test("what the log says replaces what the page assumed", () => {
  const merged = mergeMessages([message(1), message(2, "assumed")], [message(2, "stored")]);
  assert.deepEqual(
    merged.map(({ text }) => text),
    ["m1", "stored"],
  );
});

test("merging nothing gives the same array, so nothing is drawn again", () => {
  const held = run(1, 2);
  assert.equal(mergeMessages(held, []), held);
});

test("a long timeline is cut back to its newest messages", () => {
  const messages = run(1, 2, 3, 4, 5);
  assert.equal(keepNewest(messages, 5, 2), messages);
  assert.deepEqual(offsets(keepNewest(messages, 4, 2)), [4, 5]);
});

test("only the messages of others above the mark are counted", () => {
  const messages = [message(1), message(2), message(3, "mine", "me"), message(4)];
  assert.equal(countAfter(messages, 1, "me"), 2);
  assert.equal(countAfter(messages, 0, undefined), 4);
  assert.equal(countAfter(messages, 4, "me"), 0);
  assert.equal(countAfter([], 0, "me"), 0);
});
