import assert from "node:assert/strict";
import { test } from "node:test";
import { TypingRoster, TypingThrottle, typingSentence } from "./typing.ts";

test("a person types until they stop or four seconds have passed without a sign", () => {
  const roster = new TypingRoster();
  roster.hear("ada", true, 0);
  roster.hear("bob", true, 1000);
  assert.deepEqual(roster.current(3999), ["ada", "bob"]);
  assert.equal(roster.nextExpiry, 4000);
  assert.deepEqual(roster.current(4000), ["bob"]);
  roster.hear("bob", true, 4500);
  assert.deepEqual(roster.current(8000), ["bob"]);
  roster.hear("bob", false, 8100);
  assert.deepEqual(roster.current(8100), []);
  assert.equal(roster.nextExpiry, undefined);
});

test("typing is told at most every two seconds", () => {
  const throttle = new TypingThrottle();
  assert.deepEqual(
    [0, 100, 1999, 2000, 2100, 4000].map((now) => throttle.press(now)),
    [true, false, false, true, false, true],
  );
});

test("the end of typing is told only to those who heard of it", () => {
  const throttle = new TypingThrottle();
  assert.equal(throttle.stop(0), false);
  throttle.press(0);
  assert.equal(throttle.stop(100), true);
  assert.equal(throttle.stop(200), false);
  assert.equal(throttle.press(300), true, "typing again is told at once");
  assert.equal(throttle.stop(9000), false, "after four seconds it has ended by itself");
});

test("the sentence fits the number of people", () => {
  const cases: [string[], string][] = [
    [[], ""],
    [["Ada"], "Ada is typing…"],
    [["Ada", "Bob"], "Ada and Bob are typing…"],
    [["Ada", "Bob", "Cleo"], "Ada, Bob and Cleo are typing…"],
    [["Ada", "Bob", "Cleo", "Dan"], "Several people are typing…"],
  ];
  for (const [names, sentence] of cases) assert.equal(typingSentence(names), sentence);
});
