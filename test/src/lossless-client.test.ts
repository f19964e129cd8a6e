import assert from "node:assert/strict";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer, type Socket as TcpSocket } from "node:net";
import { after, describe, it } from "node:test";
import { type ClientOptions, io, type TransportName } from "@everwire/client";
import { Server } from "@everwire/server";
import { nextEvent, until } from "./waiting.ts";

const NAMES: readonly TransportName[] = ["websocket", "streaming", "sse", "polling", "short-polling"];

/** Everything that a test has opened, closed at the end. */
const opened: (() => unknown)[] = [];
after(async () => {
  for (const close of opened.reverse()) await close();
});

async function startServer(options: ConstructorParameters<typeof Server>[1] = {}) {
  const http = createServer();
  const server = new Server(http, { shortPollingInterval: 40, ...options });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  opened.push(async () => {
    http.closeAllConnections();
    await server.close();
  });
  const got: unknown[] = [];
  let connections = 0;
  server.on("connection", (socket) => {
    connections += 1;
    socket.on("up", (n: unknown, bytes?: Buffer) => got.push(bytes === undefined ? n : [n, bytes.length]));
    socket.on("echo", (value: unknown, answer: (value: unknown) => void) => answer(value));
    socket.on("flow", (count: number) => {
      let n = 0;
      const timer = setInterval(() => {
        for (let i = 0; i < 10 && n < count; i++) socket.emit("down", n++);
        if (n >= count) clearInterval(timer);
      }, 5);
      opened.push(() => clearInterval(timer));
    });
  });
  const { port } = http.address() as AddressInfo;
  return { server, got, port, connections: () => connections };
}

