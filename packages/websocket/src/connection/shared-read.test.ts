import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect as dial, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Duplex } from "node:stream";
import { describe, it } from "node:test";
import { connect as dialTls, TLSSocket } from "node:tls";
import { HandshakeFailure } from "../failures.ts";
import { acceptUpgrade } from "../handshake/accept.ts";
import { closeAfterTests, RawPeer, rawFrame, seeded, until, upgradeRequest } from "../raw-peer.test.ts";
import { certificate, privateKey } from "../test-certificate.test.ts";
import { LIMIT, rows } from "./bad-frame-rows.test.ts";
import type { Connection } from "./connection.ts";
import { readShared } from "./shared-read.ts";

/** What no longer looks like a socket of Node. */
class OtherSocket extends Socket {}

/** A server that notes what it hears, how often a socket said 'data', and what it sends back. */
class Ear {
  readonly messages: (string | Buffer)[] = [];
  readonly closes: [number, string][] = [];
  readonly connections: Connection[] = [];
  chunks = 0;
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
    server.on("upgrade", (request, socket, head) => {
      const connection = acceptUpgrade(request, socket, head, { maxPayload: LIMIT, closeTimeout: 300 });
      assert.ok(!(connection instanceof HandshakeFailure));
      this.connections.push(connection);
      socket.on("data", () => this.chunks++);
      connection.start({
        message: (data) => {
          this.messages.push(data);
          connection.send(data);
        },
        close: (code, reason) => this.closes.push([code, reason]),
      });
    });
    closeAfterTests(() => this.close());
  }

  async listen(path?: string): Promise<() => Socket> {
    this.#server.listen(path === undefined ? { port: 0, host: "127.0.0.1" } : { path });
    await once(this.#server, "listening");
    const address = this.#server.address();
    if (address === null || typeof address === "string") return () => dial({ path: path ?? "" });
    return () => dial({ port: address.port, host: "127.0.0.1", noDelay: true });
  }

  close(): void {
    for (const connection of this.connections) connection.terminate();
    this.#server.close();
  }
}

async function upgraded(socket: Socket, event: string, after: Buffer = Buffer.alloc(0)): Promise<RawPeer> {
  await once(socket, event);
  const peer = new RawPeer(socket);
  peer.write(Buffer.concat([Buffer.from(upgradeRequest()), after]));
  assert.match(await peer.head(), /^HTTP\/1\.1 101 /);
  return peer;
}

interface Reading {
  readonly shared: boolean;
  readonly open: () => Promise<{ ear: Ear; peer: (after?: Buffer) => Promise<RawPeer> }>;
}

async function plain(server: Server, path?: string): Promise<Awaited<ReturnType<Reading["open"]>>> {
  const ear = new Ear(server);
  const socket = await ear.listen(path);
  return { ear, peer: (after) => upgraded(socket(), "connect", after) };
}

let pipes = 0;

const READINGS = new Map<string, Reading>([
  ["TCP", { shared: true, open: () => plain(createServer()) }],
  [
    "a Unix socket",
    { shared: true, open: () => plain(createServer(), join(tmpdir(), `everwire-${process.pid}-${pipes++}.sock`)) },
  ],
  [
    "a socket of another class",
    {
      shared: false,
      open: () =>
        plain(createServer().on("connection", (socket) => Object.setPrototypeOf(socket, OtherSocket.prototype))),
    },
  ],
  [
    "TLS",
    {
      shared: true,
      open: async () => {
        const ear = new Ear(createTlsServer({ key: privateKey, cert: certificate }));
        const socket = await ear.listen();
        const options = { ca: certificate, servername: "localhost" };
        return { ear, peer: (after) => upgraded(dialTls({ ...options, socket: socket() }), "secureConnect", after) };
      },
    },
  ],
]);

