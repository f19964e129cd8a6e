import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { resolveConnectionOptions } from "./connection/connection-options.ts";
import { FRAME_FAILURES, HANDSHAKE_FAILURES } from "./failures.ts";
import { isWireCloseCode } from "./frame/close-code.ts";
import * as surface from "./index.ts";

describe("failures", () => {
  it("have one frozen row for each code", () => {
    // A code is public: rows are added, never removed or reused.
    assert.equal(FRAME_FAILURES.size, 24);
    assert.equal(HANDSHAKE_FAILURES.size, 18);
    for (const [code, row] of [...FRAME_FAILURES, ...HANDSHAKE_FAILURES]) {
      assert.equal(row.code, code);
      assert.ok(Object.isFrozen(row));
    }
  });

  it("carry close codes that may be sent, but for what is never sent", () => {
    for (const { code, closeCode } of FRAME_FAILURES.values()) {
      assert.equal(isWireCloseCode(closeCode), code !== "pong_timed_out");
    }
  });
});

describe("close codes", () => {
  it("may be sent from 1000 to 1014 without the reserved ones, and from 3000 to 4999", () => {
    const sendable = Array.from({ length: 70_000 }, (_, code) => code).filter(isWireCloseCode);
    const low = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014];
    assert.deepEqual(sendable.slice(0, 12), low);
    assert.deepEqual([sendable[12], sendable.at(-1), sendable.length], [3000, 4999, 2012]);
  });
});

describe("options", () => {
  it("have the documented defaults", () => {
    const { incompleteBudget, outgoingBudget, ...rest } = resolveConnectionOptions(undefined);
    assert.deepEqual([incompleteBudget.limit, outgoingBudget.limit], [67_108_864, 33_554_432]);
    assert.deepEqual(rest, {
      maxPayload: 1_000_000,
      maxFragments: 131_072,
      maxBufferedBytes: 16_777_216,
      freeBufferedBytes: 1_048_576,
      messageTimeout: 30_000,
      closeTimeout: 2_000,
      heartbeat: { interval: 25_000, timeout: 10_000 },
      autoPong: true,
      messageRate: undefined,
      perMessageDeflate: undefined,
    });
  });

  it("are refused when they make no sense: 0 does not mean unlimited", () => {
    for (const value of [0, -1, 1.5, 2 ** 30, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => resolveConnectionOptions({ maxPayload: value }), RangeError);
    }
    for (const value of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => resolveConnectionOptions({ heartbeat: { interval: value, timeout: 1 } }), RangeError);
    }
  });
});

it("exports what the documentation names", () => {
  assert.deepEqual(Object.keys(surface).sort(), [
    "ByteBudget",
    "Connection",
    "ConnectionClosedError",
    "DeadlineWheel",
    "DeflateBudget",
    "FRAME_FAILURES",
    "FrameFailure",
    "HANDSHAKE_FAILURES",
    "HandshakeError",
    "HandshakeFailure",
    "HttpUpgrade",
    "JsonMessageError",
    "PendingUpgrade",
    "PreparedMessage",
    "WebSocket",
    "WebSocketServer",
    "acceptUpgrade",
    "checkUpgrade",
    "connect",
    "deadlines",
    "deflateBudget",
    "describeCloseCode",
    "incompleteMessages",
    "outgoingMessages",
    "refuseUpgrade",
    "upgradesOf",
  ]);
});
