import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, Socket } from "node:net";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { closeAfterTests, until } from "../raw-peer.test.ts";
import { acceptSockets } from "./accepted-sockets.ts";

interface Reception {
  readonly server: Server;
  readonly sockets: Socket[];
  /** What was read from each socket, as text. */
  readonly read: Map<Socket, string>;
  readonly accepting: boolean;
  /** Someone who connects. */
  visit(): Socket;
}

async function reception(server = createServer({ allowHalfOpen: true })): Promise<Reception> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  closeAfterTests(() => server.close());
  const sockets: Socket[] = [];
  const read = new Map<Socket, string>();
  const callback = function (this: Socket, length: number, buffer: Buffer): void {
    read.set(this, (read.get(this) ?? "") + buffer.toString("latin1", 0, length));
  };
  const accepting = acceptSockets(server, callback, (socket) => sockets.push(socket));
  const { port } = server.address() as AddressInfo;
  return { server, sockets, read, accepting, visit: () => connect(port, "127.0.0.1").on("error", () => {}) };
}

describe("accepted sockets", { concurrency: 4, timeout: 30_000 }, () => {
  it("are sockets like any other, which the server counts and waits for", async () => {
    const { server, sockets, read, accepting, visit } = await reception();
    assert.equal(accepting, true);
    const visitor = visit();
    visitor.write("hello");
    await until(() => [...read.values()].join() === "hello", "the bytes");
    const [socket] = sockets;
    assert.ok(socket !== undefined && socket.constructor === Socket);
    assert.deepEqual([socket.remoteAddress, socket.remotePort], ["127.0.0.1", visitor.localPort]);
    assert.deepEqual([socket.allowHalfOpen, Reflect.get(socket, "server") === server], [true, true]);
    assert.equal(await promisify(server.getConnections.bind(server))(), 1);
    let closed = false;
    server.close(() => {
      closed = true;
    });
    socket.write("answer");
    assert.equal(String(await once(visitor, "data")), "answer");
    assert.equal(closed, false);
    socket.end();
    visitor.destroy();
    await until(() => closed, "the end of the server");
  });

  it("have the fields of those that the server makes, and the same values, but for who reads them", async () => {
    const { sockets, visit } = await reception();
    const other = createServer({ allowHalfOpen: true, noDelay: true });
    await once(other.listen(0, "127.0.0.1"), "listening");
    closeAfterTests(() => other.close());
    const arrived = once(other, "connection");
    const visitors = [visit(), connect((other.address() as AddressInfo).port, "127.0.0.1")];
    const [made]: Socket[] = await arrived;
    await until(() => sockets.length === 1, "the connection");
    const [socket] = sockets;
    assert.ok(socket !== undefined && made !== undefined);
    assert.deepEqual(fieldsOf(socket), fieldsOf(made));
    for (const each of [...visitors, socket, made]) each.destroy();
  });

  it("are told of where Node tells of them", async () => {
    const { sockets, visit } = await reception();
    const told: unknown[] = [];
    const hear = (message: unknown): void => {
      told.push(Reflect.get(Object(message), "socket"));
    };
    subscribe("net.server.socket", hear);
    const visitor = visit();
    await until(() => sockets.length === 1, "the connection");
    unsubscribe("net.server.socket", hear);
    assert.ok(told.includes(sockets[0]));
    visitor.destroy();
    sockets[0]?.destroy();
  });

  it("are the server's to make where it has a limit of them", async () => {
    const { server, sockets, visit } = await reception();
    server.maxConnections = 1;
    const visitors = [visit()];
    const [socket]: Socket[] = await once(server, "connection");
    visitors.push(visit());
    await once(server, "drop");
    assert.deepEqual(sockets, []);
    for (const each of [...visitors, socket]) each?.destroy();
  });

  it("are the server's to make, or to drop, where the limit is 0", async () => {
    const { server, sockets, visit } = await reception();
    server.maxConnections = 0;
    // Node 20 takes it for no limit, later ones drop everybody.
    const judged = Promise.race([once(server, "connection"), once(server, "drop")]);
    const visitor = visit();
    const [socket] = await judged;
    assert.deepEqual(sockets, []);
    visitor.destroy();
    if (socket instanceof Socket) socket.destroy();
  });

  it("are not made for a server that does not listen, or not in a way that is known", async () => {
    const ignore = (): void => {};
    assert.equal(acceptSockets(createServer(), ignore, ignore), false);
    const server = createServer();
    Reflect.set(server, "_handle", { onconnection: ignore });
    assert.equal(acceptSockets(server, ignore, ignore), false);
  });
});

/** The values of all fields that say the same for every socket of a server. */
function fieldsOf(socket: Socket): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const key of Reflect.ownKeys(socket)) {
    const value: unknown = Reflect.get(socket, key);
    const own = /async_id|kBuffer|kTimeout/.test(String(key));
    fields[String(key)] = own || typeof value === "object" ? typeof value : value;
  }
  return { ...fields, "Symbol(kBufferCb)": undefined, "Symbol(kBuffer)": undefined };
}