/** Forwards bytes, and cuts connections when told to. */
async function startProxy(port: number) {
  let target = port;
  const sockets = new Set<TcpSocket>();
  const frozen = new WeakSet<TcpSocket>();
  const proxy = createTcpServer((near) => {
    const far = connect(target, "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("data", (chunk) => frozen.has(from) || to.write(chunk));
      from.on("error", () => to.destroy());
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  /** What is open now stays open and carries nothing any more. */
  const freeze = (): void => {
    for (const socket of sockets) frozen.add(socket);
  };
  opened.push(() => {
    cut();
    proxy.close();
  });
  const retarget = (to: number): void => {
    target = to;
  };
  return { port: (proxy.address() as AddressInfo).port, cut, freeze, target: retarget };
}

/** A socket whose disconnection fails the test. */
function dial(port: number, options: ClientOptions = {}) {
  const socket = io(`http://127.0.0.1:${port}`, { forceNew: true, ...options });
  opened.push(() => socket.disconnect());
  const moves: string[] = [];
  socket.io.on("transport", (name, reason) => moves.push(`${name} ${reason}`));
  const lost: unknown[] = [];
  socket.on("disconnect", (reason, details) => lost.push([reason, details]));
  const down: number[] = [];
  socket.on("down", (n: number) => down.push(n));
  return { socket, moves, down, lost };
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n);
}

/** Messages both ways while `disturb` is called again and again. */
async function underLoad(port: number, client: ReturnType<typeof dial>, disturb: (step: number) => void) {
  const { socket, down } = client;
  const count = 600;
  socket.emit("flow", count);
  for (let n = 0; n < count; n++) {
    socket.emit("up", n);
    if (n % 100 === 50) disturb(Math.floor(n / 100));
    if (n % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 4));
  }
  assert.equal(await socket.timeout(60_000).emitWithAck("echo", port), port);
  await until("all messages of the server", () => down.length >= count, 60_000);
  assert.deepEqual(down, numbers(count));
}

describe("an Everwire session", () => {
  for (const name of NAMES) {
    it(`carries text, binary and acknowledgements over ${name} alone`, async () => {
      const { port, got, server } = await startServer();
      const { socket, moves } = dial(port, { transports: [name] });
      assert.deepEqual(await socket.timeout(5_000).emitWithAck("echo", { é: ["€", "😀\n\r\\"] }), {
        é: ["€", "😀\n\r\\"],
      });
      socket.emit("up", 1, Buffer.alloc(70_000, 7));
      const bytes = Buffer.from([0, 30, 255]);
      assert.deepEqual(await socket.timeout(5_000).emitWithAck("echo", bytes), bytes);
      assert.deepEqual(got, [[1, 70_000]]);
      assert.deepEqual(moves, [`${name} opened`]);
      assert.equal(socket.io.transportReason, "opened");
      socket.disconnect();
      await until("the end of the session", () => server.engine.sessions === 0);
    });

    it(`goes on over ${name} when its connections are cut in the middle`, async () => {
      const { port, got, connections } = await startServer();
      const proxy = await startProxy(port);
      const client = dial(proxy.port, { transports: [name] });
      await nextEvent(client.socket, "connect");
      await underLoad(port, client, () => proxy.cut());
      assert.deepEqual(got, numbers(600));
      assert.deepEqual(client.lost, []);
      assert.equal(connections(), 1);
    });
  }

  it("is switched between all of them under load, and the server sees one connection", async () => {
    const { port, got, server, connections } = await startServer();
    const client = dial(port);
    await nextEvent(client.socket, "connect");
    const order: readonly TransportName[] = ["streaming", "polling", "websocket", "short-polling", "sse", "websocket"];
    await underLoad(port, client, (step) => client.socket.io.switchTransport([order[step] ?? "websocket"]));
    assert.deepEqual(got, numbers(600));
    assert.deepEqual(client.lost, []);
    assert.equal(connections(), 1);
    assert.equal(server.engine.sessions, 1);
    await until("the last of them", () => client.socket.io.transport === "websocket");
    assert.ok(client.moves.includes("short-polling chosen"), client.moves.join());
  });

  it("takes a message of the largest size over every transport", async () => {
    const { port, got } = await startServer({ maxPayload: 10_000 });
    const { socket, lost } = dial(port);
    await nextEvent(socket, "connect");
    for (const name of NAMES) {
      socket.io.switchTransport([name]);
      await until(name, () => socket.io.transport === name);
      socket.emit("up", name, Buffer.alloc(10_000, 1));
      assert.equal(await socket.timeout(5_000).emitWithAck("echo", "x".repeat(9_980)), "x".repeat(9_980));
    }
    assert.deepEqual(
      got,
      NAMES.map((name) => [name, 10_000]),
    );
    assert.deepEqual(lost, []);
  });

  it("opens by polling and climbs to the WebSocket", async () => {
    const { port, got } = await startServer();
    const client = dial(port, { transports: ["polling", "websocket"] });
    await nextEvent(client.socket, "connect");
    await underLoad(port, client, () => undefined);
    assert.deepEqual(got, numbers(600));
    assert.deepEqual(client.moves, ["polling opened", "websocket better"]);
  });

  it("leaves a connection that is half open before the heartbeat gives the session up, on every transport", async () => {
    const leave = async (name: TransportName): Promise<void> => {
      const { port, got, connections } = await startServer({ pingInterval: 100, pingTimeout: 6_000 });
      const proxy = await startProxy(port);
      const { socket, lost } = dial(proxy.port, { transports: [name], transportTimeout: 300, timeout: 500 });
      await nextEvent(socket, "connect");
      proxy.freeze();
      socket.emit("up", 1);
      assert.equal(await socket.timeout(8_000).emitWithAck("echo", 2), 2);
      assert.deepEqual(got, [1], name);
      assert.deepEqual(lost, [], name);
      assert.equal(connections(), 1, name);
    };
    await Promise.all(NAMES.map(leave));
  });

  for (const [what, transports] of [
    ["by another way", undefined],
    ["by another WebSocket", ["websocket"]],
  ] as const) {
    it(`is told to the server as left, ${what}, right after its WebSocket was cut`, async () => {
      const { port, got, server } = await startServer();
      const proxy = await startProxy(port);
      const { socket } = dial(proxy.port, transports === undefined ? {} : { transports });
      await socket.timeout(5_000).emitWithAck("echo", 1);
      proxy.cut();
      socket.emit("up", 1);
      socket.disconnect();
      await until("the end of the session", () => server.engine.sessions === 0, 4_000);
      assert.deepEqual(got, [1]);
    });
  }

  it("stays open over heartbeats on every transport, and through moves between them", async () => {
    const { port } = await startServer({ pingInterval: 60, pingTimeout: 400 });
    const { socket, lost } = dial(port);
    let pings = 0;
    socket.io.on("ping", () => {
      pings += 1;
    });
    await nextEvent(socket, "connect");
    for (const name of NAMES) {
      socket.io.switchTransport([name]);
      const enough = pings + 4;
      await until(`pings over ${name}`, () => pings >= enough);
      assert.equal(socket.io.transport, name);
    }
    assert.deepEqual(lost, []);
  });

  it("is remembered: what worked last is tried first", async () => {
    const http = createServer();
    const server = new Server();
    http.on("request", (request, response) => server.engine.handleRequest(request, response));
    http.on("upgrade", (_request, socket) => socket.destroy());
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    opened.push(async () => {
      http.closeAllConnections();
      http.close();
      await server.close();
    });
    const { port } = http.address() as AddressInfo;
    const first = dial(port);
    await until("the climb", () => first.socket.io.transport === "streaming");
    assert.deepEqual(first.moves, ["polling blocked", "streaming better"]);
    const second = dial(port);
    await nextEvent(second.socket, "connect");
    assert.deepEqual(second.moves, ["streaming remembered"]);
  });

  for (const name of NAMES) {
    it(`over ${name} ends at once when there is another server that does not know it, and is opened anew`, async () => {
      const [first, second] = [await startServer(), await startServer()];
      const proxy = await startProxy(first.port);
      const { socket, lost } = dial(proxy.port, { transports: [name], reconnectionDelay: 10 });
      await nextEvent(socket, "connect");
      proxy.target(second.port);
      const back = nextEvent(socket, "connect", 3_000);
      proxy.cut();
      await back;
      assert.equal(second.connections(), 1);
      assert.deepEqual(
        lost.map((entry) => (entry as [string, { code: string }])[1].code),
        ["session_lost"],
      );
    });
  }
});

describe("on a server that speaks Engine.IO 4 and no more", () => {
  for (const [transports, moves] of [
    [undefined, ["websocket opened"]],
    [["polling"], ["polling opened"]],
    [
      ["polling", "websocket"],
      ["polling opened", "websocket better"],
    ],
    [["sse", "websocket"], ["websocket blocked"]],
  ] as const) {
    it(`a session is a plain one: ${transports ?? "by default"}`, async () => {
      const http = createServer();
      const server = new Server(http);
      // As if nobody had ever heard of it.
      for (const event of ["request", "upgrade"] as const) {
        http.prependListener(event, (request: IncomingMessage) => {
          request.url = request.url?.replace("&everwire=1", "");
        });
      }
      await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
      opened.push(async () => {
        http.closeAllConnections();
        await server.close();
      });
      server.on("connection", (socket) => {
        socket.on("echo", (value: unknown, answer: (value: unknown) => void) => answer(value));
      });
      const { port } = http.address() as AddressInfo;
      const client = dial(port, transports === undefined ? {} : { transports });
      for (const value of numbers(50)) {
        assert.equal(await client.socket.timeout(5_000).emitWithAck("echo", value), value);
      }
      await until("the transport", () => client.moves.length === moves.length);
      assert.deepEqual(client.moves, moves);
      const again = nextEvent(client.socket, "connect");
      client.socket.io.switchTransport(["polling"]);
      await again;
      assert.deepEqual(client.lost.length, 1);
      assert.equal(client.moves.at(-1), "polling opened");
    });
  }
});
