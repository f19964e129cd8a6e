import assert from "node:assert/strict";
import { Duplex } from "node:stream";
import { describe, it } from "node:test";
import { ByteBudget } from "../frame/byte-budget.ts";
import { PreparedMessage } from "../frame/prepared-message.ts";
import { connect } from "../handshake/connect.ts";
import { type EchoServer, echoServer, RawPeer, rawFrame, until, within } from "../raw-peer.test.ts";
import { Connection } from "./connection.ts";
import type { ConnectionHandler } from "./connection-handler.ts";

/** A dialled connection and what it heard. */
class Client implements ConnectionHandler {
  readonly connection: Connection;
  readonly messages: (string | Buffer)[] = [];
  readonly pongs: string[] = [];
  readonly closes: [number, string][] = [];

  constructor(connection: Connection) {
    this.connection = connection;
    connection.start(this);
  }

  static async dial(echo: EchoServer, maxPayload = 32 << 20): Promise<Client> {
    return new Client(await connect(`ws://127.0.0.1:${echo.port}/`, { maxPayload }));
  }

  message(data: string | Buffer): void {
    this.messages.push(data);
  }
  pong(data: Buffer): void {
    this.pongs.push(data.toString());
  }
  close(code: number, reason: string): void {
    this.closes.push([code, reason]);
  }

  async closed(): Promise<[number, string] | undefined> {
    await until(() => this.closes.length > 0, "the close event");
    return this.closes[0];
  }
}

