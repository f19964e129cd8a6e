import assert from "node:assert/strict";
import { test } from "node:test";
import { EVENT_REFUSALS, EventRefused, readRefusal, refusalAnswer } from "./event-refusal.ts";

test("a refusal is the same at the other end", () => {
  const issues = [{ argument: 0, path: ["text"], message: "too long" }];
  for (const refusal of [
    new EventRefused("invalid_event", undefined, { issues }),
    new EventRefused("too_many_events"),
    new EventRefused("room_full", "the room is full", { retry: true, data: { seats: 0 } }),
  ]) {
    const answer: unknown = JSON.parse(JSON.stringify(refusalAnswer(refusal)));
    const read = readRefusal(answer);
    assert.ok(read instanceof EventRefused);
    assert.deepEqual(
      [read.code, read.message, read.retry, read.issues, read.data],
      [refusal.code, refusal.message, refusal.retry, refusal.issues, refusal.data],
    );
  }
});

test("what is known of a code is filled in", () => {
  for (const [code, { meaning, retry }] of EVENT_REFUSALS) {
    assert.match(code, /^[a-z]+(_[a-z]+)*$/);
    assert.deepEqual(refusalAnswer(new EventRefused(code)), { error: { code, message: meaning, retry } });
  }
  assert.deepEqual(refusalAnswer(new EventRefused("sold_out")), {
    error: { code: "sold_out", message: "sold_out", retry: false },
  });
});

test("other answers are not refusals", () => {
  const others = [
    undefined,
    null,
    "error",
    [],
    {},
    { error: null },
    { error: "x" },
    { error: {} },
    { error: { code: 1 } },
  ];
  for (const answer of [...others, { error: { code: "x" }, ok: true }]) assert.equal(readRefusal(answer), undefined);
});

test("a server that says more or something else is read for what can be used", () => {
  const read = readRefusal({
    error: { code: "x", message: 1, retry: "yes", issues: [null, { argument: 0 }], more: 1 },
  });
  assert.deepEqual([read?.code, read?.message, read?.retry, read?.issues], ["x", "x", false, []]);
});
