import assert from "node:assert/strict";
import net from "node:net";
import { describe, it } from "node:test";
import { ask, dial, openPolling, openWebSocket, serve, until, upgradeRequest } from "../harness.test.ts";
import { OutgoingPacket } from "../packet/outgoing-packet.ts";
import type { Session } from "../session/session.ts";

/** Waits until the network takes no more of what a session has sent. */
async function standstill(session: Session): Promise<void> {
  let before = 0;
  let turns = 0;
  await until(() => {
    turns = session.bufferedBytes === before ? turns + 1 : 0;
    before = session.bufferedBytes;
    return turns > 100;
  }, "a full network");
}

describe("a WebSocket session", () => {
  it("opens with the exact handshake and no upgrades", async (context) => {
    const { open, peer } = await openWebSocket(await serve(context));
    assert.match(
      open,
      /^0\{"sid":"[\w-]{20}","upgrades":\[\],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000\}$/,
    );
    assert.equal(peer.session.transport, "websocket");
    assert.equal(peer.session.handshake.query.get("transport"), "websocket");
    assert.equal(peer.session.handshake.address, "127.0.0.1");
    assert.equal(peer.session.handshake.secure, false);
  });

  it("carries text and bytes both ways, a text and its attachments together", async (context) => {
    const { peer, wire } = await openWebSocket(await serve(context));
    wire.send("4hé€😀");
    wire.send(Buffer.of(1, 2));
    wire.send(Buffer.alloc(0));
    assert.equal(await peer.messages.take("text"), "hé€😀");
    assert.deepEqual(await peer.messages.take("bytes"), Buffer.of(1, 2));
    assert.deepEqual(await peer.messages.take("an empty attachment"), Buffer.alloc(0));
    const packet = OutgoingPacket.message("51-[]", [Buffer.of(9)]);
    peer.session.send(packet);
    peer.send("é");
    assert.equal(await wire.next(), "451-[]");
    assert.deepEqual(await wire.next(), Buffer.of(9));
    assert.equal(await wire.next(), "4é");
  });

  it("33: takes frames that came with the handshake, after it", async (context) => {
    const fixture = await serve(context);
    const socket = net.connect(fixture.port, "127.0.0.1").on("error", () => {});
    // A masked text frame "4hi", mask 0.
    const frame = Buffer.from([0x81, 0x83, 0, 0, 0, 0, ...Buffer.from("4hi")]);
    const head = upgradeRequest("/engine.io/?EIO=4&transport=websocket");
    socket.write(Buffer.concat([Buffer.from(head), frame]));
    const peer = await fixture.peers.take("the session");
    assert.equal(await peer.messages.take("the early message"), "hi");
    socket.destroy();
    assert.equal((await peer.closed.take("the close")).reason, "transport close");
  });

  it("ends when the client says so, by packet or by close frame", async (context) => {
    const fixture = await serve(context);
    const byPacket = await openWebSocket(fixture);
    byPacket.wire.send("1");
    assert.equal((await byPacket.peer.closed.take("the close")).reason, "transport close");
    await byPacket.wire.closed.take("the closing handshake");
    const byFrame = await openWebSocket(fixture);
    byFrame.wire.connection.close();
    assert.equal((await byFrame.peer.closed.take("the close")).reason, "transport close");
    await until(() => fixture.listener.sessions === 0, "the sessions to go");
  });

  it("delivers what was sent before the application closed it", async (context) => {
    const { peer, wire } = await openWebSocket(await serve(context));
    peer.send("x".repeat(500_000));
    peer.send("bye");
    peer.session.close("forced server close");
    assert.equal(String(await wire.next()).length, 500_001);
    assert.equal(await wire.next(), "4bye");
    assert.equal((await wire.closed.take("the close")).code, 1005);
  });

  for (const [name, packet, reason] of [
    ["129: an empty text", "", "parse error"],
    ["an unknown type", "abc", "parse error"],
    ["110: a second open", "0{}", "parse error"],
    ["123: an upgrade without a probe", "5", "parse error"],
    ["110: a ping from the client", "2", "transport error"],
    ["128: more than maxPayload", `4${"x".repeat(2000)}`, "transport error"],
  ] as const) {
    it(`${name} closes with ${reason}`, async (context) => {
      const fixture = await serve(context, { maxPayload: 1000 });
      const { peer, wire } = await openWebSocket(fixture);
      wire.send(packet);
      wire.send("4after");
      assert.equal((await peer.closed.take("the close")).reason, reason);
      await wire.closed.take("the closing handshake");
      assert.deepEqual(peer.calls, ["close"]);
      assert.equal(fixture.log.length, 1);
      assert.equal(fixture.log[0]?.session, peer.session.id);
    });
  }

  it("takes a burst of one tick from a client that reads, and tells when it has gone out", async (context) => {
    const { peer, wire } = await openWebSocket(await serve(context));
    for (let index = 0; index < 400; index++) assert.equal(peer.send(`${index} ${"x".repeat(1000)}`), true);
    assert.equal(peer.session.writable, false);
    for (let index = 0; index < 400; index++) assert.ok(String(await wire.next()).startsWith(`4${index} `));
    await until(() => peer.calls.includes("drain"), "drain");
    assert.equal(peer.session.writable, true);
  });

  it("takes a burst of 3 MB in one tick, and what follows it, from a client that reads", async (context) => {
    const { peer, wire } = await openWebSocket(await serve(context));
    for (let index = 0; index < 50; index++) assert.equal(peer.send(`${index} ${"x".repeat(60_000)}`), true);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(peer.send("live"), true);
    for (let index = 0; index < 50; index++) assert.ok(String(await wire.next()).startsWith(`4${index} `));
    assert.equal(await wire.next(), "4live");
    assert.deepEqual(peer.session.state, "open");
  });

  for (const highWaterMark of [1024, 64 * 1024, 4 * 1024 * 1024]) {
    it(`goes on when a client that paused reads again (sockets with a mark of ${highWaterMark})`, async (context) => {
      const fixture = await serve(context, { highWaterMark, sendQueueLimit: 8 * 1024 * 1024 });
      const socket = net.connect(fixture.port, "127.0.0.1").on("error", () => {});
      socket.pause();
      socket.write(upgradeRequest("/engine.io/?EIO=4&transport=websocket"));
      const peer = await fixture.peers.take("the session");
      const packet = OutgoingPacket.message("x".repeat(250_000));
      for (let index = 0; index < 80; index++) assert.equal(peer.session.send(packet), true);
      await standstill(peer.session);
      let received = 0;
      socket.on("data", (chunk) => {
        received += chunk.length;
      });
      socket.resume();
      await until(() => received > 80 * 250_000, "all of it");
      socket.destroy();
    });
  }

  it("is closed as too slow when the client stops reading; others are not held up", async (context) => {
    const fixture = await serve(context);
    const socket = net.connect(fixture.port, "127.0.0.1").on("error", () => {});
    socket.pause();
    socket.write(upgradeRequest("/engine.io/?EIO=4&transport=websocket"));
    const slow = await fixture.peers.take("the slow session");
    const { peer, wire } = await openWebSocket(fixture);
    const packet = OutgoingPacket.message("x".repeat(200_000));
    let rounds = 0;
    let held = 0;
    for (; rounds < 500 && slow.session.send(packet); rounds++) {
      held = slow.session.bufferedBytes;
      assert.equal(peer.session.send(packet), true);
      await wire.next();
    }
    assert.ok(rounds < 500, "the slow session was given up");
    // Four times the limit, and what the connection had in hand.
    assert.ok(held < 4 * 1024 * 1024 + 600_000, `${held} bytes held`);
    const { reason, detail } = await slow.closed.take("the close");
    assert.deepEqual([reason, detail], ["transport error", "the client reads slower than packets are sent"]);
    assert.equal(peer.session.state, "open");
    assert.equal(slow.calls.at(-1), "close");
    socket.destroy();
  });

  it("pings and closes in time (short heartbeat), on both transports", async (context) => {
    const fixture = await serve(context, { pingInterval: 60, pingTimeout: 40 });
    const { peer, wire } = await openWebSocket(fixture);
    for (let round = 0; round < 3; round++) {
      assert.equal(await wire.next("a ping"), "2");
      wire.send("3");
    }
    assert.deepEqual(peer.calls, []);
    assert.equal((await peer.closed.take("the close")).reason, "ping timeout");
    const { peer: polling, url } = await openPolling(fixture);
    assert.equal((await ask(url)).body, "2");
    assert.equal((await polling.closed.take("the close")).reason, "ping timeout");
    assert.equal((await ask(url)).status, 400);
  });

  it("122: is not upgraded again, and does not notice the attempt", async (context) => {
    const fixture = await serve(context);
    const { peer, wire } = await openWebSocket(fixture);
    const second = await dial(fixture, `&sid=${peer.session.id}`);
    await second.closed.take("the refusal");
    assert.equal(fixture.log[0]?.reason, "upgrade_refused");
    wire.send("4still here");
    assert.equal(await peer.messages.take("a message"), "still here");
    assert.equal((await ask(`${fixture.base}&transport=polling&sid=${peer.session.id}`)).status, 400);
  });
});