describe("connection", { concurrency: 4, timeout: 60_000 }, () => {
  it("echoes messages of every size and kind, in order", async () => {
    const echo = await echoServer({ maxPayload: 32 << 20 });
    const client = await Client.dial(echo);
    const sizes = [0, 1, 125, 126, 4096, 16_384, 16_385, 65_535, 65_536, 1 << 20];
    const sent = sizes.flatMap((size) => ["x".repeat(size), "é".repeat(size), Buffer.alloc(size, size & 255)]);
    for (const message of sent) client.connection.send(message);
    await until(() => client.messages.length === sent.length, "every echo");
    for (const [at, message] of sent.entries()) {
      const received = client.messages[at];
      const same =
        typeof message === "string"
          ? received === message
          : received !== undefined && message.equals(Buffer.from(received));
      assert.ok(same, `message ${at}`);
    }
    client.connection.close(1000, "done");
    assert.deepEqual(await client.closed(), [1000, "done"]);
    await until(() => echo.closes.length > 0, "the server's close event");
    assert.deepEqual(echo.closes, [{ code: 1000, reason: "done" }]);
    await echo.close();
  });

  it("takes a message as long as maxPayload and refuses the next longer with 1009", async () => {
    const limit = 16 << 20;
    const echo = await echoServer({ maxPayload: limit });
    const client = await Client.dial(echo);
    client.connection.send(Buffer.alloc(limit, 1));
    await until(() => client.messages.length === 1, "the echo");
    assert.equal(client.messages[0]?.length, limit);
    client.connection.send(Buffer.alloc(limit + 1));
    assert.deepEqual(await client.closed(), [1009, "message_too_big"]);
    await echo.close();
  });

  it("puts fragments together, with control frames between them, at both ends", async () => {
    const echo = await echoServer();
    const peer = await RawPeer.open(echo.port);
    for (let at = 0; at < 100; at++) {
      peer.frame({ opcode: at === 0 ? 1 : 0, fin: at === 99, payload: "ü€" });
      if (at === 50) peer.frame({ opcode: 9, payload: "between" });
    }
    const pong = await peer.next();
    assert.deepEqual([pong.opcode, pong.payload.toString()], [10, "between"]);
    assert.equal((await peer.next()).payload.toString(), "ü€".repeat(100));
    peer.socket.destroy();
    await echo.close();
  });

  it("writes all frames of one tick together", async () => {
    const echo = await echoServer();
    const client = await Client.dial(echo);
    await until(() => echo.connections.length === 1, "the connection");
    const before = client.messages.length;
    const message = new PreparedMessage("to all");
    for (let at = 0; at < 100; at++) {
      if (at % 2 === 0) echo.connections[0]?.send(`number ${at}`);
      else echo.connections[0]?.sendPrepared(message);
    }
    assert.ok((echo.connections[0]?.bufferedAmount ?? 0) > 900, "nothing leaves before the end of the tick");
    await until(() => client.messages.length === before + 100, "all messages");
    assert.deepEqual(client.messages.slice(0, 2), ["number 0", "to all"]);
    client.connection.terminate();
    await echo.close();
  });

  it("answers pings, and tells of pongs", async () => {
    const echo = await echoServer();
    const client = await Client.dial(echo);
    client.connection.ping(Buffer.from("a"));
    await until(() => client.pongs.length === 1, "the pong");
    assert.deepEqual(client.pongs, ["a"]);
    client.connection.terminate();
    await echo.close();
  });

  it("reports terminate as 1006 at both ends, once", async () => {
    const echo = await echoServer();
    const client = await Client.dial(echo);
    client.connection.terminate();
    client.connection.terminate();
    client.connection.send("into the void");
    assert.deepEqual(await client.closed(), [1006, ""]);
    await until(() => echo.closes.length > 0, "the server's close event");
    assert.deepEqual(echo.closes, [{ code: 1006, reason: "" }]);
    assert.equal(client.connection.state, "closed");
    assert.equal(client.closes.length, 1);
    await echo.close();
  });

  it("ends a connection whose peer does not read, and tells of it as 1013", async () => {
    const maxBufferedBytes = 1 << 20;
    const echo = await echoServer({ maxBufferedBytes });
    const peer = await RawPeer.open(echo.port);
    peer.socket.pause();
    await until(() => echo.connections.length === 1, "the connection");
    const connection = echo.connections[0];
    let most = 0;
    await until(() => {
      connection?.send(Buffer.alloc(64 * 1024));
      most = Math.max(most, connection?.bufferedAmount ?? 0);
      return connection?.state !== "open";
    }, "the end of the slow consumer");
    await until(() => echo.closes.length > 0, "the close event");
    assert.deepEqual(echo.closes, [{ code: 1013, reason: "slow_consumer" }]);
    assert.ok(most <= maxBufferedBytes + 70_000, `${most} bytes were queued`);
    peer.socket.destroy();
    await echo.close();
  });

  it("drops a peer that lags by more than is free when others have used up the budget, and leaves those alone", async () => {
    const outgoingBudget = new ByteBudget(4 << 20);
    const echo = await echoServer({ outgoingBudget });
    const peers = [await RawPeer.open(echo.port), await RawPeer.open(echo.port), await RawPeer.open(echo.port)];
    await until(() => echo.connections.length === 3, "three connections");
    for (const peer of peers) peer.socket.pause();
    const [first, second, third] = echo.connections;
    const fill = async (connection: Connection | undefined, until: number): Promise<void> => {
      while (connection?.state === "open" && connection.bufferedAmount < until) {
        connection.send(Buffer.alloc(65_536));
        await new Promise(setImmediate);
      }
    };
    await fill(first, 4 << 20);
    await fill(third, 1 << 20);
    await fill(second, 4 << 20);
    await until(() => echo.closes.length > 0, "the close event");
    assert.deepEqual([first?.state, second?.state, third?.state], ["open", "closed", "open"]);
    assert.deepEqual(echo.closes, [{ code: 1013, reason: "slow_consumer" }]);
    assert.ok(outgoingBudget.reserved > 2 << 20);
    first?.terminate();
    assert.equal(outgoingBudget.reserved, 0);
    third?.terminate();
  });

  it("sends a peer that reads more in one tick than is free, whatever the budget", async () => {
    const echo = await echoServer({ outgoingBudget: new ByteBudget(8 << 20) });
    const client = await Client.dial(echo);
    await until(() => echo.connections.length === 1, "the connection");
    for (let count = 0; count < 8; count++) echo.connections[0]?.send(Buffer.alloc(1 << 20, count));
    await until(() => client.messages.length === 8, "eight messages");
    client.connection.terminate();
  });

  it("tells when a slow peer has taken everything", async () => {
    let drained = 0;
    let connection: Connection | undefined;
    const echo = await echoServer({
      onConnection: (accepted) => {
        connection = accepted;
        return { message: () => {}, close: () => {}, drain: () => drained++ };
      },
    });
    const peer = await RawPeer.open(echo.port);
    await until(() => connection !== undefined, "the connection");
    peer.socket.pause();
    for (let at = 0; at < 160; at++) connection?.send(Buffer.alloc(64 * 1024));
    assert.equal(drained, 0);
    peer.socket.resume();
    await until(() => drained > 0, "the drain");
    assert.equal(connection?.bufferedAmount, 0);
    peer.socket.destroy();
    await echo.close();
  });

  it("hands a closed connection's end to a handler that comes late", async () => {
    const echo = await echoServer();
    const connection = await connect(`ws://127.0.0.1:${echo.port}/`);
    connection.terminate();
    await until(() => connection.state === "closed", "the end");
    const code = await within(1000, new Promise((resolve) => connection.start({ message: () => {}, close: resolve })));
    assert.equal(code, 1006);
    await echo.close();
  });

  it("fails with 1011 when its handler throws, and lets the error go on", async () => {
    const written: Buffer[] = [];
    const socket = new Duplex({
      read: () => {},
      write: (chunk: Buffer, _, done) => {
        written.push(chunk);
        done();
      },
    });
    const connection = new Connection(socket, {
      role: "server",
      head: Buffer.alloc(0),
      protocol: "",
      options: undefined,
    });
    const closed = new Promise((resolve) => {
      const message = (): void => {
        throw new Error("from the application");
      };
      connection.start({ message, close: (...end) => resolve(end) });
    });
    const frame = rawFrame({ opcode: 1, payload: "x" });
    assert.throws(() => socket.emit("data", Buffer.concat([frame, frame])), /from the application/);
    assert.equal(connection.state, "closing");
    assert.equal(connection.remoteAddress, undefined);
    socket.push(null);
    assert.deepEqual(await within(1000, closed), [1011, "handler_failed"]);
    assert.deepEqual(Buffer.concat(written).subarray(0, 4), Buffer.from([0x88, 16, 0x03, 0xf3]));
  });

  it("sends only strings and bytes", async () => {
    const echo = await echoServer();
    const client = await Client.dial(echo);
    for (const wrong of [100, null, {}, new Float32Array(20), [1, 2]]) {
      assert.throws(() => Reflect.apply(client.connection.send, client.connection, [wrong]), TypeError);
      assert.throws(() => Reflect.apply(client.connection.ping, client.connection, [wrong ?? 0]), TypeError);
    }
    client.connection.terminate();
    await echo.close();
  });

  it("keeps the order of what came with the handshake and what came later", async () => {
    const echo = await echoServer();
    const head = Buffer.concat(["a", "b"].map((payload) => rawFrame({ opcode: 1, payload })));
    const peer = await RawPeer.open(echo.port, head);
    peer.frame({ opcode: 1, payload: "c" });
    const answers = [await peer.next(), await peer.next(), await peer.next()];
    assert.equal(answers.map(({ payload }) => payload.toString()).join(""), "abc");
    peer.socket.destroy();
    await echo.close();
  });
});
