import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request as httpRequest, type Server } from "node:http";
import { type AddressInfo, Socket } from "node:net";
import { describe, it } from "node:test";
import { closeAfterTests, RawPeer, rawFrame, until, upgradeRequest } from "../raw-peer.test.ts";
import type { WebSocketServerOptions } from "../socket/server-options.ts";
import { WebSocketServer } from "../socket/websocket-server.ts";
import { acceptUpgrade } from "./accept.ts";
import { takePlainUpgrades } from "./plain-upgrades.ts";

interface Target {
  readonly port: number;
  readonly messages: string[];
  readonly closes: number[];
}

async function target(options: WebSocketServerOptions = {}): Promise<Target> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", ...options });
  const address = await server.ready();
  const messages: string[] = [];
  const closes: number[] = [];
  server.on("connection", (socket) => {
    socket.on("message", (data) => messages.push(String(data)));
    socket.on("close", (code) => closes.push(code));
  });
  closeAfterTests(() => {
    for (const socket of server.clients) socket.terminate();
    return server.close();
  });
  return { port: address?.port ?? 0, messages, closes };
}

/** Text of so many bytes that tells where it stands. */
const text = (at: number, length: number): string => `${at}:`.padEnd(length, ".");

describe("plain upgrades", { concurrency: 4, timeout: 60_000 }, () => {
  it("lose nothing of what comes with the request and behind it", async () => {
    const { port, messages, closes } = await target();
    const expected = Array.from({ length: 40 }, (_, at) => text(at, 1 + at * 97));
    const frames = Buffer.concat(expected.map((payload) => rawFrame({ opcode: 1, payload: Buffer.from(payload) })));
    const peer = await RawPeer.dial(port);
    const bytes = Buffer.concat([Buffer.from(upgradeRequest()), frames]);
    peer.write(bytes.subarray(0, 2_000));
    peer.write(bytes.subarray(2_000));
    await until(() => messages.length === expected.length, "every message");
    assert.deepEqual(messages, expected);
    peer.socket.end();
    await until(() => closes.length === 1, "the end");
  });

  it("come with requests that are at their end, as Node's are", async () => {
    const ends: string[] = [];
    const verify: WebSocketServerOptions["verify"] = async (request) => {
      for await (const _chunk of request) ends.push("a chunk");
      ends.push("the end");
      return undefined;
    };
    const { port, messages } = await target({ verify });
    const peer = await RawPeer.open(port, rawFrame({ opcode: 1, payload: Buffer.from("behind it") }));
    await until(() => messages.length === 1, "the message");
    assert.deepEqual([ends, messages], [["the end"], ["behind it"]]);
    peer.socket.destroy();
  });

  it("keep what comes while it is asked whether they are welcome, and let more wait", async () => {
    let admit = (): void => {};
    const asked = new Promise<void>((resolve) => {
      admit = resolve;
    });
    const { port, messages, closes } = await target({ verify: () => asked.then(() => undefined) });
    const expected = Array.from({ length: 100 }, (_, at) => text(at, 50_000));
    const peer = await RawPeer.dial(port);
    peer.write(upgradeRequest());
    for (const payload of expected) peer.write(rawFrame({ opcode: 1, payload: Buffer.from(payload) }));
    await until(() => peer.socket.bytesWritten > 500_000, "what the kernel takes");
    assert.deepEqual(messages, []);
    admit();
    await until(() => messages.length === expected.length, "every message");
    assert.deepEqual(messages, expected);
    peer.socket.destroy();
    await until(() => closes.length === 1, "the end");
  });

  it("come in pieces as well, by way of Node's HTTP, and are read like the others", async () => {
    const { port, messages, closes } = await target();
    const peer = await RawPeer.dial(port);
    const head = upgradeRequest({ Expect: undefined, "X-Twice": "a" }).replace("X-Twice", "X-Twice: a\r\nX-Twice");
    peer.write(head.slice(0, 30));
    await new Promise(setImmediate);
    peer.write(head.slice(30));
    assert.match(await peer.head(), /^HTTP\/1.1 101 /);
    const expected = Array.from({ length: 30 }, (_, at) => text(at, at * 5_000));
    for (const payload of expected) peer.write(rawFrame({ opcode: 1, payload: Buffer.from(payload) }));
    await until(() => messages.length === expected.length, "every message");
    assert.deepEqual(messages, expected.map(String));
    peer.socket.end();
    await until(() => closes.length === 1, "the end");
  });

  it("leave HTTP to Node: requests one after the other on a connection, with bodies of any length", async () => {
    const { port } = await target();
    const statuses: (number | undefined)[] = [];
    for (const length of [0, 10, 300_000]) {
      const request = httpRequest({ port, host: "127.0.0.1", method: "POST", headers: { "Content-Length": length } });
      request.on("error", () => {}).end(Buffer.alloc(length));
      const [response] = await once(request, "response");
      statuses.push(response.statusCode);
      response.resume();
    }
    assert.deepEqual(statuses, [426, 426, 426]);
  });

  it("notice who ends or resets before there is a request", async () => {
    const { port, closes } = await target();
    const [ends, resets, stays] = await Promise.all([1, 2, 3].map(() => RawPeer.dial(port)));
    ends?.socket.end();
    resets?.socket.resetAndDestroy();
    await ends?.gone();
    stays?.write(upgradeRequest());
    assert.match((await stays?.head()) ?? "", /^HTTP\/1.1 101 /);
    assert.deepEqual(closes, []);
    stays?.socket.destroy();
  });

  const strangers: Record<string, (server: Server) => void> = {
    "whose server accepts them in a way that is not known": (server) => {
      server.prependListener("listening", () => {
        const handle: unknown = Reflect.get(server, "_handle");
        const accept: unknown = Reflect.get(Object(handle), "onconnection");
        assert.ok(typeof accept === "function");
        Reflect.set(Object(handle), "onconnection", accept.bind(handle));
      });
    },
    "of another class, whose reads are not shared": (server) => {
      strangers["whose server accepts them in a way that is not known"]?.(server);
      server.prependListener("connection", (socket) => {
        Reflect.set(socket, "constructor", class extends Socket {});
      });
    },
  };
  for (const [what, estrange] of Object.entries(strangers)) {
    it(`take sockets ${what}`, async () => {
      const server = createServer();
      const messages: string[] = [];
      const sockets: Socket[] = [];
      takePlainUpgrades(server, 5_000, (request, socket, head) => {
        const connection = acceptUpgrade(request, socket, head);
        assert.ok("start" in connection);
        sockets.push(socket);
        connection.start({ message: (data) => messages.push(String(data)), close: () => {} });
      });
      estrange(server);
      await once(server.listen(0, "127.0.0.1"), "listening");
      closeAfterTests(() => server.close());
      const expected = Array.from({ length: 30 }, (_, at) => text(at, at * 5_000));
      const peer = await RawPeer.open((server.address() as AddressInfo).port);
      for (const payload of expected) peer.write(rawFrame({ opcode: 1, payload: Buffer.from(payload) }));
      await until(() => messages.length === expected.length, "every message");
      assert.deepEqual(messages, expected);
      assert.equal(Reflect.get(Object(sockets[0]), "constructor") === Socket, what.startsWith("whose"));
      peer.socket.destroy();
    });
  }
});
