import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveRecovery } from "../recovery/recovery-options.ts";
import { resolveServerOptions } from "./server-options.ts";

test("the defaults are these, and safe", () => {
  const { log, listener, ...values } = resolveServerOptions();
  assert.equal(typeof log, "function");
  assert.deepEqual(Object.keys(listener), ["log"]);
  assert.deepEqual(values, {
    connectTimeout: 10_000,
    maxNamespaces: 64,
    maxChildNamespaces: 10_000,
    cleanupEmptyChildNamespaces: true,
    maxRooms: 1000,
    renewBefore: 30_000,
    maxPendingAcks: 1024,
    ackTimeout: 30_000,
    parser: undefined,
    serveClient: true,
    rateLimits: undefined,
    recovery: undefined,
    decoder: { maxAttachments: 10, maxAttachmentBytes: 4_000_000, attachmentTimeout: 10_000 },
  });
  for (const given of [true, {}]) {
    assert.deepEqual(resolveServerOptions({ connectionStateRecovery: given }).recovery, {
      maxDisconnectionDuration: 120_000,
      maxEvents: 100_000,
      maxBytes: 33_554_432,
      maxSockets: 10_000,
      skipMiddlewares: true,
      store: undefined,
    });
  }
  assert.equal(
    resolveRecovery(false, () => 0),
    undefined,
  );
});

test("what is no value of an option is an error, also where no type checker looked", () => {
  for (const wrong of [
    { serveClient: 1 },
    { cleanupEmptyChildNamespaces: "yes" },
    { parser: {} },
    { renewBefore: 0 },
    { connectionStateRecovery: { maxSockets: -1 } },
  ]) {
    const configured: object = wrong;
    assert.throws(() => resolveServerOptions(configured), { code: "invalid_option" });
  }
});
