import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { CLIENT_DISCONNECT_REASONS, CLOSE_REASONS } from "./close-reason.ts";

test("the server's reasons are the words Socket.IO users compare with", () => {
  assert.deepEqual(
    [...CLOSE_REASONS.keys()],
    [
      "client namespace disconnect",
      "server namespace disconnect",
      "transport close",
      "transport error",
      "parse error",
      "ping timeout",
      "forced close",
      "forced server close",
      "server shutting down",
    ],
  );
});

test("a client stays away only when one of the two sides said so", () => {
  const away = [...CLIENT_DISCONNECT_REASONS].filter(([, { reconnects }]) => !reconnects).map(([reason]) => reason);
  assert.deepEqual(away, ["io server disconnect", "io client disconnect", "forced close"]);
});

test("docs/protocol/events.md says the same of every reason", () => {
  const text = readFileSync(new URL("../../../docs/protocol/events.md", import.meta.url), "utf8");
  for (const [reason, meaning] of CLOSE_REASONS) assert.ok(text.includes(`| \`${reason}\` | ${meaning} |`), reason);
  for (const [reason, { meaning, reconnects }] of CLIENT_DISCONNECT_REASONS) {
    assert.ok(text.includes(`| \`${reason}\` | ${meaning} | ${reconnects ? "yes" : "no"} |`), reason);
  }
});
