import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ByteBudget } from "../frame/byte-budget.ts";
import { closeAfterTests, type EchoServer, echoServer, RawPeer, rawFrame, until } from "../raw-peer.test.ts";
import { bytes, closing, header, LIMIT, more, rows, text } from "./bad-frame-rows.test.ts";
import type { Connection } from "./connection.ts";
import { resolveConnectionOptions } from "./connection-options.ts";
import { Protocol } from "./protocol.ts";

// The catalogue of bad WebSocket frames, by row, against a server over plain TCP.

describe("bad frames", { concurrency: 8, timeout: 60_000 }, () => {
  let echo: EchoServer;
  before(async () => {
    echo = await echoServer({ maxPayload: LIMIT, closeTimeout: 300, messageTimeout: 300 });
  });
  after(() => echo.close());

  for (const { row, name, input, close } of rows) {
    it(`row ${row}: ${name} closes with ${close}`, async () => {
      const peer = await RawPeer.open(echo.port);
      peer.write(input);
      assert.equal(await peer.closeCode(), close);
      await peer.gone();
    });
    it(`row ${row}: ${name}, in the segment of the handshake, closes with ${close}`, async () => {
      const peer = await RawPeer.open(echo.port, input);
      assert.equal(await peer.closeCode(), close);
      await peer.gone();
    });
  }

  it("row 53: a message without progress is closed with 1008", async () => {
    const peer = await RawPeer.open(echo.port);
    peer.write(header(BigInt(LIMIT)));
    peer.write("x");
    assert.equal(await peer.closeCode(), 1008);
    await peer.gone();
  });

  it("row 57: a code point split across fragments is accepted", async () => {
    const peer = await RawPeer.open(echo.port);
    const euro = Buffer.from("€");
    peer.write(
      Buffer.concat([text(euro.subarray(0, 1), false), more(euro.subarray(1, 2)), more(euro.subarray(2), true)]),
    );
    assert.equal((await peer.next()).payload.toString(), "€");
    peer.socket.destroy();
  });

  it("row 61: data after a close frame is ignored", async () => {
    const own = await echoServer({ closeTimeout: 300 });
    const peer = await RawPeer.open(own.port, undefined, true);
    peer.write(Buffer.concat([closing(4001, "done"), text("late"), bytes(0xff, 0xff)]));
    const answer = await peer.next();
    assert.equal(answer.opcode, 8);
    assert.deepEqual(answer.payload, Buffer.concat([bytes(0x0f, 0xa1), Buffer.from("done")]));
    // The peer keeps its side open: the server does not wait for it.
    await until(() => own.closes.length > 0, "the close event", 1500);
    assert.deepEqual(own.closes, [{ code: 4001, reason: "done" }]);
    assert.deepEqual(own.messages, []);
    peer.socket.destroy();
    await own.close();
  });

  it("row 62: a peer that never answers a close frame is cut off", async () => {
    const own = await echoServer({ closeTimeout: 300 });
    const peer = await RawPeer.open(own.port, undefined, true);
    await until(() => own.connections.length > 0, "a connection");
    own.connections[0]?.close(4002, "no answer comes");
    assert.equal(await peer.closeCode(), 4002);
    await until(() => own.closes.length > 0, "the close event", 1500);
    assert.deepEqual(own.closes, [{ code: 1006, reason: "" }]);
    peer.socket.destroy();
    await own.close();
  });

  it("row 71: an all-zero masking key is accepted", async () => {
    const peer = await RawPeer.open(echo.port);
    peer.frame({ opcode: 1, payload: "plain", mask: [0, 0, 0, 0] });
    assert.equal((await peer.next()).payload.toString(), "plain");
    peer.socket.destroy();
  });
});

