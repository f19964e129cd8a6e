import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, describe, it } from "node:test";
import { acceptUpgrade, type Connection, connect, HandshakeFailure, PreparedMessage } from "@everwire/websocket";
import { type PerMessageDeflateOptions, WebSocket, WebSocketServer } from "ws";
import { until } from "./waiting.ts";

// Our ends of permessage-deflate with those of ws.

const opened: (() => unknown)[] = [];
after(() => {
  for (const close of opened) close();
});

interface Agreement {
  readonly name: string;
  readonly ours: PerMessageDeflateOptions & {
    readonly serverMaxWindowBits?: number;
    readonly clientMaxWindowBits?: number;
  };
  readonly theirs: PerMessageDeflateOptions;
}

const KEPT = { serverNoContextTakeover: false, clientNoContextTakeover: false };
const FRESH = { serverNoContextTakeover: true, clientNoContextTakeover: true };

const agreements: readonly Agreement[] = [
  { name: "without context takeover", ours: FRESH, theirs: FRESH },
  { name: "with context takeover", ours: KEPT, theirs: KEPT },
  { name: "with the server's context only", ours: { ...KEPT, clientNoContextTakeover: true }, theirs: {} },
  { name: "with the client's context only", ours: { ...KEPT, serverNoContextTakeover: true }, theirs: {} },
  { name: "with what ws does not want", ours: KEPT, theirs: FRESH },
  ...[9, 10, 12, 15].flatMap((bits) =>
    [FRESH, KEPT].map((takeover) => {
      const options = { ...takeover, serverMaxWindowBits: bits, clientMaxWindowBits: bits };
      return {
        name: `with windows of 2^${bits}${takeover === KEPT ? " and takeover" : ""}`,
        ours: options,
        theirs: options,
      };
    }),
  ),
];

const words = "everwire carries what both ends agree on, again and again ".repeat(40);
const texts = Array.from({ length: 40 }, (_, at) => `${at} ${words.slice(at, at * 53)} é`);
const messages: readonly (string | Buffer)[] = [
  "",
  "short",
  ...texts,
  ...texts.map((text) => Buffer.from(text)),
  words.repeat(200),
  Buffer.from(words.repeat(100)),
  "after the long ones",
];

async function ourServer(
  perMessageDeflate: PerMessageDeflateOptions,
): Promise<{ url: string; connections: Connection[] }> {
  const connections: Connection[] = [];
  const http = createServer();
  http.on("upgrade", (request, socket, head) => {
    const connection = acceptUpgrade(request, socket, head, { perMessageDeflate: deflateOptions(perMessageDeflate) });
    if (connection instanceof HandshakeFailure) return;
    connections.push(connection);
    connection.start({ message: (data) => connection.send(data), close: () => {} });
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  opened.push(() => http.close());
  return { url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}`, connections };
}

/** Of ws's options those that have the same name and meaning here. */
function deflateOptions(options: PerMessageDeflateOptions): object {
  return { ...options, threshold: 0 };
}

/** A client of ws that has sent everything and got everything back. */
async function exchange(url: string, perMessageDeflate: PerMessageDeflateOptions): Promise<WebSocket> {
  const client = new WebSocket(url, { perMessageDeflate: { ...perMessageDeflate, threshold: 0 } });
  opened.push(() => client.terminate());
  const received: (string | Buffer)[] = [];
  client.on("message", (data, isBinary) => received.push(isBinary ? (data as Buffer) : data.toString()));
  await once(client, "open");
  for (const message of messages) client.send(message);
  await until("every echo", () => received.length === messages.length);
  assert.deepEqual(received, messages);
  return client;
}

describe("our server with the client of ws", () => {
  for (const { name, ours, theirs } of agreements) {
    it(`echoes ${name}`, async () => {
      const { url, connections } = await ourServer(ours);
      const client = await exchange(url, theirs);
      assert.equal(client.extensions, "permessage-deflate");
      assert.ok(connections[0]?.extensions.startsWith("permessage-deflate"));
      const closed = once(client, "close");
      client.close(1000);
      assert.equal((await closed)[0], 1000);
    });
  }

  it("sends prepared messages to clients that compress and to one that does not", async () => {
    const { url, connections } = await ourServer(FRESH);
    const clients = [true, true, false].map((perMessageDeflate) => new WebSocket(url, { perMessageDeflate }));
    opened.push(...clients.map((client) => () => client.terminate()));
    const received: string[] = [];
    for (const client of clients) client.on("message", (data) => received.push(data.toString()));
    await until("three connections", () => connections.length === 3);
    for (const text of [words, words.repeat(100)]) {
      const message = new PreparedMessage(text);
      for (const connection of connections) connection.sendPrepared(message);
      await until("three messages", () => received.length === 3);
      assert.deepEqual(received.splice(0), [text, text, text]);
    }
  });

  it("goes on without compression where ws does not offer it", async () => {
    const { url, connections } = await ourServer(KEPT);
    const client = new WebSocket(url, { perMessageDeflate: false });
    opened.push(() => client.terminate());
    await once(client, "open");
    assert.deepEqual([client.extensions, connections[0]?.extensions], ["", ""]);
  });
});

describe("our client with the server of ws", () => {
  for (const { name, ours, theirs } of agreements) {
    it(`has its messages echoed ${name}`, async () => {
      const server = new WebSocketServer({
        host: "127.0.0.1",
        port: 0,
        perMessageDeflate: { ...theirs, threshold: 0 },
      });
      opened.push(() => server.close());
      server.on("connection", (socket) => {
        socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
      });
      await once(server, "listening");
      const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const connection = await connect(url, { perMessageDeflate: deflateOptions(ours) });
      opened.push(() => connection.terminate());
      const received: (string | Buffer)[] = [];
      const closed = new Promise<number>((resolve) => {
        connection.start({ message: (data) => received.push(data), close: resolve });
      });
      assert.ok(connection.extensions.startsWith("permessage-deflate"));
      for (const message of messages) connection.send(message);
      await until("every echo", () => received.length === messages.length);
      assert.deepEqual(received, messages);
      connection.close(1000);
      assert.equal(await closed, 1000);
    });
  }
});
