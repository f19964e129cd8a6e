import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CloseReason } from "@everwire/protocol";
import { DeadlineWheel } from "@everwire/websocket";
import type { FailureReason } from "./failures.ts";
import { CLOSE, OutgoingPacket } from "./outgoing-packet.ts";
import { CONGESTION_BYTES, type SendQueue } from "./send-queue.ts";
import { EngineSession, type SessionHandler, type SessionOwner } from "./session.ts";
import { DETACHED, type Ending, type Transport, type TransportSink } from "./transport.ts";

/** A transport that takes packets while it is told to. */
class FakeTransport implements Transport {
  readonly name = "websocket";
  readonly bufferedBytes = 0;
  sink: TransportSink = DETACHED;
  readonly sent: string[] = [];
  open = true;
  /** How many packets it takes although it is not open. */
  takes = 0;
  ended: Ending | undefined;

  pull(queue: SendQueue): void {
    for (; this.takes > 0 && !queue.empty; this.takes--) this.sent.push(queue.shift()?.payload ?? "");
    if (this.open) for (const packet of queue.take(Number.POSITIVE_INFINITY)) this.sent.push(packet.payload);
  }

  end(queue: SendQueue, how: Ending): void {
    this.ended = how;
    if (how === "linger") this.pull(queue);
    this.sink.gone();
  }
}

interface Bench {
  readonly session: EngineSession;
  readonly transport: FakeTransport;
  readonly wheel: DeadlineWheel;
  readonly refused: FailureReason[];
  readonly heard: string[];
  readonly closed: { reason: CloseReason; detail: string | undefined }[];
  /** Lets time pass for the wheel; the session itself reads the real clock. */
  pass(ms: number): void;
}

function bench(handler: Partial<SessionHandler> = {}, sendQueueLimit = 1024 * 1024): Bench {
  let clock = performance.now();
  const wheel = new DeadlineWheel(() => clock, 10);
  const transport = new FakeTransport();
  const refused: FailureReason[] = [];
  const heard: string[] = [];
  const closed: Bench["closed"] = [];
  const owner: SessionOwner = {
    options: { pingInterval: 25_000, pingTimeout: 20_000, sendQueueLimit },
    wheel,
    refused: (why) => refused.push(why),
    gone: () => heard.push("gone"),
  };
  const handshake = {
    headers: {},
    url: "/",
    query: new Map(),
    address: "",
    secure: false,
    origin: undefined,
    issued: 0,
  };
  const session = new EngineSession("id", handshake, owner, transport);
  session.open(OutgoingPacket.control("open", "{}"), () => ({
    message: (data) => heard.push(String(data)),
    close: (reason, detail) => closed.push({ reason, detail }),
    drain: () => heard.push("drain"),
    ...handler,
  }));
  const pass = (ms: number): void => {
    clock += ms;
    wheel.advance();
  };
  return { session, transport, wheel, refused, heard, closed, pass };
}

const KIB = "x".repeat(1024);

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

describe("the send queue of a session", () => {
  it("drops volatile packets from 64 KiB on, and only those", () => {
    const { session, transport, heard } = bench();
    transport.open = false;
    while (session.writable) assert.equal(session.send(OutgoingPacket.message(KIB), { volatile: true }), true);
    assert.ok(session.bufferedBytes >= 64 * 1024 && session.bufferedBytes < 66 * 1024);
    assert.equal(session.send(OutgoingPacket.message("v"), { volatile: true }), false);
    assert.equal(session.send(OutgoingPacket.message("kept")), true);
    transport.open = true;
    session.ready();
    assert.equal(transport.sent.at(-1), "4kept");
    assert.deepEqual(heard, ["drain"]);
    session.ready();
    assert.deepEqual(heard, ["drain"], "drain is told once");
  });

  it("closes the session at four times sendQueueLimit, with the reason, and counts the overhead of small packets", () => {
    const { session, transport, closed, refused } = bench({}, 100_000);
    transport.open = false;
    let sent = 0;
    while (session.send(OutgoingPacket.message(""))) sent++;
    assert.ok(sent < 400_000 / 64, `${sent} packets of one byte`);
    assert.equal(closed[0]?.reason, "transport error");
    assert.match(closed[0].detail ?? "", /slower/);
    assert.deepEqual(refused, ["slow_consumer"]);
    assert.equal(transport.ended, "discard");
    assert.equal(session.send(OutgoingPacket.message("late")), false);
  });
});

describe("a session with more than sendQueueLimit waiting", () => {
  /** Twice the limit waits, and the transport has taken nothing of it. */
  function overLimit(): Bench {
    const over = bench({}, CONGESTION_BYTES);
    over.transport.open = false;
    while (over.session.bufferedBytes < CONGESTION_BYTES * 2) over.session.send(OutgoingPacket.message(KIB));
    assert.equal(over.session.state, "open");
    return over;
  }

  it("is closed when the transport has taken nothing for 5 s, though nothing more is sent", () => {
    const { pass, session, closed, refused } = overLimit();
    pass(4900);
    assert.equal(session.state, "open");
    pass(200);
    assert.equal(closed[0]?.reason, "transport error");
    assert.deepEqual(refused, ["slow_consumer"]);
  });

  it("stays while the transport takes something every 5 s", () => {
    const { pass, session, transport, closed } = overLimit();
    for (let round = 0; round < 8; round++) {
      transport.takes = 12;
      session.ready();
      session.send(OutgoingPacket.message("live"));
      pass(4900);
    }
    assert.deepEqual(closed, []);
    assert.ok(session.bufferedBytes < CONGESTION_BYTES);
    assert.equal(transport.sent.includes("4live"), false, "in order");
  });

  it("is watched anew when it passes the limit again", () => {
    const { pass, session, transport, closed } = overLimit();
    transport.open = true;
    session.ready();
    pass(20_000);
    assert.deepEqual(closed, []);
    transport.open = false;
    while (session.bufferedBytes < CONGESTION_BYTES * 2) session.send(OutgoingPacket.message(KIB));
    pass(4900);
    assert.equal(session.state, "open");
    pass(200);
    assert.equal(session.state, "closed");
  });

  it("leaves no deadline behind when it is closed", () => {
    const { session, wheel } = overLimit();
    session.close("forced close");
    assert.equal(wheel.size, 0);
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
    const options = { pingInterval: 25_000, pingTimeout: 20_000, sendQueueLimit: 1 };
    const owner: SessionOwner = { options, wheel, refused() {}, gone() {} };
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
