import assert from "node:assert/strict";
import { test } from "node:test";
import { TestPlatform, testEverwire } from "../transport/test-platform.test.ts";
import { createIo } from "./io.ts";
import type { Socket } from "./socket.ts";

const options = { autoConnect: false };

test("namespaces of one server and path share a manager", () => {
  const io = createIo(new TestPlatform(), testEverwire);
  const manager = io("/a", options).io;
  assert.equal(io("https://example.org/b", options).io, manager);
  assert.equal(io("wss://example.org:443/c", options).io, manager);
  assert.notEqual(io("/d", { ...options, path: "/other" }).io, manager);
  assert.notEqual(io("https://elsewhere.test/e", options).io, manager);
});

test("a second socket of a namespace, and one that asks for it, has a connection of its own", () => {
  const io = createIo(new TestPlatform(), testEverwire);
  const first = io("/a", options);
  assert.notEqual(io("/a", options).io, first.io);
  assert.notEqual(io("/b", { ...options, forceNew: true }).io, first.io);
  assert.notEqual(io("/b", { ...options, multiplex: false }).io, first.io);
  assert.equal(io("/b", options).io, first.io);
});

test("options alone mean the main namespace of the page's server", () => {
  const socket = createIo(new TestPlatform(), testEverwire)({ ...options, auth: { token: "t" } });
  assert.equal(socket.nsp, "/");
  assert.deepEqual(socket.auth, { token: "t" });
  assert.equal(socket.active, false);
});

test("events can be typed", () => {
  interface FromServer {
    hello: (name: string) => void;
  }
  interface ToServer {
    ask: (question: string, answer: (value: number) => void) => void;
  }
  const socket = createIo(new TestPlatform(), testEverwire)<FromServer, ToServer>("/typed", options);
  socket.on("hello", (name) => name.toUpperCase());
  socket.on("connect_error", (error) => error.code);
  socket.emit("ask", "how many", (value) => value.toFixed());
  socket.timeout(10).emit("ask", "how many", (error, value) => (error === null ? value.toFixed() : error.message));
  // Never called: the compiler is the test.
  const untried = async (): Promise<number> => {
    // @ts-expect-error: the server has no such event
    socket.on("goodbye", () => undefined);
    // @ts-expect-error: a question is text
    socket.emit("ask", 1, () => undefined);
    return socket.emitWithAck("ask", "how many");
  };
  assert.equal(typeof untried, "function");
});

test("the function has the names that it has in older code", () => {
  const io = createIo(new TestPlatform(), testEverwire);
  assert.equal(io.io, io);
  assert.equal(io.connect, io);
  assert.equal(io.protocol, 5);
  assert.ok(io("/names", options) instanceof io.Socket);
});

test("maps of events that were written for Socket.IO fit", () => {
  interface ServerToClientEvents {
    noArg: () => void;
    basicEmit: (a: number, b: string, c: Uint8Array) => void;
    withAck: (d: string, callback: (e: number) => void) => void;
  }
  interface ClientToServerEvents {
    hello: (callback: (answer: { ok: boolean }) => void) => void;
  }
  const io = createIo(new TestPlatform(), testEverwire);
  const socket: Socket<ServerToClientEvents, ClientToServerEvents> = io("/maps", options);
  socket.on("withAck", (d, callback) => callback(d.length));
  socket.timeout(5_000).emit("hello", (error, answer) => error === null && answer.ok);
  // Never called: the compiler is the test.
  const untried = async (): Promise<boolean> => (await socket.emitWithAck("hello")).ok;
  assert.equal(typeof untried, "function");
});

test("channels that are not part of the build say what to import", async () => {
  const { channelRegistry } = await import("../channel/channel-support.ts");
  const host = { clock: new TestPlatform().clock, connected: false, emit: () => undefined, retryDelay: () => 0 };
  assert.throws(() => channelRegistry(host), /@everwire\/client\/channels/);
  await import("../channel/channel-entry.ts");
  assert.equal(channelRegistry(host).channel("c", {}).name, "c");
});
