import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DeadlineWheel } from "@everwire/websocket";
import { CLOSE, OutgoingPacket } from "../packet/outgoing-packet.ts";
import { bench, FakeTransport } from "../session-bench.test.ts";
import { QueueGuard } from "./queue-guard.ts";
import { EngineSession, type SessionOwner } from "./session.ts";

describe("the heartbeat of a session", () => {
  it("pings after pingInterval and again after each pong", () => {
    const { transport, session, pass, closed } = bench();
    pass(24_900);
    assert.deepEqual(transport.sent, ["0{}"]);
    for (let round = 1; round <= 3; round++) {
      pass(25_010);
      assert.equal(transport.sent.length, 1 + round);
      assert.equal(transport.sent.at(-1), "2");
      session.packet({ type: "pong", data: "" });
    }
    assert.deepEqual(closed, []);
  });

  it("closes when no pong comes within pingTimeout", () => {
    const { session, transport, pass, closed, refused } = bench();
    pass(25_010);
    pass(19_900);
    assert.equal(session.state, "open");
    pass(25_200);
    assert.equal(closed[0]?.reason, "ping timeout");
    assert.equal(transport.ended, "discard");
    assert.equal(session.state, "closed");
    assert.deepEqual(refused, ["ping_timed_out"]);
  });

  it("starts nothing for a pong nobody asked for", () => {
    const { session, transport, pass } = bench();
    pass(20_000);
    for (let index = 0; index < 1000; index++) session.packet({ type: "pong", data: "" });
    pass(5010);
    assert.deepEqual(transport.sent, ["0{}", "2"]);
  });

  it("does not let a request find a session whose time is up, however coarse the wheel", () => {
    const { session, closed } = bench();
    assert.equal(session.checkAlive(performance.now() + 44_000), true);
    assert.equal(session.checkAlive(performance.now() + 45_001), false);
    assert.equal(closed[0]?.reason, "ping timeout");
  });
});

describe("the close of a session", () => {
  it("is told once and last, and nothing is heard after it", () => {
    const { session, heard, closed } = bench();
    session.message("a");
    session.close("forced close");
    session.close("transport close");
    session.message("b");
    session.lost("transport error", "disconnected");
    session.packet({ type: "close", data: "" });
    assert.deepEqual(heard, ["a", "gone"]);
    assert.deepEqual(closed, [{ reason: "forced close", detail: undefined }]);
  });

  it("may come from the handler, in the middle of a message", () => {
    const { session, closed } = bench({ message: () => session.close("forced server close") });
    session.message("a");
    session.message("b");
    assert.deepEqual(closed, [{ reason: "forced server close", detail: undefined }]);
  });

  it("is what a throwing handler gets, and nobody else", () => {
    const broken = bench({
      message: () => {
        throw new Error("application");
      },
      close: () => {
        throw new Error("again");
      },
    });
    broken.session.message("a");
    assert.equal(broken.session.state, "closed");
    assert.deepEqual(broken.refused, ["handler_failed", "handler_failed"]);
  });

  it("delivers what was queued when the application asked for it", () => {
    const { session, transport } = bench();
    transport.open = false;
    session.send(OutgoingPacket.message("last words"));
    transport.open = true;
    session.close("forced server close");
    assert.deepEqual(transport.sent, ["0{}", "4last words"]);
  });

  it("reaches a handler that closed before it existed", () => {
    const transport = new FakeTransport();
    const closed: string[] = [];
    const wheel = new DeadlineWheel(() => 0, 10);
    const options = { pingInterval: 25_000, pingTimeout: 20_000, sendQueueLimit: 1, totalQueueLimit: 1 };
    const counters = { droppedVolatile: 0, coalesced: 0, discarded: 0 };
    const owner: SessionOwner = { options, wheel, guard: new QueueGuard(), counters, refused() {}, gone() {} };
    const handshake = {
      headers: {},
      url: "",
      query: new Map(),
      address: "",
      secure: false,
      origin: undefined,
      issued: 0,
    };
    const session = new EngineSession("id", handshake, owner, transport);
    session.open(CLOSE, (opened) => {
      opened.close("forced server close");
      return { message() {}, close: (reason) => closed.push(reason) };
    });
    assert.deepEqual(closed, ["forced server close"]);
    assert.equal(wheel.size, 0, "no deadline is left");
  });
});
