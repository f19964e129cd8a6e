import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OutgoingPacket } from "../packet/outgoing-packet.ts";
import { CONGESTION_BYTES } from "../packet/send-queue.ts";
import { type Bench, bench, KIB } from "../session-bench.test.ts";
import { QueueGuard } from "./queue-guard.ts";

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

describe("a session with 64 KiB or more waiting", () => {
  function congested(): Bench {
    const bound = bench();
    bound.transport.open = false;
    while (bound.session.bufferedBytes < CONGESTION_BYTES) bound.session.send(OutgoingPacket.message(KIB));
    return bound;
  }

  it("counts the volatile packets it drops", () => {
    const { session, counters } = congested();
    for (let index = 0; index < 3; index++) session.send(OutgoingPacket.message("v"), { volatile: true });
    assert.equal(counters.droppedVolatile, 3);
    assert.equal(session.state, "open");
  });

  it("replaces what waits with the same key, and queues the first of each", () => {
    const { session, transport, counters } = congested();
    for (const [text, coalesce] of [
      ["x1", "x"],
      ["y1", "y"],
      ["x2", "x"],
      ["plain", undefined],
      ["x3", "x"],
    ] as const) {
      assert.equal(session.send(OutgoingPacket.message(text), { coalesce }), true);
    }
    assert.equal(counters.coalesced, 2);
    transport.open = true;
    session.ready();
    assert.deepEqual(transport.sent.slice(-3), ["4x3", "4y1", "4plain"]);
  });

  it("replaces even where a volatile packet would be dropped", () => {
    const { session, transport } = congested();
    const options = { volatile: true, coalesce: "k" };
    assert.equal(session.send(OutgoingPacket.message("never"), options), false);
    assert.equal(session.send(OutgoingPacket.message("first"), { coalesce: "k" }), true);
    assert.equal(session.send(OutgoingPacket.message("second"), options), true);
    transport.open = true;
    session.ready();
    assert.equal(transport.sent.at(-1), "4second");
  });

  it("sends every packet of a key while less waits", () => {
    const { session, transport, counters } = bench();
    transport.open = false;
    for (const text of ["1", "2"]) session.send(OutgoingPacket.message(text), { coalesce: "k" });
    transport.open = true;
    session.ready();
    assert.deepEqual(transport.sent, ["0{}", "41", "42"]);
    assert.equal(counters.coalesced, 0);
  });

  it("has backpressure from 256 KiB until less than 64 KiB wait", () => {
    const { session, transport, heard } = congested();
    while (session.bufferedBytes < 4 * CONGESTION_BYTES) {
      assert.equal(session.backpressure, false);
      session.send(OutgoingPacket.message(KIB));
    }
    assert.equal(session.backpressure, true);
    transport.takes = 150;
    session.ready();
    assert.equal(session.backpressure, true, `${session.bufferedBytes} bytes`);
    assert.deepEqual(heard, []);
    transport.takes = 80;
    session.ready();
    assert.equal(session.backpressure, false);
    assert.deepEqual(heard, ["drain"]);
  });

  it("has backpressure after a single packet that is large enough", () => {
    const { session, transport } = bench();
    transport.open = false;
    session.send(OutgoingPacket.message("x".repeat(300_000)));
    assert.equal(session.backpressure, true);
  });

  it("is closed when its oldest packet is 10 s old and the client takes nothing", () => {
    const { pass, session, closed, refused, counters } = congested();
    pass(5010);
    pass(4900);
    assert.equal(session.state, "open");
    pass(200);
    assert.equal(closed[0]?.reason, "transport error");
    assert.deepEqual(refused, ["slow_consumer"]);
    assert.ok(counters.discarded > 50);
  });

  it("stays when the client is away for a while, and is closed when it is back and takes nothing", () => {
    const { pass, session, transport } = congested();
    transport.listening = false;
    for (let round = 0; round < 4; round++) pass(5010);
    assert.equal(session.state, "open");
    transport.listening = true;
    pass(5010);
    assert.equal(session.state, "open");
    pass(5010);
    assert.equal(session.state, "closed");
  });

  it("stays while the client takes something", () => {
    const { pass, session, transport } = congested();
    for (let round = 0; round < 4; round++) {
      transport.takes = 1;
      session.send(OutgoingPacket.message(KIB));
      pass(5010);
    }
    assert.equal(session.state, "open");
  });

  it("lets go of what waits when it is closed for a fault", () => {
    const guard = new QueueGuard();
    const { session, transport } = bench({}, 1024 * 1024, guard);
    transport.open = false;
    while (session.bufferedBytes < CONGESTION_BYTES) session.send(OutgoingPacket.message(KIB));
    assert.equal(guard.bytes, session.bufferedBytes);
    session.lost("transport error", "parse_error");
    assert.equal(guard.bytes, 0);
  });
});

describe("a session with less than 64 KiB waiting", () => {
  it("is not closed for a stall of 15 s", () => {
    const { pass, session, transport, closed } = bench();
    transport.open = false;
    while (session.bufferedBytes < CONGESTION_BYTES - 4096) session.send(OutgoingPacket.message(KIB));
    pass(15_000);
    assert.deepEqual(closed, []);
    assert.equal(session.state, "open");
  });
});