describe("shared read", { concurrency: 4, timeout: 60_000 }, () => {
  for (const [name, { shared, open }] of READINGS) {
    it(`${shared ? "takes over" : "leaves alone"} ${name}`, async () => {
      const { ear, peer } = await open();
      const client = await peer();
      client.frame({ opcode: 1, payload: "hello" });
      assert.equal((await client.next()).payload.toString(), "hello");
      assert.equal(ear.chunks > 0, !shared);
      client.socket.destroy();
      ear.close();
    });

    it(`gives the messages of every size and split that come over ${name}, and they stay as they were`, async () => {
      const { ear, peer } = await open();
      const random = seeded(7);
      const sizes = [0, 1, 125, 126, 1023, 1024, 8192, 32_767, 32_768, 40_000, 65_535, 65_536, 99_999];
      const payloads = sizes.map((size) => Buffer.alloc(size, size % 126));
      const all = Buffer.concat(payloads.flatMap((payload) => [1, 2].map((opcode) => rawFrame({ opcode, payload }))));
      const first = Math.floor(random() * 300);
      const client = await peer(all.subarray(0, first));
      for (let at = first; at < all.length; ) {
        const end = at + 1 + Math.floor(random() ** 3 * 60_000);
        client.write(all.subarray(at, end));
        at = end;
        if (random() < 0.3) await new Promise(setImmediate);
      }
      await until(() => ear.messages.length === payloads.length * 2, "every message");
      for (const [at, payload] of payloads.entries()) {
        assert.equal(ear.messages[at * 2], payload.toString("latin1"));
        assert.ok(payload.equals(Buffer.from(ear.messages[at * 2 + 1] ?? "")), `message of ${payload.length} bytes`);
      }
      client.socket.destroy();
      ear.close();
    });

    it(`stops reading from ${name} when paused, and goes on where it was`, async () => {
      const { ear, peer } = await open();
      const client = await peer();
      await until(() => ear.connections.length === 1, "the connection");
      ear.connections[0]?.pause();
      const frame = rawFrame({ opcode: 2, payload: Buffer.alloc(90_000, 7) });
      let sent = 0;
      while (client.socket.writableLength < 12 << 20) {
        client.write(frame);
        sent++;
      }
      // The kernel takes some megabytes; that it takes no more shows that nobody reads.
      let left = 0;
      await until(() => {
        const before = left;
        left = client.socket.writableLength;
        return left === before;
      }, "the end of what the kernel takes");
      assert.ok(left > 0);
      assert.deepEqual(ear.messages, []);
      ear.connections[0]?.resume();
      await until(() => ear.messages.length === sent, "every message");
      assert.deepEqual(ear.closes, []);
      client.socket.destroy();
      ear.close();
    });

    it(`says when ${name} is ended or reset`, async () => {
      const { ear, peer } = await open();
      const ends = [(client: RawPeer) => client.socket.end(), (client: RawPeer) => client.socket.destroy()];
      for (const [at, end] of ends.entries()) {
        const client = await peer();
        client.write(rawFrame({ opcode: 2, payload: Buffer.alloc(100) }).subarray(0, 50));
        end(client);
        await until(() => ear.closes.length === at + 1, "the close event");
        assert.deepEqual(ear.closes[at], [1006, ""]);
      }
      ear.close();
    });

    it(`refuses every bad frame over ${name}`, async () => {
      const { ear, peer } = await open();
      for (const { name: row, input, close } of rows) {
        const client = await peer();
        client.write(input);
        assert.equal(await client.closeCode(), close, row);
        client.socket.destroy();
      }
      ear.close();
    });
  }

  it("keeps the order of what TLS has decrypted where each message takes long, and some time is spent paused", async () => {
    const server = createTlsServer({ key: privateKey, cert: certificate });
    const got: string[] = [];
    let connection: Connection | undefined;
    server.on("upgrade", (request, socket, head) => {
      const accepted = acceptUpgrade(request, socket, head);
      assert.ok(!(accepted instanceof HandshakeFailure));
      connection = accepted;
      accepted.start({
        message: (data) => {
          got.push(String(data).slice(0, 4));
          // More than a turn's time for a record of TLS: the rest of it has to be held.
          for (const end = performance.now() + 0.5; performance.now() < end; );
          if (got.length % 50 !== 0) return;
          accepted.pause();
          setImmediate(() => accepted.resume());
        },
        close: () => {},
      });
    });
    closeAfterTests(() => {
      connection?.terminate();
      server.close();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    assert.ok(typeof address === "object" && address !== null);
    const socket = dialTls({ port: address.port, host: "127.0.0.1", ca: certificate, servername: "localhost" });
    const names = Array.from({ length: 400 }, (_, at) => String(at).padStart(4, "0"));
    const frames = names.map((name) => rawFrame({ opcode: 1, payload: name.padEnd(400, ".") }));
    // The handshake and the first frames are one record, and more have come with it.
    const client = await upgraded(socket, "secureConnect", Buffer.concat(frames));
    await until(() => got.length === names.length || connection?.state === "closed", "every message");
    assert.deepEqual(got, names);
    client.socket.destroy();
  });

  it("reads the rest of a chunk of TLS though answers to its beginning had to be written in between", async () => {
    const server = createTlsServer({ key: privateKey, cert: certificate });
    const got: Buffer[] = [];
    let connection: Connection | undefined;
    server.on("upgrade", (request, socket, head) => {
      const accepted = acceptUpgrade(request, socket, head, { maxBufferedBytes: 64 << 20 });
      assert.ok(!(accepted instanceof HandshakeFailure));
      connection = accepted;
      accepted.start({
        message: (data) => {
          assert.ok(data instanceof Buffer);
          got.push(data);
          accepted.whenSent(() => {});
          // More than may wait without being offered to the system: it is written before the chunk has been read.
          accepted.send(Buffer.alloc(600_000));
        },
        close: () => {},
      });
    });
    closeAfterTests(() => {
      connection?.terminate();
      server.close();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    assert.ok(typeof address === "object" && address !== null);
    const socket = dialTls({ port: address.port, host: "127.0.0.1", ca: certificate, servername: "localhost" });
    const client = await upgraded(socket, "secureConnect");
    const payloads = Array.from({ length: 40 }, (_, at) => Buffer.alloc(1000, at + 1));
    // Several records of TLS, which arrive together.
    for (let at = 0; at < payloads.length; at += 10) {
      client.write(Buffer.concat(payloads.slice(at, at + 10).map((payload) => rawFrame({ opcode: 2, payload }))));
    }
    await until(() => got.length === payloads.length, "every message");
    assert.deepEqual(got, payloads);
    client.socket.destroy();
  });

  it("leaves alone what is no open socket, and what has a buffer already", async () => {
    const ignore = (): void => {};
    assert.equal(readShared(new Duplex(), ignore), false);
    assert.equal(readShared(new Socket(), ignore), false);
    // Who writes to such a stream may have it read within the call, in the middle of what another has read.
    const overStream = new TLSSocket(new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() }), {
      isServer: true,
    });
    assert.equal(readShared(overStream.on("error", ignore), ignore), false);
    overStream.destroy();
    const { peer } = await plain(createServer());
    const { socket } = await peer();
    assert.equal(readShared(socket, ignore), "begun");
    assert.equal(readShared(socket, ignore), "already");
    socket.destroy();
  });
});
