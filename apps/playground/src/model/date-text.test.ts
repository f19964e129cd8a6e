import assert from "node:assert/strict";
import { test } from "node:test";
import { clockText, dayKey, dayText, fullText, isoText } from "./date-text.ts";

const at = (year: number, month: number, day: number, hour = 12): number => new Date(year, month, day, hour).getTime();

test("near days have names, far days have dates", () => {
  const now = at(2026, 2, 10, 0);
  assert.equal(dayText(at(2026, 2, 10, 23), now), "Today");
  assert.equal(dayText(at(2026, 2, 9, 0), now), "Yesterday");
  assert.doesNotMatch(dayText(at(2026, 2, 8), now), /2026/);
  assert.match(dayText(at(2025, 2, 8), now), /2025/);
});

test("a day is local", () => {
  assert.equal(dayKey(at(2026, 0, 5, 0)), dayKey(at(2026, 0, 5, 23)));
  assert.notEqual(dayKey(at(2026, 0, 5, 23)), dayKey(at(2026, 0, 6, 0)));
});

test("a time that is no date breaks nothing", () => {
  assert.equal(isoText(Number.NaN), "");
  assert.equal(isoText(1e20), "");
  assert.equal(isoText(0), "1970-01-01T00:00:00.000Z");
  for (const time of [Number.NaN, 1e20]) {
    assert.equal(clockText(time), "");
    assert.equal(fullText(time), "");
    assert.equal(dayText(time, 0), "");
  }
});
