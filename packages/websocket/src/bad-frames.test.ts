import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ByteBudget } from "./byte-budget.ts";
import type { Connection } from "./connection.ts";
import { resolveConnectionOptions } from "./connection-options.ts";
import { Protocol } from "./protocol.ts";
import { closeAfterTests, type EchoServer, echoServer, RawPeer, rawFrame, until } from "./raw-peer.test.ts";

// The catalogue of bad WebSocket frames, by row, against a server over plain TCP.

const LIMIT = 100_000;
const bytes = (...values: number[]): Buffer => Buffer.from(values);
const text = (payload: string | Buffer, fin = true): Buffer => rawFrame({ opcode: 1, payload, fin });
const more = (payload: string | Buffer, fin = false): Buffer => rawFrame({ opcode: 0, payload, fin });
const closing = (code: number, reason: string | Buffer = ""): Buffer =>
  rawFrame({ opcode: 8, payload: Buffer.concat([bytes(code >> 8, code & 255), Buffer.from(reason)]) });
const header = (declared: bigint): Buffer => rawFrame({ opcode: 2, declared, payload: "" });

interface Row {
  readonly row: number;
  readonly name: string;
  readonly input: Buffer;
  readonly close: number;
}

const invalidText: readonly [string, Buffer][] = [
  ["a lead byte without its continuation", bytes(0xc3, 0x28)],
  ["a surrogate", bytes(0xed, 0xa0, 0x80)],
  ["an overlong form", bytes(0xc0, 0xaf)],
  ["a code point above U+10FFFF", bytes(0xf4, 0x90, 0x80, 0x80)],
  ["a code point that the message cuts off", bytes(0xe2, 0x82)],
];

const rows: readonly Row[] = [
  { row: 41, name: "an unmasked client frame", input: bytes(0x81, 2, 0x68, 0x69), close: 1002 },
  ...[4, 2, 1, 7].map((reserved) => ({
    row: 42,
    name: `reserved bits ${reserved}`,
    input: rawFrame({ opcode: 1, reserved }),
    close: 1002,
  })),
  { row: 43, name: "RSV1 on a control frame", input: rawFrame({ opcode: 9, reserved: 4 }), close: 1002 },
  {
    row: 43,
    name: "RSV1 on a continuation",
    input: Buffer.concat([text("a", false), rawFrame({ opcode: 0, reserved: 4 })]),
    close: 1002,
  },
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => ({
    row: 44,
    name: `opcode ${opcode}`,
    input: rawFrame({ opcode }),
    close: 1002,
  })),
  ...[8, 9, 10].map((opcode) => ({
    row: 45,
    name: `control frame ${opcode} of 126 bytes`,
    input: rawFrame({ opcode, payload: Buffer.alloc(126) }),
    close: 1002,
  })),
  ...[8, 9, 10].map((opcode) => ({
    row: 46,
    name: `fragmented control frame ${opcode}`,
    input: rawFrame({ opcode, fin: false }),
    close: 1002,
  })),
  { row: 47, name: "a continuation without a start", input: more("a", true), close: 1002 },
  { row: 48, name: "a new text inside a text", input: Buffer.concat([text("a", false), text("b")]), close: 1002 },
  { row: 49, name: "a declared length of 2^63", input: header(2n ** 63n), close: 1002 },
  { row: 50, name: "a declared length of 2^53", input: header(2n ** 53n), close: 1009 },
  { row: 50, name: "a declared length of 2^63-1", input: header(2n ** 63n - 1n), close: 1009 },
  { row: 51, name: "one byte more than maxPayload declared", input: header(BigInt(LIMIT + 1)), close: 1009 },
  {
    row: 52,
    name: "fragments that pass maxPayload together",
    input: Buffer.concat([text("x".repeat(LIMIT - 1), false), more("y"), more("z")]),
    close: 1009,
  },
  ...(
    [
      [16, 2n],
      [64, 2n],
      [64, 65535n],
    ] as const
  ).map(([lengthBits, declared]) => ({
    row: 54,
    name: `length ${declared} in ${lengthBits} bits`,
    input: rawFrame({ opcode: 2, lengthBits, declared }),
    close: 1002,
  })),
  ...invalidText.map(([name, payload]) => ({ row: 55, name, input: text(payload), close: 1007 })),
  ...invalidText.map(([name, payload]) => ({
    row: 55,
    name: `${name}, in a second fragment`,
    input: Buffer.concat([text("ä", false), more(payload, true)]),
    close: 1007,
  })),
  ...invalidText.slice(0, 4).map(([name, payload]) => ({
    row: 56,
    name: `${name}, in a first fragment without a last`,
    input: text(payload, false),
    close: 1007,
  })),
  { row: 58, name: "a close payload of one byte", input: rawFrame({ opcode: 8, payload: "x" }), close: 1002 },
  ...[0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535].map((code) => ({
    row: 59,
    name: `close code ${code}`,
    input: closing(code),
    close: 1002,
  })),
  { row: 60, name: "a close reason that is not UTF-8", input: closing(1000, bytes(0xc3, 0x28)), close: 1007 },
];

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
