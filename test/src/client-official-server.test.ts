/** Our client against the official `socket.io` 4.8 server, unchanged. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { type ClientError, type ClientOptions, io, Manager, type Socket } from "@everwire/client";
import { Server } from "socket.io";
import { nextEvent, until } from "./waiting.ts";

const WAYS: readonly (readonly [string, ClientOptions])[] = [
  ["WebSocket", { transports: ["websocket"] }],
  ["polling", { transports: ["polling"] }],
  ["polling, then WebSocket", { transports: ["polling", "websocket"] }],
  ["what is chosen by default", {}],
];

describe("our client and the server of socket.io 4.8", () => {
  const http = createServer();
  const server = new Server(http, { connectionStateRecovery: {}, perMessageDeflate: { threshold: 64 } });
  const opened: Socket[] = [];
  const tries: unknown[] = [];
  let url = "";

  const dial = (path = "", options: ClientOptions = {}): Socket => {
    const socket = io(`${url}${path}`, { forceNew: true, reconnectionDelay: 20, reconnectionDelayMax: 50, ...options });
    opened.push(socket);
    return socket;
  };

  before(async () => {
    server.on("connection", (socket) => {
      socket.on("echo", (...args: unknown[]) => {
        const answer = args.pop();
        if (typeof answer === "function") answer(...args);
      });
      socket.on("third-time", (answer: (text: string) => void) => {
        tries.push(socket.id);
        if (tries.length === 3) answer("at last");
      });
      socket.on("tell", (...args: unknown[]) => socket.emit("told", ...args));
      socket.on("cut", () => socket.conn.close());
      socket.on("auth", (answer: (auth: unknown) => void) => answer(socket.handshake.auth));
    });
    server.of("/guarded").use((socket, next) => {
      if (socket.handshake.auth.token === "sesame") next();
      else next(Object.assign(new Error("not you"), { data: { code: 7 } }));
    });
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  });
  after(async () => {
    for (const socket of opened) socket.disconnect();
    await server.close();
  });

  for (const [way, options] of WAYS) {
    it(`talk over ${way}: text, bytes, acknowledgements`, async () => {
      const socket = dial("", options);
      const value = [{ text: "é€😀", list: [1, [2, null]] }, Buffer.from([0, 255])];
      const answer = await new Promise<unknown[]>((resolve) => {
        socket.emit("echo", ...value, (...args: unknown[]) => resolve(args));
      });
      assert.deepEqual(answer, value);
      assert.equal(await socket.timeout(20_000).emitWithAck("echo", "again"), "again");
    });
  }

  it("go from polling to the WebSocket", async () => {
    const socket = dial("", { transports: ["polling", "websocket"] });
    const seen: unknown[] = [];
    socket.io.engine.on("upgrade", ({ name }) => seen.push(name));
    await until("the move", () => socket.io.transport === "websocket");
    assert.deepEqual(seen, ["websocket"]);
    assert.equal(await socket.emitWithAck("echo", 1), 1);
  });

  it("agree on who is let in, and say why not", async () => {
    const socket = dial("/guarded");
    const [error] = await nextEvent<[ClientError]>(socket, "connect_error");
    assert.deepEqual([error.message, error.data], ["not you", { code: 7 }]);
    socket.auth = (send) => send({ token: "sesame" });
    socket.connect();
    await nextEvent(socket, "connect");
  });

  it("share one connection between namespaces", async () => {
    const manager = new Manager(url);
    const [main, guarded] = [manager.socket("/"), manager.socket("/guarded", { auth: { token: "sesame" } })];
    opened.push(main, guarded);
    await Promise.all([nextEvent(main, "connect"), nextEvent(guarded, "connect")]);
    assert.match(manager.engine.id ?? "", /^[\w-]{20}$/);
    guarded.disconnect();
    assert.equal(await main.emitWithAck("echo", "still"), "still");
  });

  it("recover a connection that was lost, with what was missed", async () => {
    const socket = dial("", { transports: ["websocket"] });
    await nextEvent(socket, "connect");
    const told: unknown[] = [];
    socket.on("told", (what) => told.push(what));
    socket.emit("tell", "first");
    await until("the first", () => told.length === 1);
    const { id } = socket;
    assert.ok(id !== undefined);
    const again = nextEvent(socket, "connect");
    socket.emit("cut");
    await nextEvent(socket, "disconnect");
    server.to(id).emit("told", "missed");
    await again;
    await until("what was missed", () => told.length === 2);
    assert.deepEqual([socket.recovered, socket.id, told], [true, id, ["first", "missed"]]);
  });

  it("try an event again until it is acknowledged", async () => {
    const socket = dial("", { retries: 5, ackTimeout: 100 });
    const answer = await new Promise<unknown[]>((resolve) => {
      socket.emit("third-time", (...args: unknown[]) => resolve(args));
    });
    assert.deepEqual(answer, [null, "at last"]);
    assert.equal(tries.length, 3);
  });

  it("compress on a WebSocket when the client wants to as well", async () => {
    const extensions: unknown[] = [];
    server.engine.once("connection", ({ transport }: { transport: { socket: { extensions: unknown } } }) => {
      extensions.push(transport.socket.extensions);
    });
    const socket = dial("", { transports: ["websocket"], perMessageDeflate: { threshold: 64 } });
    const text = "again and ".repeat(1_000);
    assert.equal(await socket.timeout(60_000).emitWithAck("echo", text), text);
    assert.match(JSON.stringify(extensions), /permessage-deflate/);
  });

  it("agree on a path without a slash at its end, and on other queries and subprotocols", async () => {
    const own = createServer();
    const other = new Server(own, { path: "/live", addTrailingSlash: false });
    other.on("connection", ({ handshake }) => other.emit("seen", handshake.url.split("?", 1)[0], handshake.query.room));
    await new Promise<void>((resolve) => own.listen(0, "127.0.0.1", resolve));
    const socket = io(`http://127.0.0.1:${(own.address() as AddressInfo).port}?room=a`, {
      path: "/live",
      addTrailingSlash: false,
      transportOptions: { websocket: { query: { room: "b" } } },
      transports: ["websocket"],
    });
    assert.deepEqual(await nextEvent(socket, "seen"), ["/live", "b"]);
    const plain = io(`http://127.0.0.1:${(own.address() as AddressInfo).port}`, {
      path: "/live",
      addTrailingSlash: false,
      query: { room: "c" },
    });
    assert.deepEqual(await nextEvent(plain, "seen"), ["/live", "c"]);
    plain.disconnect();
    plain.io.opts.query = { room: "d" };
    assert.deepEqual(await nextEvent(plain.connect(), "seen"), ["/live", "d"]);
    plain.disconnect();
    socket.disconnect();
    await other.close();
  });
});
