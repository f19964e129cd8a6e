import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, connect as dial, type Server, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createServer as createTlsServer, connect as dialTls } from "node:tls";
import { closeAfterTests, until, within } from "../raw-peer.test.ts";
import { certificate, privateKey } from "../test-certificate.test.ts";
import { writeAtHandle } from "./handle-write.ts";
import { answering, EPIPE, numbered, writesOf } from "./watched-writes.test.ts";

/** Two ends of a connection. Nothing of what is written to `socket` is read at `far` before it is resumed. */
interface Ends {
  readonly socket: Socket;
  readonly far: Socket;
}

let pipes = 0;

async function ends(server: Server = createServer(), dialled?: (port: number) => Socket): Promise<Ends> {
  closeAfterTests(() => server.close());
  const path = join(tmpdir(), `everwire-write-${process.pid}-${pipes++}.sock`);
  const secure = dialled !== undefined && dialled !== dialPort;
  server.listen(dialled === undefined ? { path } : { port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const far = dialled === undefined ? dial({ path }) : dialled(port);
  far.pause();
  const [socket] = await once(server, secure ? "secureConnection" : "connection");
  assert.ok(socket instanceof Socket);
  for (const end of [socket, far]) {
    end.on("error", () => {});
    closeAfterTests(() => end.destroy());
  }
  return { socket, far };
}

const dialPort = (port: number): Socket => dial({ port, host: "127.0.0.1" });
const overTcp = (): Promise<Ends> => ends(createServer(), dialPort);
const overPipe = (): Promise<Ends> => ends();
const overTls = (): Promise<Ends> =>
  ends(createTlsServer({ cert: certificate, key: privateKey }), (port) =>
    dialTls({ port, host: "127.0.0.1", rejectUnauthorized: false }),
  );

/** Collects what comes, from now on. */
function collect(far: Socket): { readonly bytes: () => Buffer; readonly length: () => number } {
  const chunks: Buffer[] = [];
  let length = 0;
  far.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
  });
  far.resume();
  return { bytes: () => Buffer.concat(chunks), length: () => length };
}

/** Writes at the handle until the system takes no more. Returns how much was written. */
function fill(socket: Socket): number {
  let length = 0;
  while (socket.writableLength === 0) {
    assert.notEqual(writeAtHandle(socket, numbered(length, 65_536)), undefined);
    length += 65_536;
  }
  return length;
}

