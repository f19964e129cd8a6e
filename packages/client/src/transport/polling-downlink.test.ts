import assert from "node:assert/strict";
import { test } from "node:test";
import { ClientError } from "../failures.ts";
import type { PlatformResponse } from "./connector.ts";
import { openPollingDownlink } from "./polling-downlink.ts";
import { settled, TestClock } from "./test-clock.test.ts";
import { TestPlatform } from "./test-platform.test.ts";

async function poll(answer: Promise<PlatformResponse>, close = false) {
  const seen: string[] = [];
  let signal: AbortSignal | undefined;
  const connector = {
    ...new TestPlatform().connector(),
    request: (request: { signal: AbortSignal }) => {
      signal = request.signal;
      return answer;
    },
  };
  const setup = { connector, clock: new TestClock(), turn: 1 };
  const downlink = openPollingDownlink("https://example.org/?x", setup, {
    opened: () => seen.push("opened"),
    payload: (text) => seen.push(`payload ${text}`),
    ended: () => seen.push("ended"),
    failed: (code, detail) => seen.push(`failed ${code}: ${detail}`),
  });
  downlink.open();
  if (close) downlink.close();
  await settled();
  assert.ok(signal?.aborted === true || !close);
  return seen;
}

test("an answer is one payload, and complete", async () => {
  const answer = Promise.resolve({ status: 200, body: "81\x1e4a" });
  assert.deepEqual(await poll(answer), ["opened", "payload 81\x1e4a", "ended"]);
});

test("a refusal says what the server said", async () => {
  const body = '{"code":1,"message":"Session ID unknown"}';
  assert.deepEqual(await poll(Promise.resolve({ status: 400, body })), [`failed open_refused: HTTP 400: ${body}`]);
});

test("a request that fails says why", async () => {
  assert.deepEqual(await poll(Promise.reject(new Error("no network"))), ["failed request_failed: no network"]);
  const tooLarge = Promise.reject(new ClientError("message_too_large", { message: "17 MiB" }));
  assert.deepEqual(await poll(tooLarge), ["failed message_too_large: 17 MiB"]);
});

test("nothing is reported after a close", async () => {
  assert.deepEqual(await poll(Promise.resolve({ status: 200, body: "6" }), true), []);
  assert.deepEqual(await poll(Promise.reject(new Error("aborted")), true), []);
});
