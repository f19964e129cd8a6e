import assert from "node:assert/strict";
import { test } from "node:test";
import {
  decodeDoneResponse,
  decodeHistoryResponse,
  decodePresenceEvent,
  decodePublishResponse,
  decodeRecordEvent,
  decodeSignalEvent,
  decodeSubscribeResponse,
  refusalOf,
} from "./channel-response.ts";
import { failures } from "./failure-table.ts";

const RECORD = { offset: 3, id: "i", publisher: "p", time: 1_700_000_000_000, data: { text: "hi" } };
const SUBSCRIBED = {
  ok: true,
  channel: "a",
  epoch: "e",
  offset: 4,
  recovered: false,
  reason: "none",
  more: true,
  records: [RECORD, { ...RECORD, offset: 4 }],
  members: [{ id: "p", data: null }],
};
const PUBLISHED = { ok: true, id: "i", epoch: "e", offset: 4, time: 1, duplicate: false };
const PAGE = { ok: true, epoch: "e", records: [RECORD], more: false };
const ANSWERS = [decodeSubscribeResponse, decodePublishResponse, decodeHistoryResponse, decodeDoneResponse] as const;

test("answers and events are read whole", () => {
  const { reason: _, ...recovered } = { ...SUBSCRIBED, recovered: true };
  assert.deepEqual(decodeSubscribeResponse(SUBSCRIBED), SUBSCRIBED);
  assert.deepEqual(decodeSubscribeResponse(recovered), recovered);
  assert.deepEqual(decodePublishResponse(PUBLISHED), PUBLISHED);
  assert.deepEqual(decodeHistoryResponse(PAGE), PAGE);
  assert.deepEqual(decodeDoneResponse({ ok: true, more: 1 }), { ok: true });
  const event = { channel: "a", epoch: "e", record: RECORD };
  assert.deepEqual(decodeRecordEvent(event), event);
  const presence = { channel: "a", change: "enter", member: { id: "p", data: 1 } };
  assert.deepEqual(decodePresenceEvent(presence), presence);
  const signal = { channel: "a", from: "p", data: { typing: true } };
  assert.deepEqual(decodeSignalEvent(signal), signal);
});

test("a refusal is an answer of every call", () => {
  const refusal = refusalOf(failures.unavailable);
  assert.deepEqual(refusal, {
    ok: false,
    error: { code: "unavailable", message: "the log cannot answer now", retry: true },
  });
  for (const decode of ANSWERS) assert.deepEqual(decode(refusal), refusal);
  const own = { ok: false, error: { code: "text_empty", message: "no text", retry: false } };
  assert.deepEqual(decodePublishResponse(own), own);
});

test("SR-27: answers of no shape are failures", () => {
  const bad = [
    undefined,
    null,
    1,
    "ok",
    [],
    {},
    { ok: 1 },
    { ok: "true" },
    { ok: false },
    { ok: false, error: {} },
    { ok: false, error: { code: 1, message: "x", retry: false } },
    { ok: false, error: { code: "x", message: "x" } },
  ];
  for (const decode of ANSWERS) for (const value of bad) assert.equal(decode(value), failures.invalid_response);
});

test("SR-27: each field of an answer is checked", () => {
  const records = (...offsets: unknown[]): unknown[] => offsets.map((offset) => ({ ...RECORD, offset }));
  const subscribed = [
    { channel: "" },
    { epoch: "" },
    { offset: -1 },
    { offset: "4" },
    { recovered: 1 },
    { more: undefined },
    { reason: "constructor" },
    { reason: null },
    { records: {} },
    { records: [null] },
    { records: records(4, 3) },
    { records: records(3, 3) },
    { records: records(3, 5) },
    { records: records(0) },
    { records: [{ ...RECORD, id: "" }] },
    { records: [{ ...RECORD, publisher: 1 }] },
    { records: [{ ...RECORD, time: "now" }] },
    { members: {} },
    { members: [null] },
    { members: [{ id: 1 }] },
    { members: [{ id: "x".repeat(257) }] },
  ];
  for (const change of subscribed) {
    const answer = decodeSubscribeResponse({ ...SUBSCRIBED, ...change });
    assert.equal(answer, failures.invalid_response, JSON.stringify(change));
  }
  for (const change of [{ id: 1 }, { epoch: 1 }, { offset: 0 }, { time: Number.NaN }, { duplicate: 0 }]) {
    assert.equal(decodePublishResponse({ ...PUBLISHED, ...change }), failures.invalid_response);
  }
  for (const change of [{ epoch: "e:1" }, { more: 0 }, { records: undefined }, { records: records(2, 1) }]) {
    assert.equal(decodeHistoryResponse({ ...PAGE, ...change }), failures.invalid_response);
  }
});

test("SR-27: each field of an event is checked", () => {
  const member = { id: "p", data: 1 };
  for (const value of [null, [], "x", {}, { channel: "a" }, { channel: "a", epoch: "e", record: [] }]) {
    assert.equal(decodeRecordEvent(value), failures.invalid_response);
  }
  for (const value of [
    null,
    {},
    { channel: "a", change: "toString", member },
    { channel: "a", change: "leave", member: null },
  ]) {
    assert.equal(decodePresenceEvent(value), failures.invalid_response);
  }
  for (const value of [null, {}, { channel: "a", from: "" }, { channel: "", from: "p" }]) {
    assert.equal(decodeSignalEvent(value), failures.invalid_response);
  }
});
