import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DeadlineWheel } from "@everwire/websocket";
import { OutgoingPacket, PING } from "../packet/outgoing-packet.ts";
import { SendQueue } from "../packet/send-queue.ts";
import { DETACHED, type TransportName } from "../transport.ts";
import { type Carrier, type CarrierSink, UNHEARD } from "./carrier.ts";
import { LosslessTransport } from "./lossless-transport.ts";

class FakeCarrier implements Carrier {
  readonly name: TransportName;
  sink: CarrierSink = UNHEARD;
  bufferedBytes = 0;
  writable = true;
  readonly sent: string[] = [];
  ended: string | undefined;

  constructor(name: TransportName) {
    this.name = name;
  }

  send(packets: readonly OutgoingPacket[]): void {
    this.sent.push(textOf(packets));
    if (this.name === "polling") this.writable = false;
  }

  end(last: readonly OutgoingPacket[]): void {
    this.ended = textOf(last);
  }
}

function textOf(packets: readonly OutgoingPacket[]): string {
  return packets.map((packet) => packet.payload.replaceAll("\x1e", " ")).join(" ");
}

/** A transport with a queue in front of it, as a session has one; time is the test's. */
class Rig {
  now = 0;
  readonly wheel = new DeadlineWheel(() => this.now, 10);
  readonly queue = new SendQueue();
  readonly heard: string[] = [];
  readonly transport: LosslessTransport;

  constructor(name: TransportName) {
    const options = { maxPayload: 1_000_000, reattachTimeout: 20_000, shortPollingInterval: 1000 };
    this.transport = new LosslessTransport(options, this.wheel, name);
    this.transport.sink = {
      ...DETACHED,
      message: (data) => this.heard.push(`message ${data}`),
      packet: (packet) => this.heard.push(packet.type),
      ready: () => this.transport.pull(this.queue),
      moved: (to) => this.heard.push(`moved ${to}`),
      lost: (reason, why) => this.heard.push(`lost ${reason}, ${why}`),
      gone: () => this.heard.push("gone"),
    };
  }

  put(...packets: OutgoingPacket[]): void {
    for (const packet of packets) {
      this.queue.push(packet);
      this.transport.pull(this.queue);
    }
  }

  pass(ms: number): void {
    this.now += ms;
    this.wheel.advance();
  }
}

const A = OutgoingPacket.message("a");
const B = OutgoingPacket.message("b", [Uint8Array.of(1)]);
const OPEN = OutgoingPacket.control("open", "{}");

