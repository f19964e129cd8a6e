import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { describe, it } from "node:test";
import { constants, deflateRawSync } from "node:zlib";
import { closeAfterTests, RawPeer, rawFrame, until, upgradeRequest, within } from "../raw-peer.test.ts";
import type { WebSocketServerOptions } from "./server-options.ts";
import { WebSocket } from "./websocket.ts";
import { WebSocketServer } from "./websocket-server.ts";

interface Served {
  readonly url: string;
  readonly port: number;
  readonly connected: Promise<{ socket: WebSocket; request: IncomingMessage }>;
}

async function serving(options: WebSocketServerOptions = {}): Promise<Served> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", ...options });
  const connected = new Promise<{ socket: WebSocket; request: IncomingMessage }>((resolve) => {
    server.once("connection", (socket, request) => {
      closeAfterTests(() => socket.terminate());
      resolve({ socket, request });
    });
  });
  closeAfterTests(() => server.close());
  const port = (await server.ready())?.port ?? 0;
  return { url: `ws://127.0.0.1:${port}/`, port, connected };
}

/** One masked frame whose message inflates to this many bytes of nothing. */
function bomb(inflated: number): Buffer {
  const deflated = deflateRawSync(Buffer.alloc(inflated), { finishFlush: constants.Z_SYNC_FLUSH });
  return rawFrame({ opcode: 2, reserved: 4, payload: deflated.subarray(0, -4) });
}

/** A peer that agrees on compression, and sends this for as long as anybody reads. */
function flood(port: number, frames: Buffer): Socket {
  const peer = connect(port, "127.0.0.1");
  closeAfterTests(() => peer.destroy());
  peer.on("error", () => {}).resume();
  peer.write(upgradeRequest({ "Sec-WebSocket-Extensions": "permessage-deflate" }));
  const more = (): void => {
    while (peer.write(frames));
  };
  peer.on("drain", more);
  more();
  return peer;
}

describe("a WebSocket's flow of messages", { timeout: 60_000 }, () => {
  it("reads no further ahead of those who ask one by one than of those who listen", async () => {
    const frame = bomb(200_000);
    const { port, connected } = await serving({ perMessageDeflate: true });
    flood(port, Buffer.concat(Array<Buffer>(500).fill(frame)));
    const { socket, request } = await connected;
    let taken = 0;
    for await (const _ of socket) if (++taken === 150) break;
    const ahead = request.socket.bytesRead - taken * frame.length;
    assert.ok(ahead < 1024 * 1024, `${ahead} bytes were read ahead`);
  });

  it("inflates nothing for a socket that is paused", async () => {
    const { port, url, connected } = await serving({ perMessageDeflate: true });
    flood(port, Buffer.concat(Array<Buffer>(200).fill(bomb(990_000))));
    const { socket } = await connected;
    let taken = 0;
    socket.on("message", () => {
      taken++;
      socket.pause();
    });
    await until(() => taken > 0, "a first message");
    const other = await WebSocket.connect(url);
    closeAfterTests(() => other.terminate());
    for (let turn = 0; turn < 20; turn++) {
      const pong = once(other, "pong");
      other.ping();
      await within(5000, pong, "a pong");
    }
    assert.ok(taken < 40, `${taken} of 200 messages came to a paused socket`);
    socket.resume();
    const before = taken;
    await until(() => taken > before, "the next message");
  });

  it("gives text as a Buffer to a listener, whatever the type of binary messages", async () => {
    const { url, connected } = await serving();
    const client = await WebSocket.connect(url);
    closeAfterTests(() => client.terminate());
    client.binaryType = "arraybuffer";
    const messages: unknown[] = [];
    client.on("message", (data) => messages.push(data));
    const { socket } = await connected;
    socket.send("text");
    socket.send(Buffer.from([1]));
    await until(() => messages.length === 2, "both messages");
    assert.deepEqual(messages, [Buffer.from("text"), new Uint8Array([1]).buffer]);
  });

  it("goes to a listener that comes after the first message was asked for", async () => {
    const { url, connected } = await serving();
    const client = await WebSocket.connect(url);
    closeAfterTests(() => client.terminate());
    const { socket } = await connected;
    for (let n = 0; n < 100; n++) socket.send(String(n));
    assert.deepEqual(await client.receive(), { data: "0", isBinary: false });
    const messages: string[] = [];
    client.on("message", (data) => messages.push(String(data)));
    await until(() => messages.length === 99, "the rest");
    assert.deepEqual(
      messages,
      Array.from({ length: 99 }, (_, n) => String(n + 1)),
    );
  });

  it("keeps its order when the listener comes between two messages of one read", async () => {
    const { url, connected } = await serving();
    const client = await WebSocket.connect(url);
    closeAfterTests(() => client.terminate());
    const messages: string[] = [];
    client.once("ping", () => client.on("message", (data) => messages.push(String(data))));
    const { socket } = await connected;
    socket.send("1");
    socket.ping();
    socket.send("2");
    await until(() => messages.length === 2, "both messages");
    assert.deepEqual(messages, ["1", "2"]);
  });

  it("tells who sent a message that was forgotten", async () => {
    const { port, connected } = await serving({ perMessageDeflate: true });
    const peer = await RawPeer.dial(port);
    peer.write(upgradeRequest({ "Sec-WebSocket-Extensions": "permessage-deflate" }));
    const { socket } = await connected;
    const told: unknown[] = [];
    socket.on("ping", () => {
      socket.send(Buffer.alloc(5_000_000), (error) => told.push(error?.message));
      socket.send("behind it", (error) => told.push(error?.message));
    });
    peer.write(Buffer.concat([rawFrame({ opcode: 9 }), rawFrame({ opcode: 3 })]));
    await until(() => told.length === 2, "both answers");
    assert.deepEqual(told, ["the connection is closed", "the connection is closed"]);
  });
});