describe("writing at the handle", { concurrency: 4, timeout: 60_000 }, () => {
  for (const [name, open] of [
    ["TCP", overTcp],
    ["a Unix socket", overPipe],
  ] as const) {
    it(`leaves the Writable out over ${name}`, async () => {
      const { socket, far } = await open();
      const seen = collect(far);
      for (let at = 0; at < 100; at++) assert.equal(writeAtHandle(socket, Buffer.from(`${at},`)), true);
      assert.equal(writesOf(socket), 0);
      assert.equal(socket.writableLength, 0);
      const expected = Array.from({ length: 100 }, (_, at) => `${at},`).join("");
      await until(() => seen.length() === expected.length, "all bytes");
      assert.equal(seen.bytes().toString(), expected);
      assert.equal(socket.bytesWritten, expected.length);
    });

    it(`gives the Writable what the system does not take at once over ${name}, in order`, async () => {
      const { socket, far } = await open();
      let drained = 0;
      socket.on("drain", () => drained++);
      let length = fill(socket);
      assert.ok(socket.writableLength > 0);
      assert.ok(socket.writableNeedDrain, "the socket says that it is full");
      assert.equal(writeAtHandle(socket, Buffer.from("not now")), undefined, "what is queued comes first");
      let taken = 0;
      for (let at = 0; at < 10; at++) {
        socket.write(numbered(length, 65_536), () => taken++);
        length += 65_536;
      }
      assert.equal(drained + taken, 0);
      const seen = collect(far);
      await until(() => seen.length() === length && drained === 1 && taken === 10, "all bytes, and 'drain'");
      assert.ok(seen.bytes().equals(numbered(0, length)));
      assert.equal(socket.writableLength, 0);
      assert.equal(writeAtHandle(socket, Buffer.from("again")), true);
      await until(() => seen.length() === length + 5, "what is written afterwards");
    });
  }

  it("says that the socket wants more when little is left to write", async () => {
    const { socket, far } = await overTcp();
    fill(socket);
    far.resume();
    await until(() => socket.writableLength === 0, "the end of what was queued");
    far.pause();
    let more: boolean | undefined = true;
    while (socket.writableLength === 0) more = writeAtHandle(socket, Buffer.alloc(1000));
    assert.equal(more, true);
    assert.equal(socket.writableNeedDrain, false);
  });

  it("ends the socket behind what the system has not taken", async () => {
    const { socket, far } = await overTcp();
    const length = fill(socket);
    socket.end("last");
    assert.equal(writeAtHandle(socket, Buffer.from("late")), undefined);
    const seen = collect(far);
    await within(10_000, once(far, "end"), "the end");
    assert.ok(seen.bytes().equals(Buffer.concat([numbered(0, length), Buffer.from("last")])));
  });

  it("is cut off by destroy in the middle of a write, and tells who waits", async () => {
    const { socket } = await overTcp();
    fill(socket);
    const told: unknown[] = [];
    socket.write("behind", (error) => told.push(error instanceof Error));
    socket.destroy();
    await until(() => socket.closed && told.length === 1, "the end");
    assert.deepEqual(told, [true]);
  });

  it("destroys the socket with the error of a write that fails at once", async () => {
    const { socket } = await overTcp();
    const failed = once(socket, "error");
    answering(socket, "writeBuffer", () => EPIPE);
    assert.equal(writeAtHandle(socket, Buffer.from("lost")), true);
    const [error] = await failed;
    assert.deepEqual([error.code, error.errno, error.syscall], ["EPIPE", EPIPE, "write"]);
    assert.ok(socket.destroyed);
  });

  it("destroys the socket with the error of a write that fails later", async () => {
    const { socket, far } = await overTcp();
    fill(socket);
    const failed = once(socket, "error");
    far.resetAndDestroy();
    const [error] = await within(10_000, failed, "the error");
    assert.match(error.code, /^(ECONNRESET|EPIPE)$/);
    await until(() => socket.closed, "the end");
  });

  it("uses one request for all sockets, and never one that a handle still has", async () => {
    const pairs = await Promise.all(Array.from({ length: 20 }, overTcp));
    const full = pairs.filter((_, at) => at % 2 === 0);
    const free = pairs.filter((_, at) => at % 2 === 1);
    const read = free.map(({ far }) => collect(far));
    const lengths = full.map(({ socket }) => {
      for (const other of free) assert.equal(writeAtHandle(other.socket, Buffer.from("free")), true);
      return fill(socket);
    });
    await until(() => read.every(({ length }) => length() === 40), "the bytes of those that are read");
    const late = full.map(({ far }) => collect(far));
    await until(() => late.every(({ length }, at) => length() === lengths[at]), "the bytes of the others");
    for (const [at, { bytes }] of late.entries()) assert.ok(bytes().equals(numbered(0, lengths[at] ?? 0)));
  });

  it("ends a socket whose Writable was busy without saying so, rather than write twice", async () => {
    const { socket } = await overTcp();
    socket._write = () => {};
    socket.write(Buffer.alloc(0));
    let length = 0;
    while (!socket.destroyed && length < 1 << 28) {
      writeAtHandle(socket, Buffer.alloc(1 << 20));
      length += 1 << 20;
    }
    assert.ok(socket.destroyed);
  });

  const untouched: [string, () => Promise<Ends>, (socket: Socket) => void][] = [
    ["TLS", overTls, () => {}],
    ["a socket of another class", overTcp, (socket) => Object.setPrototypeOf(socket, OtherSocket.prototype)],
    ["a `write` that somebody put in place", overTcp, (socket) => Object.assign(socket, { write: () => true })],
    ["a socket that is corked", overTcp, (socket) => socket.cork()],
    ["a handle of another class", overTcp, (socket) => answering(socket, "constructor", class Other {})],
    [
      "a handle that tells otherwise what it keeps",
      overTcp,
      (socket) => {
        answering(socket, "constructor", class TCP {});
        answering(socket, "getAsyncId", () => 1);
      },
    ],
    [
      "a handle that does not write",
      overTcp,
      (socket) => {
        answering(socket, "constructor", class TCP {});
        answering(socket, "writeBuffer", undefined);
      },
    ],
  ];
  for (const [name, open, change] of untouched) {
    it(`does nothing for ${name}`, async () => {
      const { socket } = await open();
      const before = socket.bytesWritten;
      change(socket);
      assert.equal(writeAtHandle(socket, Buffer.from("no")), undefined);
      assert.equal(socket.bytesWritten, before);
    });
  }

  it("does nothing for a socket that is destroyed", async () => {
    const { socket } = await overTcp();
    socket.destroy();
    assert.equal(writeAtHandle(socket, Buffer.from("no")), undefined);
  });
});

class OtherSocket extends Socket {}
