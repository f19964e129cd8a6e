import assert from "node:assert/strict";
import { createServer, type Server as HttpServer } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer, type Socket as TcpSocket } from "node:net";
import { after, describe, it } from "node:test";
import { type ClientOptions, io, Manager, type Socket } from "@everwire/client";
import { Server } from "@everwire/server";
import { nextEvent, until } from "./waiting.ts";

const MODES: readonly (readonly [string, ClientOptions])[] = [
  ["websocket", { transports: ["websocket"] }],
  ["polling", { transports: ["polling"] }],
  ["polling, upgraded", { transports: ["polling", "websocket"] }],
  ["by default", {}],
];

/** Everything that a test has opened, closed at the end. */
const opened: (() => unknown)[] = [];
after(async () => {
  for (const close of opened.reverse()) await close();
});

async function listen(http: HttpServer, port = 0): Promise<string> {
  await new Promise<void>((resolve) => http.listen(port, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
}

async function startServer(options: ConstructorParameters<typeof Server>[1] = {}, port = 0) {
  const http = createServer();
  const server = new Server(http, options);
  opened.push(async () => {
    await server.engine.close();
    // What the clients still keep alive is not worth waiting for.
    http.closeAllConnections();
    await server.close();
  });
  server.on("connection", (socket) => {
    socket.on("echo", (...args: unknown[]) => {
      const answer = args.pop();
      if (typeof answer === "function") answer(...args);
    });
    socket.on("ask", () => {
      socket.emit("question", Buffer.from("b"), (...answer: unknown[]) => socket.emit("answered", ...answer));
    });
    const numbers: unknown[] = [];
    socket.on("number", (n: unknown) => numbers.push(n));
    socket.on("numbers", (answer: (all: unknown[]) => void) => answer(numbers));
    socket.on("count", (upTo: number) => {
      for (let n = 0; n < upTo; n++) socket.emit("number", n);
    });
    socket.on("leave-me", () => socket.disconnect());
  });
  server.of("/guarded").use((socket, next) => {
    if (socket.handshake.auth.token === "sesame") next();
    else next(Object.assign(new Error("not you"), { data: { code: 4711 } }));
  });
  return { server, url: await listen(http, port) };
}

function dial(url: string, options: ClientOptions = {}): Socket {
  const socket = io(url, { forceNew: true, reconnectionDelay: 20, reconnectionDelayMax: 50, ...options });
  opened.push(() => socket.disconnect());
  return socket;
}

/** Forwards bytes until told to be silent or to cut. */
async function startProxy(target: string) {
  const sockets = new Set<TcpSocket>();
  let silent = false;
  const proxy = createTcpServer((near) => {
    const far = connect(Number(new URL(target).port), "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("data", (chunk) => silent || to.write(chunk));
      from.on("error", () => to.destroy());
      from.on("close", () => to.destroy());
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  opened.push(() => {
    cut();
    proxy.close();
  });
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const setSilent = (value: boolean): void => {
    silent = value;
  };
  return { url, cut, setSilent };
}

for (const [mode, options] of MODES) {
  describe(`the client over ${mode}`, () => {
    it("exchanges text, numbers and binary, with acknowledgements both ways", async () => {
      const { url } = await startServer();
      const socket = dial(url, options);
      const binary = Buffer.from([0, 1, 255]);
      const echoed = new Promise((resolve) => {
        socket.emit("echo", "é€😀", { a: [binary, new Uint8Array([7]).buffer] }, null, (...args: unknown[]) =>
          resolve(args),
        );
      });
      assert.deepEqual(await echoed, ["é€😀", { a: [binary, Buffer.from([7])] }, null]);
      socket.on("question", (bytes, answer) => answer(bytes, Buffer.isBuffer(bytes)));
      socket.emit("ask");
      assert.deepEqual(await nextEvent(socket, "answered"), [Buffer.from("b"), true]);
      assert.equal(await socket.timeout(5_000).emitWithAck("echo", 5), 5);
    });

    it("keeps the order in both directions, over an upgrade too", async () => {
      const { url } = await startServer();
      const socket = dial(url, options);
      const seen: number[] = [];
      socket.on("number", (n: number) => seen.push(n));
      socket.emit("count", 500);
      for (let n = 0; n < 500; n++) {
        socket.emit("number", n);
        if (n % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
      }
      const all = Array.from({ length: 500 }, (_, n) => n);
      assert.deepEqual(await socket.emitWithAck("numbers"), all);
      await until("all numbers", () => seen.length >= 500);
      assert.deepEqual(seen, all);
      if (mode !== "polling") await until("a WebSocket", () => socket.io.transport === "websocket");
    });

    it("learns why a namespace refuses, and gets in with other credentials", async () => {
      const { url } = await startServer();
      const socket = dial(`${url}/guarded`, options);
      const [error] = await nextEvent<[Error & { data?: unknown }]>(socket, "connect_error");
      assert.equal(error.message, "not you");
      assert.deepEqual(error.data, { code: 4711 });
      assert.equal(socket.active, false);
      socket.auth = { token: "sesame" };
      socket.connect();
      await nextEvent(socket, "connect");
    });

    it("stays away when the server disconnects it", async () => {
      const { url } = await startServer();
      const socket = dial(url, options);
      socket.emit("leave-me");
      assert.equal((await nextEvent<[string]>(socket, "disconnect"))[0], "io server disconnect");
      assert.equal(socket.active, false);
    });

    it("comes back to a server that was restarted, and sends what was emitted meanwhile", async () => {
      const { server, url } = await startServer();
      const socket = dial(url, options);
      await nextEvent(socket, "connect");
      const down = nextEvent<[string]>(socket, "disconnect");
      await server.close();
      await down;
      const answer = socket.emitWithAck("echo", "kept");
      await nextEvent(socket, "connect_error");
      await startServer({}, Number(new URL(url).port));
      assert.equal(await answer, "kept");
    });
  });
}

describe("the client", () => {
  it("shares a connection between namespaces and gives the second socket of one its own", async () => {
    const { server, url } = await startServer();
    server.of("/a");
    const [root, a, again] = [io(url), io(`${url}/a`), io(url)];
    opened.push(() => [root, a, again].map((socket) => socket.disconnect()));
    await Promise.all([root, a, again].map((socket) => nextEvent(socket, "connect")));
    assert.equal(root.io, a.io);
    assert.notEqual(root.io, again.io);
    assert.equal(server.engine.sessions, 2);
  });

  it("goes to polling when a middlebox does not let WebSockets pass", async () => {
    const http = createServer();
    const server = new Server();
    opened.push(() => server.close());
    opened.push(() => http.close().closeAllConnections());
    http.on("request", (request, response) => server.engine.handleRequest(request, response));
    http.on("upgrade", (_request, socket) => socket.destroy());
    server.on("connection", (socket) => socket.emit("hello"));
    const socket = dial(await listen(http));
    await nextEvent(socket, "hello");
    assert.equal(socket.io.transport, "polling");
  });

  it("notices a connection that has gone silent by the missing pings", async () => {
    const { url } = await startServer({ pingInterval: 100, pingTimeout: 100 });
    for (const [mode, options] of MODES.slice(0, 2)) {
      const proxy = await startProxy(url);
      const socket = dial(proxy.url, options);
      await nextEvent(socket, "connect");
      await new Promise<void>((resolve) => socket.io.once("ping", resolve));
      proxy.setSilent(true);
      assert.equal((await nextEvent<[string]>(socket, "disconnect"))[0], "ping timeout", mode);
      proxy.setSilent(false);
      proxy.cut();
      await nextEvent(socket, "connect");
      socket.disconnect();
    }
  });

  it("stays connected over many heartbeats", async () => {
    const { url } = await startServer({ pingInterval: 30, pingTimeout: 200 });
    for (const [, options] of MODES.slice(0, 3)) {
      const socket = dial(url, options);
      let pings = 0;
      socket.io.on("ping", () => {
        pings += 1;
      });
      await until("ten pings", () => pings >= 10);
      assert.equal(socket.connected, true);
      socket.disconnect();
    }
  });

  it("switches transports on request and says so, without the socket noticing", async () => {
    const { server, url } = await startServer();
    const socket = dial(url);
    await nextEvent(socket, "connect");
    socket.on("disconnect", () => assert.fail("disconnected"));
    for (const transport of ["polling", "websocket", "polling"] as const) {
      const moved = new Promise((resolve) => socket.io.once("transport", (...args) => resolve(args)));
      socket.io.switchTransport([transport]);
      assert.deepEqual(await moved, [transport, "chosen"]);
      assert.equal(socket.io.transport, transport);
      assert.equal(await socket.emitWithAck("echo", 1), 1);
    }
    assert.equal(server.engine.sessions, 1);
    socket.off("disconnect");
  });

  it("sends headers, query and credentials, and keeps the cookies of a load balancer", async () => {
    const seen: unknown[] = [];
    const http = createServer();
    const server = new Server(http);
    opened.push(() => server.close());
    http.prependListener("request", (request, response) => {
      seen.push(request.headers.cookie);
      response.setHeader("set-cookie", "lb=node1; Path=/");
    });
    server.on("connection", ({ handshake }) =>
      seen.push(handshake.headers["x-app"], handshake.query.room, handshake.auth),
    );
    const socket = dial(`${await listen(http)}/?room=1`, {
      transports: ["polling"],
      extraHeaders: { "x-app": "7" },
      auth: { token: "t" },
      withCredentials: true,
    });
    await nextEvent(socket, "connect");
    assert.deepEqual(seen.slice(0, 2), [undefined, "lb=node1"]);
    assert.ok(seen.includes("7") && seen.includes("1"));
    assert.deepEqual(seen.at(-1), { token: "t" });
  });

  it("tells the application what is wrong with the server's address", async () => {
    const http = createServer((_request, response) => response.writeHead(404).end("nothing here"));
    opened.push(() => http.close().closeAllConnections());
    const socket = dial(await listen(http), { reconnection: false });
    const [error] = await nextEvent<[Error & { code: string }]>(socket, "connect_error");
    assert.equal(error.code, "open_refused");
    assert.match(error.message, /HTTP 404: nothing here/);
  });

  it("made by a Manager connects when it is told to", async () => {
    const { url } = await startServer();
    const manager = new Manager(url, { autoConnect: false });
    opened.push(() => manager.close());
    const socket = manager.socket("/");
    assert.equal(socket.active, false);
    socket.connect();
    await nextEvent(socket, "connect");
    assert.equal(manager.transport, "websocket");
  });

  it("refuses a message larger than the server takes, and stays connected", async () => {
    const { url } = await startServer({ maxPayload: 1_000 });
    for (const [, options] of MODES.slice(0, 2)) {
      const socket = dial(url, options);
      await nextEvent(socket, "connect");
      assert.throws(() => socket.emit("echo", "x".repeat(1_000)), { code: "payload_too_large" });
      assert.throws(() => socket.emit("echo", Buffer.alloc(1_001)), { code: "payload_too_large" });
      // Several packets that fit one by one but not in one payload.
      for (let i = 0; i < 20; i++) socket.emit("number", "y".repeat(400));
      assert.deepEqual(await socket.emitWithAck("numbers"), Array(20).fill("y".repeat(400)));
    }
  });
});