describe("floods", { concurrency: 4, timeout: 60_000 }, () => {
  it("row 63: one-byte fragments end with 1008 at the configured count", async () => {
    const echo = await echoServer({ maxFragments: 5000 });
    const peer = await RawPeer.open(echo.port);
    peer.write(Buffer.concat([text("a", false), ...Array(5000).fill(more("b"))]));
    assert.equal(await peer.closeCode(), 1008);
    await echo.close();
  });

  it("row 64: empty fragments in a row end with 1008", async () => {
    const echo = await echoServer();
    const peer = await RawPeer.open(echo.port);
    peer.write(Buffer.concat([text("", false), ...Array(1024).fill(more(""))]));
    assert.equal(await peer.closeCode(), 1008);
    await echo.close();
  });

  it("row 65: 16 000 one-byte fragments on 100 connections hold no more than twice their bytes", () => {
    const incompleteBudget = new ByteBudget(64 * 1024 * 1024);
    const options = resolveConnectionOptions({ incompleteBudget });
    const flood = Buffer.concat([text("a", false), ...Array(15_999).fill(more("b"))]);
    const handler = { message: () => assert.fail("no message is complete"), close: () => {} };
    const machines = Array.from({ length: 100 }, () => new Protocol("server", options));
    for (const machine of machines) machine.receive(Buffer.from(flood), handler, 0);
    assert.ok(incompleteBudget.reserved <= 100 * 2 * 16_000, `${incompleteBudget.reserved} bytes are held`);
    for (const machine of machines) machine.abort();
    assert.equal(incompleteBudget.reserved, 0);
  });

  it("row 66: a frame of 64 KiB that comes byte by byte holds no more than twice its bytes", () => {
    const incompleteBudget = new ByteBudget(2 * 65_536);
    const messages: (string | Buffer)[] = [];
    const handler = { message: (data: string | Buffer) => messages.push(data), close: () => {} };
    const machine = new Protocol("server", resolveConnectionOptions({ incompleteBudget }));
    const payload = Buffer.alloc(65_536, "a");
    for (const byte of rawFrame({ opcode: 2, payload })) machine.receive(bytes(byte), handler, 0);
    assert.deepEqual(messages, [payload]);
    assert.equal(incompleteBudget.reserved, 0);
  });

  it("row 67: pongs that are not read are not queued", async () => {
    let pings = 0;
    const connections: Connection[] = [];
    const echo = await echoServer({
      onConnection: (connection) => {
        connections.push(connection);
        return { message: () => {}, close: () => {}, ping: () => pings++ };
      },
    });
    const peer = await RawPeer.open(echo.port);
    peer.socket.pause();
    await until(() => connections.length === 1, "the connection");
    closeAfterTests(() => connections[0]?.terminate());
    // More than the kernel takes for a peer that does not read: from here on the socket wants no more.
    connections[0]?.send(Buffer.alloc(15 << 20));
    await until(() => (connections[0]?.bufferedAmount ?? 0) > 0, "the queue");
    const queued = connections[0]?.bufferedAmount ?? 0;
    for (let sent = 0; sent < 900; sent += 100) {
      peer.write(Buffer.concat(Array(100).fill(rawFrame({ opcode: 9, payload: Buffer.alloc(125) }))));
      await until(() => pings === sent + 100, "the pings");
    }
    assert.ok((connections[0]?.bufferedAmount ?? 0) <= queued + 127);
    peer.socket.destroy();
    for (const connection of connections) connection.terminate();
    await echo.close();
  });

  it("row 67: of the pings of one segment only the latest is answered", async () => {
    const echo = await echoServer();
    const peer = await RawPeer.open(echo.port);
    const pings = Array.from({ length: 50 }, (_, at) => rawFrame({ opcode: 9, payload: String(at) }));
    peer.write(Buffer.concat([...pings, text("then")]));
    const answers = [await peer.next(), await peer.next()].map(({ opcode, payload }) => `${opcode} ${payload}`);
    assert.deepEqual(answers, ["10 49", "1 then"]);
    peer.socket.destroy();
    await echo.close();
  });

  it("row 68: a burst of 1000 pings is answered, a flood is closed with 1008", async () => {
    const echo = await echoServer();
    const peer = await RawPeer.open(echo.port);
    peer.write(Buffer.concat(Array(1000).fill(rawFrame({ opcode: 9 }))));
    assert.equal((await peer.next()).opcode, 10);
    peer.write(Buffer.concat(Array(1000).fill(rawFrame({ opcode: 9 }))));
    assert.equal(await peer.closeCode(), 1008);
    await echo.close();
  });

  it("row 69: unsolicited pongs are ignored", async () => {
    const echo = await echoServer();
    const peer = await RawPeer.open(echo.port);
    peer.write(Buffer.concat([...Array(20_000).fill(rawFrame({ opcode: 10 })), text("alive")]));
    assert.equal((await peer.next()).payload.toString(), "alive");
    peer.socket.destroy();
    await echo.close();
  });

  it("row 70: a pong with another payload does not keep a connection alive", async () => {
    const echo = await echoServer({ heartbeat: { interval: 50, timeout: 400 } });
    const peer = await RawPeer.open(echo.port);
    // Every ping is answered: were one such answer taken, the connection would live for ever.
    peer.socket.on("data", () => peer.frame({ opcode: 10, payload: "else" }));
    await peer.gone();
    assert.deepEqual(echo.closes, [{ code: 1006, reason: "pong_timed_out" }]);
    await echo.close();
  });

  it("row 70: a pong with the same payload does", async () => {
    const echo = await echoServer({ heartbeat: { interval: 20, timeout: 10_000 } });
    const peer = await RawPeer.open(echo.port);
    const { payload } = await peer.next();
    peer.frame({ opcode: 10, payload });
    peer.frame({ opcode: 1, payload: "still here" });
    assert.equal((await peer.next()).payload.toString(), "still here");
    peer.socket.destroy();
    await echo.close();
  });

  it("row 70: a peer in the middle of a frame cannot answer a ping, and is left to the message deadline", async () => {
    const echo = await echoServer({ heartbeat: { interval: 50, timeout: 50 }, messageTimeout: 1500 });
    const peer = await RawPeer.open(echo.port);
    peer.write(Buffer.concat([header(1000n), Buffer.alloc(500)]));
    assert.equal((await peer.next()).opcode, 9);
    assert.equal(await peer.closeCode(), 1008);
    await until(() => echo.closes.length > 0, "the close event");
    assert.deepEqual(echo.closes, [{ code: 1008, reason: "message_timed_out" }]);
    await echo.close();
  });

  it("row 72: more messages a second than allowed end with 1008", async () => {
    const echo = await echoServer({ messageRate: 100 });
    const peer = await RawPeer.open(echo.port);
    peer.write(Buffer.concat(Array(1000).fill(text(""))));
    assert.equal(await peer.closeCode(), 1008);
    assert.equal(echo.messages.length, 200);
    await echo.close();
  });
});

