/** The official `socket.io-client` 4.8, unchanged, against our server. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import { startChild } from "./child.ts";
import { type PeerApp, startPeerApp } from "./peer-app.ts";
import { nextEvent, until } from "./waiting.ts";

type Options = Partial<ManagerOptions & SocketOptions>;

const ways: readonly { readonly name: string; readonly transports: string[]; readonly ends: string }[] = [
  { name: "WebSocket only", transports: ["websocket"], ends: "websocket" },
  { name: "polling only", transports: ["polling"], ends: "polling" },
  { name: "polling, then upgrade", transports: ["polling", "websocket"], ends: "websocket" },
];

for (const way of ways) {
  describe(`socket.io-client over ${way.name}`, () => {
    let app: PeerApp;
    const opened: Socket[] = [];

    const connect = (path = "", options: Options = {}): Socket => {
      const socket = io(`${app.url}${path}`, { transports: way.transports, forceNew: true, ...options });
      opened.push(socket);
      return socket;
    };
    const connected = async (path?: string, options?: Options): Promise<Socket> => {
      const socket = connect(path, options);
      await nextEvent(socket, "connect");
      return socket;
    };

    before(async () => {
      app = await startPeerApp();
    });
    after(async () => {
      for (const socket of opened) socket.disconnect();
      await app.close();
    });

    it("connects and ends on the transport it should", async () => {
      const socket = await connected();
      assert.match(socket.id ?? "", /^[\w-]{20}$/);
      await until("transport", () => socket.io.engine.transport.name === way.ends);
    });

    it("carries an event there and back, Unicode and nested data included", async () => {
      const socket = await connected();
      const value = { text: "é€😀\u2028", list: [1, [2, { deep: null }]], yes: true };
      socket.emit("echo", "first", value);
      assert.deepEqual(await nextEvent(socket, "echoed"), ["first", value]);
    });

    it("acknowledges with binary, small and 300 kB", async () => {
      const socket = await connected();
      const big = Buffer.alloc(300_000, 7);
      const answer: unknown[] = await new Promise((resolve) => {
        socket.emit("echo", { some: Buffer.from([0, 255, 10]) }, big, (...args: unknown[]) => resolve(args));
      });
      assert.deepEqual(answer, [{ some: Buffer.from([0, 255, 10]) }, big]);
    });

    it("acknowledges an event of the server, with binary both ways", async () => {
      const socket = await connected();
      socket.on("question", (text: string, bytes: Buffer, answer: (...args: unknown[]) => void) => {
        answer(`${text}!`, Buffer.concat([bytes, Buffer.from([4])]));
      });
      socket.emit("ask-me", "really");
      assert.deepEqual(await nextEvent(socket, "answered"), ["really!", Buffer.from([1, 2, 3, 4])]);
    });

    it("speaks a custom namespace with an auth payload on the same connection", async () => {
      const socket = connect("/custom", { auth: { who: "ada" } });
      const [welcome] = await nextEvent<[unknown]>(socket, "welcome");
      assert.deepEqual(welcome, { auth: { who: "ada" }, namespace: "/custom" });
      assert.equal(await socket.emitWithAck("sum", 2, 3), 5);
    });

    it("is told why a namespace refused it, with the error's data", async () => {
      const refused = connect("/guarded", { auth: { token: "wrong" } });
      const [error] = await nextEvent<[Error & { data?: unknown }]>(refused, "connect_error");
      assert.equal(error.message, "not you");
      assert.deepEqual(error.data, { code: 4711, hint: "say sesame" });
      await connected("/guarded", { auth: { token: "sesame" } });
    });

    it("is told that a namespace does not exist", async () => {
      const [error] = await nextEvent<[Error]>(connect("/nowhere"), "connect_error");
      assert.equal(error.message, "Invalid namespace");
    });

    it("hears its room, not another", async () => {
      const [a, b, c] = await Promise.all([connected(), connected(), connected()]);
      await Promise.all([a.emitWithAck("join", "red"), b.emitWithAck("join", "red"), c.emitWithAck("join", "blue")]);
      const heard: string[] = [];
      a.on("told", () => heard.push("a"));
      c.on("told", (text: string) => heard.push(`c ${text}`));
      const told = nextEvent(b, "told");
      a.emit("tell", "red", "only red");
      assert.deepEqual(await told, ["only red"]);
      const all = Promise.all([nextEvent(a, "told"), nextEvent(b, "told"), nextEvent(c, "told")]);
      b.emit("tell-all", "everybody");
      await all;
      assert.deepEqual(heard.sort(), ["a", "c everybody"]);
    });

    it("receives 500 events in order while the transport settles", async () => {
      const socket = connect();
      const numbers: number[] = [];
      socket.on("number", (n: number) => numbers.push(n));
      socket.emit("count", 250);
      await nextEvent(socket, "connect");
      socket.emit("count", 250);
      await until("500 numbers", () => numbers.length >= 500);
      const upTo250 = Array.from({ length: 250 }, (_, n) => n);
      assert.deepEqual(numbers, [...upTo250, ...upTo250]);
    });

    it("is disconnected by the server with the reason the client knows", async () => {
      const socket = await connected();
      socket.emit("leave-me");
      assert.equal((await nextEvent<[string]>(socket, "disconnect"))[0], "io server disconnect");
      const other = await connected();
      other.io.reconnection(false);
      other.emit("cut-me");
      assert.match((await nextEvent<[string]>(other, "disconnect"))[0], /io server disconnect|transport close/);
    });

    it("comes back by itself after the server was killed and started again", async () => {
      const script = new URL("./peer-app.js", import.meta.url).pathname;
      const first = await startChild(script, ["0"], /^listening (\d+)$/);
      const port = first.match[1] ?? "";
      const socket = io(`http://127.0.0.1:${port}`, {
        transports: way.transports,
        forceNew: true,
        reconnectionDelay: 50,
        reconnectionDelayMax: 200,
      });
      opened.push(socket);
      await nextEvent(socket, "connect");
      const lost = nextEvent<[string]>(socket, "disconnect");
      await first.stop("SIGKILL");
      assert.match((await lost)[0], /transport (close|error)/);
      const back = nextEvent(socket, "connect");
      socket.emit("echo", "kept while away");
      const second = await startChild(script, [port], /^listening (\d+)$/);
      const echoed = nextEvent(socket, "echoed");
      await back;
      assert.deepEqual(await echoed, ["kept while away"]);
      socket.disconnect();
      await second.stop();
    });
  });
}
