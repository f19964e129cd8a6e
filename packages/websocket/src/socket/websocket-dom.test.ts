import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { closeAfterTests } from "../raw-peer.test.ts";
import { EventListeners, type SocketEvent } from "./event-listeners.ts";
import { WebSocket } from "./websocket.ts";
import { WebSocketServer } from "./websocket-server.ts";

async function echoUrl(): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  server.on("connection", (socket) => {
    socket.onmessage = ({ data }) => socket.send(data);
  });
  closeAfterTests(() => server.close());
  return `ws://127.0.0.1:${(await server.ready())?.port}/`;
}

describe("WebSocket, in the manner of the DOM", { timeout: 30_000 }, () => {
  it("dispatches events with what they are about", async () => {
    const socket = new WebSocket(await echoUrl());
    const seen: unknown[] = [];
    socket.onopen = ({ type, target }) => seen.push([type, target === socket]);
    socket.onmessage = ({ type, data }) => seen.push([type, data]);
    socket.onclose = ({ type, code, reason, wasClean }) => seen.push([type, code, reason, wasClean]);
    await once(socket, "open");
    socket.send("né");
    await once(socket, "message");
    socket.close(1000, "done");
    await once(socket, "close");
    assert.deepEqual(seen, [
      ["open", true],
      ["message", "né"],
      ["close", 1000, "done", true],
    ]);
  });

  it("hands out text as string and binary in its form", async () => {
    const socket = new WebSocket(await echoUrl());
    socket.binaryType = "arraybuffer";
    const seen: unknown[] = [];
    await once(socket, "open");
    const both = new Promise<void>((resolve) => {
      socket.addEventListener("message", ({ data }) => {
        seen.push(data);
        if (seen.length === 2) resolve();
      });
    });
    socket.send("né");
    socket.send(Buffer.from([1]));
    await both;
    assert.deepEqual(seen, ["né", new Uint8Array([1]).buffer]);
    socket.terminate();
  });

  it("tells of an error with the error", async () => {
    const socket = new WebSocket("ws://127.0.0.1:1/");
    const message = new Promise((resolve) => {
      socket.onerror = (event) => resolve([event.type, event.message, event.error instanceof Error]);
    });
    assert.deepEqual(await message, ["error", "the connection could not be made", true]);
    assert.deepEqual(await socket.closed, { code: 1006, reason: "", wasClean: false });
  });

  it("has the constants, on the class and on each socket", async () => {
    const socket = new WebSocket("ws://127.0.0.1:1/");
    const { CONNECTING, OPEN, CLOSING, CLOSED } = WebSocket;
    assert.deepEqual([CONNECTING, OPEN, CLOSING, CLOSED], [0, 1, 2, 3]);
    assert.deepEqual([socket.CONNECTING, socket.OPEN, socket.CLOSING, socket.CLOSED], [0, 1, 2, 3]);
    await socket.closed;
  });
});

describe("DOM listeners", () => {
  const target = {};
  const event: SocketEvent<object> = { type: "open", target };

  it("are called in order, once when they asked for it, and never twice", () => {
    const { open } = new EventListeners<object>().lists;
    const calls: string[] = [];
    const first = (): unknown => calls.push("first");
    open.add(first, true);
    open.add(first, false);
    open.attribute = () => calls.push("replaced");
    open.add({ handleEvent: () => calls.push("object") }, false);
    // The attribute keeps its place among the listeners.
    open.attribute = () => calls.push("attribute");
    open.dispatch(event);
    open.dispatch(event);
    assert.deepEqual(calls, ["first", "attribute", "object", "attribute", "object"]);
  });

  it("may add and remove each other while they are called", () => {
    const { open } = new EventListeners<object>().lists;
    const calls: string[] = [];
    const second = (): unknown => calls.push("second");
    open.add(() => {
      calls.push("first");
      open.remove(second);
      open.add(() => calls.push("late"), false);
    }, true);
    open.add(second, false);
    open.dispatch(event);
    open.dispatch(event);
    assert.deepEqual(calls, ["first", "second", "late"]);
  });

  it("are gone when the attribute is no function", () => {
    const { message } = new EventListeners<object>().lists;
    message.attribute = () => assert.fail("called");
    message.attribute = null;
    assert.deepEqual([message.attribute, message.empty], [null, true]);
  });

  it("of a type that is never dispatched are not kept", async () => {
    const socket = new WebSocket("ws://127.0.0.1:1/");
    for (const type of ["ping", "__proto__", "constructor"]) {
      Reflect.apply(socket.addEventListener, socket, [type, () => {}]);
      Reflect.apply(socket.removeEventListener, socket, [type, () => {}]);
    }
    await socket.closed;
  });
});