describe("ends", { concurrency: 4, timeout: 60_000 }, () => {
  for (const [name, end] of [
    ["FIN", (peer: RawPeer) => peer.socket.end()],
    ["RST", (peer: RawPeer) => peer.socket.resetAndDestroy()],
  ] as const) {
    it(`row 73: ${name} in the middle of a frame is reported as 1006 and frees the message`, async () => {
      const incompleteBudget = new ByteBudget(1 << 20);
      const echo = await echoServer({ incompleteBudget });
      const peer = await RawPeer.open(echo.port);
      peer.write(Buffer.concat([header(1000n), Buffer.alloc(500)]));
      await until(() => incompleteBudget.reserved > 0, "half a message");
      end(peer);
      await until(() => echo.closes.length > 0, "the close event");
      assert.deepEqual(echo.closes, [{ code: 1006, reason: "" }]);
      assert.equal(incompleteBudget.reserved, 0);
      await echo.close();
    });
  }

  it("row 74: a peer that ends its side and keeps reading is closed", async () => {
    const echo = await echoServer();
    const peer = await RawPeer.open(echo.port, undefined, true);
    peer.socket.end();
    await peer.gone();
    assert.deepEqual(echo.closes, [{ code: 1006, reason: "" }]);
    await echo.close();
  });

  it("row 75: every split of a 14-byte header gives the same message", async () => {
    const echo = await echoServer();
    const payload = "é".repeat(35_000);
    const frame = text(payload);
    for (let split = 1; split <= 14; split++) {
      const peer = await RawPeer.open(echo.port, frame.subarray(0, split));
      peer.write(frame.subarray(split));
      assert.equal((await peer.next()).payload.toString(), payload);
      peer.socket.destroy();
    }
    await echo.close();
  });
});
