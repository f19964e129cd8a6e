import assert from "node:assert/strict";
import { test } from "node:test";
import { CHAT_FAILURES, chatFailure, START_FAILURES, StartError } from "./failures.ts";

test("the codes are these and no others: they are public", () => {
  assert.deepEqual(
    [...START_FAILURES.keys()],
    ["port_taken", "port_forbidden", "host_unknown", "data_unusable", "site_unusable"],
  );
  assert.deepEqual(
    [...CHAT_FAILURES.keys()],
    [
      "client_invalid",
      "name_empty",
      "name_too_long",
      "name_invalid",
      "name_taken",
      "room_invalid",
      "rooms_full",
      "text_empty",
      "text_too_long",
      "text_invalid",
    ],
  );
});

test("a start error is one line that says what to do", () => {
  const error = new StartError("port_taken", "127.0.0.1:3000");
  assert.equal(
    error.message,
    "the port is in use: 127.0.0.1:3000. Choose another with --port, or --port 0 for any free one.",
  );
});

test("there is one instance of each row", () => {
  assert.equal(chatFailure("text_empty"), chatFailure("text_empty"));
  assert.ok(Object.isFrozen(chatFailure("text_empty")));
});
