import assert from "node:assert/strict";
import { test } from "node:test";
import { readMessage, readMessages } from "./message.ts";

const record = { offset: 3, id: "m1", publisher: "p1", time: 10, data: { name: "Ada", text: "hello" } };

test("a record with a name and a text is a message", () => {
  assert.deepEqual(readMessage(record), { offset: 3, id: "m1", publisher: "p1", time: 10, name: "Ada", text: "hello" });
});

test("data of another shape is no message", () => {
  for (const data of [
    null,
    undefined,
    1,
    "text",
    [],
    {},
    { name: "Ada" },
    { name: 1, text: "x" },
    { name: "Ada", text: [] },
  ]) {
    assert.equal(readMessage({ ...record, data }), undefined, JSON.stringify(data));
  }
});

test("records that are no messages leave no hole", () => {
  assert.deepEqual(
    readMessages([record, { ...record, offset: 4, data: 7 }, { ...record, offset: 5 }]).map(
      (message) => message.offset,
    ),
    [3, 5],
  );
});
