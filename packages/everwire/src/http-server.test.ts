import assert from "node:assert/strict";
import { test } from "node:test";
import { createHttpServer } from "./http-server.ts";

test("the deadlines of requests are these: rows 1 to 3 depend on them", () => {
  const { headersTimeout, requestTimeout, keepAliveTimeout, timeout } = createHttpServer();
  assert.deepEqual(
    { headersTimeout, requestTimeout, keepAliveTimeout, timeout },
    // No inactivity timeout: a long poll is silent for longer than any that would be of use.
    { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 10_000, timeout: 0 },
  );
});
