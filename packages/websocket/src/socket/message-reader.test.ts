import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { closeAfterTests, until, within } from "../raw-peer.test.ts";
import { ConnectionClosedError } from "./connection-closed-error.ts";
import { encodeJsonMessage, JsonMessageError, parseJsonMessage } from "./json-message.ts";
import { MessageReader } from "./message-reader.ts";
import { WebSocket } from "./websocket.ts";
import { WebSocketServer } from "./websocket-server.ts";

class Source {
  paused = false;

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }
}

const text = (data: string): { data: string; isBinary: false } => ({ data, isBinary: false });

function ended(
  code: number,
): [info: { code: number; reason: string; wasClean: boolean }, error: ConnectionClosedError] {
  const info = { code, reason: "", wasClean: code !== 1006 };
  return [info, new ConnectionClosedError(info)];
}

describe("message reader", () => {
  it("gives messages in order, to those who wait first", async () => {
    const reader = new MessageReader(new Source());
    const first = reader.receive();
    const second = reader.receive();
    for (const data of ["a", "b", "c"]) reader.push(data);
    assert.deepEqual([await first, await second, await reader.receive()], [text("a"), text("b"), text("c")]);
    reader.push(Buffer.from([1]));
    assert.deepEqual(await reader.receive(), { data: Buffer.from([1]), isBinary: true });
  });

  for (const [name, messages] of [
    ["16 messages wait", Array<string>(16).fill("x")],
    ["1 MiB waits", ["x".repeat(1024 * 1024)]],
  ] as const) {
    it(`pauses the source when ${name}, and resumes it when they are taken`, async () => {
      const source = new Source();
      const reader = new MessageReader(source);
      for (const message of messages) reader.push(message);
      assert.equal(source.paused, true);
      for (const _ of messages) {
        assert.equal(source.paused, true);
        await reader.receive();
      }
      assert.equal(source.paused, false);
    });
  }

  it("resumes a source that somebody else has paused, when it waits", () => {
    const source = new Source();
    source.pause();
    const waiting = new MessageReader(source).receive({ signal: AbortSignal.timeout(1) });
    assert.equal(source.paused, false);
    return assert.rejects(within(2000, waiting), { name: "TimeoutError" });
  });

  it("gives a wait up at its deadline or by its signal, and loses nothing", async () => {
    const reader = new MessageReader(new Source());
    const controller = new AbortController();
    const aborted = reader.receive({ signal: controller.signal });
    const late = reader.receive({ deadline: 1 });
    controller.abort(new Error("never mind"));
    await assert.rejects(aborted, /never mind/);
    await assert.rejects(within(2000, late), { name: "TimeoutError" });
    await assert.rejects(reader.receive({ signal: controller.signal }), /never mind/);
    reader.push("kept");
    assert.deepEqual(await reader.receive({ deadline: 1 }), text("kept"));
  });

  it("gives what is left when the connection is over, then its end", async () => {
    const reader = new MessageReader(new Source());
    reader.push("last");
    const [info, error] = ended(1000);
    reader.end(info, error, false);
    assert.deepEqual(await reader.receive(), text("last"));
    await assert.rejects(reader.receive(), { name: "ConnectionClosedError", closeCode: 1000 });
  });

  for (const [code, asked, throws] of [
    [1000, false, false],
    [1001, false, false],
    [1005, false, false],
    [4321, false, false],
    [1006, false, true],
    [1006, true, false],
    [1002, false, true],
    [1011, false, true],
  ] as const) {
    it(`${throws ? "throws" : "ends"} after ${code}${asked ? " that this side asked for" : ""}`, async () => {
      const reader = new MessageReader(new Source());
      reader.push("one");
      reader.end(...ended(code), asked);
      const seen: unknown[] = [];
      const loop = (async () => {
        for await (const { data } of reader.messages()) seen.push(data);
      })();
      if (throws) await assert.rejects(loop, { closeCode: code });
      else await loop;
      assert.deepEqual(seen, ["one"]);
    });
  }
});

describe("JSON messages", () => {
  for (const [name, data, code] of [
    ["no JSON", "{", "invalid_json"],
    ["an empty text", "", "invalid_json"],
    ["bytes", Buffer.from("1"), "binary_message"],
    ["257 levels", "[".repeat(257) + "]".repeat(257), "too_deep"],
    ["100 000 objects in each other", '{"a":'.repeat(100_000), "too_deep"],
  ] as const) {
    it(`refuse ${name}`, () => {
      assert.throws(
        () => parseJsonMessage(data),
        (error) => error instanceof JsonMessageError && error.code === code,
      );
    });
  }

  for (const value of [
    null,
    1,
    "[[[[",
    '"\\"[[[',
    { a: [1, { b: "é" }] },
    JSON.parse(`${"[".repeat(256)}${"]".repeat(256)}`),
  ]) {
    it(`carry ${JSON.stringify(value).slice(0, 20)}`, () => {
      assert.deepEqual(parseJsonMessage(encodeJsonMessage(value)), value);
    });
  }

  it("with brackets in strings are not deep", () => {
    assert.equal(parseJsonMessage(JSON.stringify(`\\"${"[".repeat(1000)}`)), `\\"${"[".repeat(1000)}`);
  });

  it("cannot carry what JSON has no text for", () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    for (const value of [undefined, () => {}, Symbol("a"), 1n, cycle]) {
      assert.throws(() => encodeJsonMessage(value), TypeError);
    }
  });
});

