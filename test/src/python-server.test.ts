/** Our client and a server of Debian's python3-socketio, over what such a server has. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { after, before, describe, it, type TestContext } from "node:test";
import { type ClientOptions, io, type Socket } from "@everwire/client";
import { nextEvent } from "./waiting.ts";

const script = new URL("../python/server.py", import.meta.url).pathname;

const WAYS: readonly (readonly [string, ClientOptions])[] = [
  ["WebSocket", { transports: ["websocket"] }],
  ["polling", { transports: ["polling"] }],
  ["what is chosen by default", {}],
];

describe("our client and a server of python3-socketio", () => {
  let python: ChildProcess;
  let url: string;

  before(async () => {
    const child = spawn("/usr/bin/python3", [script], { stdio: ["ignore", "pipe", "inherit"] });
    python = child;
    const [line] = await once(createInterface({ input: child.stdout }), "line");
    url = `http://127.0.0.1:${/^port (\d+)$/.exec(line)?.[1]}`;
  });
  after(async () => {
    const ended = once(python, "exit");
    python.kill();
    await ended;
  });

  const dial = (context: TestContext, options: ClientOptions, namespace = ""): Socket => {
    const socket = io(url + namespace, { forceNew: true, ...options });
    context.after(() => socket.disconnect());
    return socket;
  };

  for (const [way, options] of WAYS) {
    it(`speak events, acknowledgements with bytes, and rooms over ${way}`, async (context) => {
      const socket = dial(context, { ...options, auth: { name: "ada" } });
      assert.deepEqual(await nextEvent(socket, "welcome"), [{ auth: { name: "ada" } }]);
      const acknowledged = await new Promise<unknown[]>((resolve) => {
        socket.emit("echo", "é€😀", { n: [1, null] }, Buffer.from([0, 255]), (...args: unknown[]) => resolve(args));
      });
      assert.deepEqual(acknowledged, ["é€😀", { n: [1, null] }, Buffer.from([0, 255])]);
      socket.on("question", (text: string, answer: (...args: unknown[]) => void) =>
        answer(`${text}!`, Buffer.from([7])),
      );
      socket.emit("ask", "really");
      assert.deepEqual(await nextEvent(socket, "answered"), ["really!", Buffer.from([7])]);
      socket.emit("join", "tea");
      assert.deepEqual(await nextEvent(socket, "joined"), ["tea"]);
      socket.emit("leave");
      assert.equal((await nextEvent(socket, "disconnect"))[0], "io server disconnect");
    });

    it(`say who may not come in over ${way}`, async (context) => {
      const refused = dial(context, options, "/guarded");
      const [error] = await nextEvent<[Error]>(refused, "connect_error");
      assert.equal(error.message, "not you");
      await nextEvent(dial(context, { ...options, auth: { token: "sesame" } }, "/guarded"), "connect");
    });
  }
});
