import assert from "node:assert/strict";
import { createServer } from "node:net";
import { describe, it } from "node:test";
import { constants, deflateRawSync } from "node:zlib";
import type { Connection } from "../connection/connection.ts";
import type { ConnectionHandler } from "../connection/connection-handler.ts";
import { PreparedMessage } from "../frame/prepared-message.ts";
import { connect } from "../handshake/connect.ts";
import { HandshakeError } from "../handshake/handshake-error.ts";
import { acceptValue } from "../handshake/handshake-response.ts";
import {
  closeAfterTests,
  type EchoServer,
  echoServer,
  RawPeer,
  rawFrame,
  until,
  upgradeRequest,
} from "../raw-peer.test.ts";
import { DeflateBudget } from "./deflate-budget.ts";

// Compression over real sockets.

const OFFER = "permessage-deflate; client_max_window_bits";
const TEXT = "compress me, compress me, ".repeat(100);

const flush = (data: string | Uint8Array): Buffer =>
  deflateRawSync(data, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
const squeezed = (data: string | Uint8Array): Buffer => rawFrame({ opcode: 1, reserved: 4, payload: flush(data) });

/** Dials, offers the extension, and returns the answer as well. */
async function open(port: number, offer = OFFER): Promise<{ peer: RawPeer; answer: string | undefined }> {
  const peer = await RawPeer.dial(port);
  peer.write(upgradeRequest({ "Sec-WebSocket-Extensions": offer }));
  const head = await peer.head();
  assert.ok(head.startsWith("HTTP/1.1 101 "), head);
  return { peer, answer: /^sec-websocket-extensions: (.*)$/im.exec(head)?.[1] };
}

class Heard implements ConnectionHandler {
  readonly messages: (string | Buffer)[] = [];
  closeCode = 0;
  message(data: string | Buffer): void {
    this.messages.push(data);
  }
  close(code: number): void {
    this.closeCode = code;
  }
}

async function dial(server: EchoServer, options: object): Promise<{ client: Connection; heard: Heard }> {
  const client = await connect(`ws://127.0.0.1:${server.port}`, options);
  closeAfterTests(() => client.terminate());
  const heard = new Heard();
  client.start(heard);
  return { client, heard };
}

describe("the handshake", () => {
  it("agrees to nothing by default: RSV1 then has no meaning", async () => {
    const server = await echoServer();
    const { peer, answer } = await open(server.port);
    assert.equal(answer, undefined);
    peer.write(squeezed(TEXT));
    assert.equal(await peer.closeCode(), 1002);
  });

  it("answers the first acceptable offer, and passes over the others", async () => {
    const server = await echoServer({ perMessageDeflate: { clientMaxWindowBits: 12 } });
    const offer = `constructor, __proto__; __proto__, permessage-deflate; x=1, ${OFFER}=10, permessage-deflate`;
    const { answer } = await open(server.port, offer);
    const fresh = "server_no_context_takeover; client_no_context_takeover";
    assert.equal(answer, `permessage-deflate; ${fresh}; client_max_window_bits=10`);
    assert.equal(server.connections[0]?.extensions, answer);
  });

  it("leaves a client without compression alone", async () => {
    const server = await echoServer({ perMessageDeflate: true });
    const { answer, peer } = await open(server.port, "x-other");
    assert.equal(answer, undefined);
    peer.frame({ opcode: 1, payload: TEXT });
    assert.equal((await peer.next()).payload.toString(), TEXT);
  });

  it("fails in the client when the answer does not fit the offer", async () => {
    for (const [answer, code] of [
      ["permessage-deflate; server_no_context_takeover; server_max_window_bits=16", "extension_invalid"],
      ["permessage-deflate; server_no_context_takeover; client_max_window_bits", "extension_invalid"],
      ["permessage-deflate", "extension_invalid"],
      ["x-other", "extension_invalid"],
    ] as const) {
      const server = createServer((socket) => {
        socket.on("error", () => {});
        socket.once("data", (request) => {
          const key = /sec-websocket-key: (.*)\r/i.exec(request.toString())?.[1] ?? "";
          const upgrade = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
          const rest = `Sec-WebSocket-Accept: ${acceptValue(key)}\r\nSec-WebSocket-Extensions: ${answer}\r\n\r\n`;
          socket.write(upgrade + rest);
        });
      });
      closeAfterTests(() => server.close());
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const address = server.address();
      assert.ok(address !== null && typeof address === "object");
      const url = `ws://127.0.0.1:${address.port}`;
      const refused = (error: unknown): boolean => error instanceof HandshakeError && error.code === code;
      await assert.rejects(connect(url, { perMessageDeflate: true }), refused, answer);
    }
  });
});

describe("compressed messages between two ends", () => {
  for (const takeover of [false, true]) {
    it(`go both ways in order, short and long, ${takeover ? "with" : "without"} context takeover`, async () => {
      const perMessageDeflate = { serverNoContextTakeover: !takeover, clientNoContextTakeover: !takeover };
      const server = await echoServer({ perMessageDeflate });
      const { client, heard } = await dial(server, { perMessageDeflate });
      const sizes = [0, 1, 2000, 300_000, 5, 1023, 1024, 20_000, 3, 900_000, 100];
      const messages = sizes.flatMap((size) => {
        const text = TEXT.repeat(Math.ceil(size / TEXT.length)).slice(0, size);
        return [text, Buffer.from(text)];
      });
      for (const message of messages) client.send(message);
      client.close(1000);
      await until(() => heard.closeCode !== 0, "the end");
      assert.deepEqual(server.messages, messages);
      assert.deepEqual(heard.closeCode, 1000);
    });
  }

  it("are sent as they are below the threshold, or when the sender says so", async () => {
    const server = await echoServer({ perMessageDeflate: { threshold: 100 } });
    const { peer } = await open(server.port);
    const [connection] = server.connections;
    connection?.send("x".repeat(99));
    connection?.send("x".repeat(100), { compress: false });
    connection?.sendPrepared(new PreparedMessage("x".repeat(100), { compress: false }));
    connection?.sendPrepared(new PreparedMessage("x".repeat(100)));
    connection?.send("x".repeat(100));
    const lengths = [];
    for (let frame = 0; frame < 5; frame++) lengths.push((await peer.next()).payload.length);
    assert.deepEqual(lengths.slice(0, 3), [99, 100, 100]);
    assert.ok((lengths[3] ?? 99) < 20 && lengths[4] === lengths[3]);
  });

  it("are one compressed frame for all when prepared, long or short", async () => {
    const server = await echoServer({ perMessageDeflate: true });
    const ends = await Promise.all(Array.from({ length: 10 }, () => dial(server, { perMessageDeflate: true })));
    await until(() => server.connections.length === 10, "all connections");
    for (const length of [2000, 200_000]) {
      const message = new PreparedMessage("x".repeat(length));
      for (const connection of server.connections) connection.sendPrepared(message);
      for (const { heard } of ends) {
        await until(() => heard.messages.length > 0, "the message");
        assert.equal(heard.messages.pop(), "x".repeat(length));
      }
    }
  });

  it("are handed on although the peer has ended its side before they were inflated", async () => {
    const server = await echoServer({ perMessageDeflate: true });
    const { peer } = await open(server.port);
    const long = "x".repeat(500_000);
    peer.socket.end(squeezed(long));
    await until(() => server.closes.length > 0, "the end");
    assert.equal(server.messages[0], long);
    assert.equal(server.closes[0]?.code, 1006);
  });
});

describe("the catalogue of bad compressed input, over TCP", () => {
  const rows: readonly (readonly [row: number, name: string, input: Buffer, close: number])[] = [
    [76, "garbage", rawFrame({ opcode: 1, reserved: 4, payload: Buffer.from([255, 255, 255, 0]) }), 1007],
    [77, "a bomb of 101 MiB", squeezed(Buffer.alloc(101 * 1024 * 1024)), 1009],
    [83, "no payload", rawFrame({ opcode: 1, reserved: 4 }), 1007],
    [43, "RSV1 on a ping", rawFrame({ opcode: 9, reserved: 4 }), 1002],
    [
      43,
      "RSV1 on a continuation",
      Buffer.concat([rawFrame({ opcode: 1, fin: false }), rawFrame({ opcode: 0, reserved: 4 })]),
      1002,
    ],
    [55, "what inflates to no UTF-8", squeezed(Buffer.from([0xc3, 0x28])), 1007],
  ];
  for (const [row, name, input, close] of rows) {
    it(`row ${row}: ${name} is closed with ${close}`, async () => {
      const server = await echoServer({ perMessageDeflate: true });
      const { peer } = await open(server.port);
      peer.write(input);
      assert.equal(await peer.closeCode(), close);
      await peer.gone();
      assert.deepEqual(server.messages, []);
    });
  }

  it("row 83: a compressed message of nothing is an empty message", async () => {
    const server = await echoServer({ perMessageDeflate: true });
    const { peer } = await open(server.port);
    peer.write(rawFrame({ opcode: 1, reserved: 4, payload: Buffer.from([0]) }));
    assert.equal((await peer.next()).payload.length, 0);
  });

  it("row 82: 30 000 tiny messages in a burst keep their order and leave room for others", async () => {
    const server = await echoServer({ perMessageDeflate: true, onConnection: quiet });
    const seen: string[] = [];
    function quiet(): ConnectionHandler {
      return { message: (data) => seen.push(data.toString()), close: () => {} };
    }
    const { peer } = await open(server.port);
    const frames = Array.from({ length: 30_000 }, (_, at) => squeezed(String(at)));
    const turns: number[] = [];
    let last = performance.now();
    const look = (): void => {
      turns.push(performance.now() - last);
      last = performance.now();
      if (seen.length < frames.length) setImmediate(look);
    };
    const bytes = Buffer.concat(frames);
    last = performance.now();
    setImmediate(look);
    peer.write(bytes);
    await until(() => seen.length === frames.length, "all messages", 20_000);
    assert.ok(seen.every((text, at) => text === String(at)));
    turns.sort((a, b) => a - b);
    const high = turns[Math.floor(turns.length * 0.95)] ?? 0;
    assert.ok(turns.length > 20 && high < 50, `${turns.length} turns, ${high} ms`);
  });

  it("row 78: a peer whose messages wait for others' is not read on, and loses none", async () => {
    const budget = new DeflateBudget(1024 * 1024);
    let release: (() => void) | undefined;
    const server = await echoServer({ perMessageDeflate: { budget, concurrencyLimit: 1 } });
    budget.run({
      bytes: 0,
      concurrency: 1,
      start: (finished) => {
        release = finished;
        return true;
      },
    });
    const { peer } = await open(server.port);
    const long = "y".repeat(100_000);
    peer.write(squeezed(long));
    peer.frame({ opcode: 9, payload: "answered" });
    const pong = await peer.next();
    assert.deepEqual([pong.opcode, pong.payload.toString()], [10, "answered"]);
    const texts = Array.from({ length: 300 }, (_, at) => String(at).padEnd(30_000, "."));
    for (const text of texts) peer.frame({ opcode: 1, payload: text });
    // What the system's buffers do not take stays with the peer.
    await until(() => peer.socket.writableLength > 0, "a peer that has to wait");
    const held = peer.socket.writableLength;
    await new Promise(setImmediate);
    assert.equal(peer.socket.writableLength, held);
    assert.deepEqual(server.messages, []);
    release?.();
    await until(() => server.messages.length === 301, "all messages");
    assert.deepEqual(server.messages, [long, ...texts]);
  });
});