function tick(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe("the transport of a lossless session", () => {
  it("sends one batch per tick, and says once where its messages begin", async () => {
    const rig = new Rig("websocket");
    const carrier = new FakeCarrier("websocket");
    rig.put(OPEN);
    rig.transport.begin(carrier);
    await tick();
    rig.put(A, B);
    await tick();
    rig.put(A);
    await tick();
    assert.deepEqual(carrier.sent, ["0{}", "81 4a 4b bAQ==", "4a"]);
  });

  it("goes on in the middle of a packet on the next carrier, and ends the former one", async () => {
    const rig = new Rig("streaming");
    const former = new FakeCarrier("streaming");
    rig.transport.begin(former);
    rig.put(A, B, A);
    await tick();
    const next = new FakeCarrier("websocket");
    assert.equal(rig.transport.admit(1, 2), undefined);
    rig.transport.attach(next, 1);
    await tick();
    assert.equal(former.ended, "");
    assert.deepEqual(next.sent, ["83 70 bAQ== 4a"]);
    assert.deepEqual(rig.heard, ["moved websocket"]);
    assert.equal(rig.transport.admit(1, 2), "stale");
  });

  it("says where it goes on when what it was about to repeat turns out to have arrived", async () => {
    const rig = new Rig("websocket");
    rig.transport.begin(new FakeCarrier("websocket"));
    const [first, second, third] = ["1", "2", "3"].map((text) => OutgoingPacket.message(text.repeat(70_000)));
    assert.ok(first !== undefined && second !== undefined && third !== undefined);
    rig.put(first, second, third);
    for (let turns = 0; turns < 10; turns++) await tick();
    const next = new FakeCarrier("streaming");
    rig.transport.attach(next, 1);
    await new Promise((resolve) => process.nextTick(resolve));
    rig.transport.packet({ type: "ack", number: 2 }, rig.transport.stream());
    for (let turns = 0; turns < 10; turns++) await tick();
    assert.deepEqual(next.sent, [`81 70 ${first.payload}`, `83 ${third.payload}`]);
  });

  it("leaves what does not fit its window in the queue, in order, until there is room", async () => {
    const rig = new Rig("websocket");
    const carrier = new FakeCarrier("websocket");
    rig.transport.begin(carrier);
    const large = OutgoingPacket.message("x".repeat(100_000));
    rig.put(large, large, large, large, PING);
    for (let turns = 0; turns < 10; turns++) await tick();
    assert.equal(rig.queue.bytes, large.byteLength + PING.byteLength);
    carrier.sink.packet({ type: "ack", number: 1 });
    for (let turns = 0; turns < 10; turns++) await tick();
    assert.ok(rig.queue.empty);
    assert.equal(carrier.sent.join(" ").split(" ").length, 6);
  });

  it("sends nothing while its carrier takes nothing, and nothing for its own sake on a poll", async () => {
    const rig = new Rig("polling");
    const first = new FakeCarrier("polling");
    rig.put(OPEN);
    rig.transport.begin(first);
    await tick();
    rig.put(A);
    await tick();
    assert.deepEqual(first.sent, ["0{}"]);
    first.sink.gone("complete");
    const second = new FakeCarrier("polling");
    rig.transport.admit(1, 0);
    rig.transport.attach(second, 1);
    await tick();
    assert.deepEqual(second.sent, ["81 4a"]);
    second.sink.gone("complete");
    const third = new FakeCarrier("polling");
    rig.transport.admit(2, 1);
    rig.transport.attach(third, 2);
    await tick();
    assert.deepEqual(third.sent, []);
  });

  it("ends when nobody comes back after a break, and not after a poll that was answered", () => {
    const rig = new Rig("polling");
    const first = new FakeCarrier("polling");
    rig.transport.begin(first);
    first.sink.gone("complete");
    rig.pass(60_000);
    assert.deepEqual(rig.heard, []);
    const second = new FakeCarrier("streaming");
    rig.transport.attach(second, 1);
    second.sink.gone("broken");
    rig.pass(19_000);
    rig.transport.attach(new FakeCarrier("streaming"), 2);
    rig.pass(60_000);
    assert.deepEqual(rig.heard, ["moved streaming"]);
    const last = new FakeCarrier("streaming");
    rig.transport.attach(last, 3);
    last.sink.gone("broken");
    rig.pass(20_100);
    assert.deepEqual(rig.heard.slice(1), ["lost transport close, reattach_timed_out"]);
  });

  it("hears no more of a carrier that it has ended", () => {
    const rig = new Rig("websocket");
    const former = new FakeCarrier("websocket");
    rig.transport.begin(former);
    rig.transport.attach(new FakeCarrier("websocket"), 1);
    former.sink.packet({ type: "close", data: "" });
    former.sink.refused("parse_error");
    former.sink.gone("left");
    assert.deepEqual(rig.heard, []);
  });

  it("lingers for a downlink that brings the rest, and not for ever", () => {
    const rig = new Rig("polling");
    rig.put(A);
    rig.transport.end(rig.queue, "linger");
    assert.deepEqual(rig.heard, []);
    const poll = new FakeCarrier("polling");
    rig.transport.attach(poll, 1);
    assert.equal(poll.ended, "81 4a 1");
    assert.deepEqual(rig.heard, ["gone"]);
    const other = new Rig("polling");
    other.transport.end(other.queue, "linger");
    other.pass(5100);
    assert.deepEqual(other.heard, ["gone"]);
    assert.equal(other.wheel.size, 0);
  });

  it("closed right after a burst, keeps the rest for the next downlink", async () => {
    const rig = new Rig("polling");
    const poll = new FakeCarrier("polling");
    rig.transport.begin(poll);
    const large = OutgoingPacket.message("x".repeat(200_000));
    rig.put(large, large, A);
    await new Promise((resolve) => process.nextTick(resolve));
    rig.transport.end(rig.queue, "linger");
    for (let turns = 0; turns < 5; turns++) await tick();
    assert.deepEqual(rig.heard, []);
    poll.sink.gone("complete");
    const next = new FakeCarrier("polling");
    rig.transport.admit(1, 2);
    rig.transport.attach(next, 1);
    assert.equal(next.ended, "83 4a 1");
  });

  it("closed while its WebSocket is full, says its last words there all the same", () => {
    const rig = new Rig("websocket");
    const carrier = new FakeCarrier("websocket");
    rig.transport.begin(carrier);
    carrier.writable = false;
    rig.put(A);
    rig.transport.end(rig.queue, "linger");
    assert.equal(carrier.ended, "81 4a 1");
    assert.deepEqual(rig.heard, ["gone"]);
  });

  it("is told the end as soon as its carrier takes packets again", () => {
    const rig = new Rig("streaming");
    const stream = new FakeCarrier("streaming");
    rig.transport.begin(stream);
    stream.writable = false;
    rig.put(A);
    rig.transport.end(rig.queue, "linger");
    assert.equal(stream.ended, undefined);
    stream.writable = true;
    stream.sink.ready();
    assert.equal(stream.ended, "81 4a 1");
  });

  it("holds nothing once it is over, whatever the client sent last", () => {
    const rig = new Rig("websocket");
    const carrier = new FakeCarrier("websocket");
    rig.transport.begin(carrier);
    rig.transport.sink = { ...rig.transport.sink, message: () => rig.transport.end(rig.queue, "linger") };
    carrier.sink.packet({ type: "next", number: 1 });
    carrier.sink.packet({ type: "message", data: "x" });
    assert.deepEqual(rig.heard, ["gone"]);
    assert.equal(rig.wheel.size, 0);
  });

  it("hears of a carrier's end once", () => {
    const rig = new Rig("polling");
    const poll = new FakeCarrier("polling");
    rig.transport.begin(poll);
    const { sink } = poll;
    sink.gone("complete");
    const next = new FakeCarrier("streaming");
    rig.transport.attach(next, 1);
    sink.gone("broken");
    sink.ready();
    rig.pass(60_000);
    assert.deepEqual(rig.heard, ["moved streaming"]);
  });
});