describe("reading a WebSocket", { concurrency: 4, timeout: 30_000 }, () => {
  async function serving(connected: (socket: WebSocket) => unknown): Promise<string> {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1", onError: () => {} });
    server.on("connection", connected);
    closeAfterTests(() => {
      for (const socket of server.clients) socket.terminate();
      return server.close();
    });
    return `ws://127.0.0.1:${(await server.ready())?.port}/`;
  }

  it("keeps what comes before the first read, and hands it to a loop", async () => {
    const url = await serving((socket) => {
      for (let at = 0; at < 100; at++) socket.sendJson({ at });
      socket.close(1000);
    });
    const socket = await WebSocket.connect(url);
    await new Promise(setImmediate);
    const seen: unknown[] = [];
    for await (const value of socket.jsonMessages()) seen.push(value);
    assert.deepEqual(
      seen,
      Array.from({ length: 100 }, (_, at) => ({ at })),
    );
  });

  for (const [name, listen] of [
    ["on", (socket: WebSocket, hear: (data: unknown) => void) => socket.on("message", (data) => hear(String(data)))],
    [
      "onmessage",
      (socket: WebSocket, hear: (data: unknown) => void) => {
        socket.onmessage = ({ data }) => hear(data);
      },
    ],
  ] as const) {
    it(`hands what came before to a listener of ${name}`, async () => {
      const url = await serving((socket) => {
        for (let at = 0; at < 100; at++) socket.send(String(at));
      });
      const socket = await WebSocket.connect(url);
      await new Promise(setImmediate);
      const seen: unknown[] = [];
      listen(socket, (data) => seen.push(data));
      await until(() => seen.length === 100, "the messages");
      assert.deepEqual(
        seen,
        Array.from({ length: 100 }, (_, at) => String(at)),
      );
      socket.terminate();
    });
  }

  it("makes a fast peer wait for a slow loop", async () => {
    let sent = 0;
    const url = await serving(async (socket) => {
      const chunk = Buffer.alloc(256 * 1024);
      for (; sent < 200; sent++) {
        socket.send(chunk);
        await socket.drained();
      }
      socket.close(1000);
    });
    const socket = await WebSocket.connect(url);
    assert.equal((await socket.receive()).isBinary, true);
    await until(() => socket.isPaused, "the pause");
    assert.ok(sent < 200);
    let seen = 1;
    for await (const { data } of socket) seen += data.length > 0 ? 1 : 0;
    assert.equal(seen, 200);
    await assert.rejects(socket.drained(), ConnectionClosedError);
  });

  it("goes on in a second loop where the first was left", async () => {
    const url = await serving((socket) => {
      for (const word of ["a", "b", "c"]) socket.send(word);
      socket.close(1000);
    });
    const socket = await WebSocket.connect(url);
    for await (const { data } of socket) {
      assert.equal(data, "a");
      break;
    }
    const rest: unknown[] = [];
    for await (const { data } of socket) rest.push(data);
    assert.deepEqual(rest, ["b", "c"]);
  });

  it("loses nothing that comes while a handler is busy, when it paused first", async () => {
    const seen: unknown[] = [];
    const url = await serving(async (socket) => {
      socket.pause();
      await new Promise(setImmediate);
      for await (const { data } of socket) seen.push(data);
    });
    const socket = await WebSocket.connect(url);
    socket.send("first");
    socket.send("second");
    socket.close(1000);
    await once(socket, "close");
    assert.deepEqual(seen, ["first", "second"]);
  });

  it("tells the peer what is wrong with a message that should be JSON", async () => {
    const url = await serving((socket) => socket.send("{"));
    const socket = await WebSocket.connect(url);
    await assert.rejects(
      (async () => {
        for await (const value of socket.jsonMessages()) assert.fail(`heard ${value}`);
      })(),
      { code: "invalid_json" },
    );
    assert.deepEqual(await socket.closed, { code: 1007, reason: "invalid_json", wasClean: true });
  });

  it("throws when the connection breaks, also for who asks afterwards", async () => {
    const url = await serving((socket) => socket.terminate());
    const socket = await WebSocket.connect(url);
    await assert.rejects(socket.receive(), { code: "connection_closed", closeCode: 1006 });
    await socket.closed;
    await assert.rejects(socket.receive(), { closeCode: 1006 });
  });
});
