import assert from "node:assert/strict";
import { test } from "node:test";
import { stampNotice } from "./chat-notice.ts";

const ADA = { id: "0".repeat(22), name: { shown: "Ada", key: "ADA" } };

function stamped(event: string | number, request: unknown): unknown {
  stampNotice(event, request, ADA, "polling");
  return request;
}

test("presence has the name and transport that the server knows, whatever the client says", () => {
  for (const data of [{ name: "Eve", transport: "websocket", more: 1 }, null, "Eve", undefined]) {
    const expected = { channel: "room:tea", data: { name: "Ada", transport: "polling" } };
    assert.deepEqual(stamped("channel:enter", { channel: "room:tea", data }), expected);
  }
});

test("a signal says whether somebody types and nothing else", () => {
  const rows: [unknown, boolean][] = [
    [{ typing: true, text: "x" }, true],
    [{ typing: "yes" }, false],
    [null, false],
    ["typing", false],
  ];
  for (const [data, typing] of rows) assert.deepEqual(stamped("channel:signal", { data }), { data: { typing } });
});

test("other packets and broken ones are left alone", () => {
  assert.deepEqual(stamped("channel:publish", { data: 1 }), { data: 1 });
  for (const request of [undefined, null, 7, "text"]) assert.equal(stamped("channel:enter", request), request);
});
