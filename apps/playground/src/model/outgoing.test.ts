import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeOutbox, SAFE_TO_REPEAT } from "./outgoing.ts";
import { refusalSentence } from "./refusal.ts";

const entry = { id: "a", room: "lobby", text: "hello", time: 1000, state: "sending" };
const decode = (...entries: unknown[]) => decodeOutbox(JSON.stringify(entries), 1000 + SAFE_TO_REPEAT / 2);

test("a message that was being sent is sent again with its id", () => {
  assert.deepEqual(decode(entry), [entry]);
});

test("a failed message stays failed, with its reason", () => {
  const failed = { ...entry, state: "failed", reason: "Control characters.", time: -1e12 };
  assert.deepEqual(decode(failed), [failed]);
});

test("what the server may have forgotten is not repeated without asking", () => {
  const late = decodeOutbox(JSON.stringify([entry]), 1000 + SAFE_TO_REPEAT);
  assert.deepEqual(late, [{ ...entry, state: "failed", reason: refusalSentence("unconfirmed", undefined) }]);
  const clockWentBack = decodeOutbox(JSON.stringify([entry]), 0);
  assert.equal(clockWentBack[0]?.state, "failed");
});

test("storage that somebody spoilt loses only what is spoilt", () => {
  assert.deepEqual(
    decode(null, 1, {}, { ...entry, id: 1 }, { ...entry, state: "sent" }, { ...entry, reason: 1 }, entry),
    [entry],
  );
  for (const json of [null, "", "{", "{}", "null"]) assert.deepEqual(decodeOutbox(json, 0), []);
});
