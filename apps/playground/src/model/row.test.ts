import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message } from "./message.ts";
import type { Outgoing } from "./outgoing.ts";
import { buildRows, type Row, type RowSource } from "./row.ts";

const MINUTE = 60_000;
const noon = new Date(2026, 0, 5, 12).getTime();

function message(offset: number, changes: Partial<Message> = {}): Message {
  return {
    offset,
    id: `id${offset}`,
    publisher: "p1",
    time: noon + offset,
    name: "Ada",
    text: `m${offset}`,
    ...changes,
  };
}
function waiting(id: string, changes: Partial<Outgoing> = {}): Outgoing {
  return { id, room: "lobby", text: `text of ${id}`, time: noon + MINUTE, state: "sending", ...changes };
}
function rowsOf(source: Partial<RowSource>): Row[] {
  return buildRows({ messages: [], outgoing: [], publisher: "me", name: "Me", readUpTo: undefined, ...source });
}
/** One word per row: which kind, and for a message its offset or id, with + when it opens a group. */
function outline(rows: readonly Row[]): string[] {
  return rows.map((row) => (row.kind === "message" ? `${row.opens ? "+" : ""}${row.offset ?? row.id}` : row.kind));
}

test("messages of one author within five minutes stand together", () => {
  const messages = [
    message(1),
    message(2, { time: noon + 5 * MINUTE }),
    message(3, { time: noon + 10 * MINUTE + 1 }),
    message(4, { time: noon + 11 * MINUTE, publisher: "p2", name: "Bob" }),
    message(5, { time: noon + 12 * MINUTE }),
  ];
  assert.deepEqual(outline(rowsOf({ messages })), ["day", "+1", "2", "+3", "+4", "+5"]);
});

test("a new name of the same author opens a group", () => {
  assert.deepEqual(outline(rowsOf({ messages: [message(1), message(2, { name: "Ada L." })] })), ["day", "+1", "+2"]);
});

test("every day begins with a separator", () => {
  const messages = [
    message(1, { time: new Date(2026, 0, 5, 23, 59).getTime() }),
    message(2, { time: new Date(2026, 0, 6, 0, 1).getTime() }),
  ];
  assert.deepEqual(outline(rowsOf({ messages })), ["day", "+1", "day", "+2"]);
});

test("keys are unique and stay when older messages come, even if the server's clock went back", () => {
  const dayBefore = new Date(2026, 0, 4, 12).getTime();
  const messages = [message(2), message(3, { time: dayBefore }), message(4)];
  const keys = rowsOf({ messages }).map((row) => row.key);
  assert.equal(new Set(keys).size, keys.length);
  const more = rowsOf({ messages: [message(1), ...messages] }).map((row) => row.key);
  assert.deepEqual(
    more.filter((key) => keys.includes(key)),
    keys,
  );
});

test("the divider stands before the first unread message of somebody else", () => {
  const messages = [message(1), message(2, { publisher: "me", name: "Me" }), message(3), message(4)];
  assert.deepEqual(outline(rowsOf({ messages, readUpTo: 1 })), ["day", "+1", "+2", "unread", "+3", "4"]);
  assert.deepEqual(outline(rowsOf({ messages, readUpTo: 4 })), ["day", "+1", "+2", "+3", "4"]);
  assert.deepEqual(outline(rowsOf({ messages, readUpTo: 0 })), ["day", "unread", "+1", "+2", "+3", "4"]);
});

test("unconfirmed messages stand last, with their state", () => {
  const rows = rowsOf({
    messages: [message(1)],
    outgoing: [waiting("a"), waiting("b", { state: "failed", reason: "Why." })],
  });
  assert.deepEqual(outline(rows), ["day", "+1", "+a", "b"]);
  const last = rows.at(-1);
  assert.ok(last?.kind === "message");
  assert.deepEqual([last.state, last.reason, last.own, last.offset], ["failed", "Why.", true, undefined]);
});

test("a message keeps its key when the log confirms it", () => {
  const keyOf = (rows: readonly Row[]): string | undefined => rows.find((row) => row.kind === "message")?.key;
  const before = keyOf(rowsOf({ outgoing: [waiting("a")] }));
  const confirmed = message(9, { id: "a", publisher: "me", name: "Me" });
  assert.equal(keyOf(rowsOf({ messages: [confirmed], outgoing: [waiting("a")] })), before);
  assert.equal(keyOf(rowsOf({ messages: [confirmed] })), before);
});

test("a confirmed message does not show a second time while its acknowledgement is on the way", () => {
  const messages = [message(1, { id: "a", publisher: "me", name: "Me" })];
  assert.deepEqual(outline(rowsOf({ messages, outgoing: [waiting("a")] })), ["day", "+1"]);
  assert.deepEqual(outline(rowsOf({ messages, outgoing: [waiting("a")], publisher: undefined })), ["day", "+1"]);
});

test("somebody who uses our message id cannot hide or replace our message", () => {
  const messages = [message(1, { id: "a", publisher: "mallory" })];
  const rows = rowsOf({ messages, outgoing: [waiting("a")] });
  assert.deepEqual(outline(rows), ["day", "+1", "+a"]);
  assert.equal(new Set(rows.map((row) => row.key)).size, rows.length);
});
