/** The client's files for web pages, run here with what a browser has, and how large they are. */
import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { runInThisContext } from "node:vm";
import { MemoryLog } from "@everwire/broker";
import type { ClientOptions, Io, Manager, Socket, TransportName } from "@everwire/client";
import { ChannelService, Server } from "@everwire/server";
import { Server as OfficialServer } from "socket.io";
import { WebSocket } from "ws";
import { nextEvent, until } from "./waiting.ts";

interface File {
  readonly fileName: string;
  readonly code: string;
}
interface Bundler {
  buildGlobal(): Promise<readonly File[]>;
  buildModules(): Promise<readonly File[]>;
}
interface Sizes {
  bundleSizes(): Promise<readonly { readonly what: string; readonly ours: number; readonly theirs?: number }[]>;
}

const script = (name: string): string => new URL(`../../scripts/${name}`, import.meta.url).href;

describe("the client's files for web pages", () => {
  const http = createServer();
  const server = new Server(http);
  const official = new OfficialServer();
  const opened: Socket[] = [];
  const urls = { everwire: "", official: "" };
  let folder = "";
  let io: Io;
  let everything: Io & { readonly Manager: typeof Manager };

  const dial = (make: Io, url: string, options: ClientOptions): Socket => {
    const socket = make(url, { forceNew: true, ...options });
    opened.push(socket);
    return socket;
  };

  before(async () => {
    const echo = (value: unknown, answer: (value: unknown) => void): void => answer(value);
    server.on("connection", (socket) => socket.on("echo", echo));
    official.on("connection", (socket) => socket.on("echo", echo));
    new ChannelService(server.of("/"), { log: new MemoryLog() });
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    urls.everwire = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    const stock = createServer();
    official.attach(stock);
    await new Promise<void>((resolve) => stock.listen(0, "127.0.0.1", resolve));
    urls.official = `http://127.0.0.1:${(stock.address() as AddressInfo).port}`;

    const bundler: Bundler = await import(script("bundle-client.mjs"));
    folder = await mkdtemp(join(tmpdir(), "everwire-bundle-"));
    await writeFile(join(folder, "package.json"), '{"type":"module"}');
    for (const { fileName, code } of await bundler.buildModules()) await writeFile(join(folder, fileName), code);
    // What Node 20 lacks of a browser.
    Object.assign(globalThis, { WebSocket });
    ({ io } = await import(pathToFileURL(join(folder, "everwire.esm.min.js")).href));
    await import(pathToFileURL(join(folder, "everwire.channels.esm.min.js")).href);
    const [{ code } = { code: "" }] = await bundler.buildGlobal();
    everything = runInThisContext(`${code}; io`);
  });
  after(async () => {
    for (const socket of opened) socket.disconnect();
    await Promise.all([server.engine.close(), official.close()]);
    http.closeAllConnections();
    await server.close();
    await rm(folder, { recursive: true });
  });

  it("have the names that the server serves", async () => {
    assert.deepEqual((await readdir(folder)).filter((name) => name.endsWith(".js")).sort(), [
      "everwire.channels.esm.min.js",
      "everwire.esm.min.js",
      "everwire.frames.esm.min.js",
      "everwire.sessions.esm.min.js",
    ]);
  });

  for (const form of ["module", "script"] as const) {
    const make = (): Io => (form === "module" ? io : everything);
    for (const name of [
      "websocket",
      "streaming",
      "sse",
      "polling",
      "short-polling",
    ] as const satisfies TransportName[]) {
      it(`the ${form} talks to our server over ${name}, bytes included`, async () => {
        const socket = dial(make(), urls.everwire, { transports: [name] });
        const bytes = await socket.timeout(60_000).emitWithAck("echo", new Uint8Array([0, 255, 7]));
        assert.ok(bytes instanceof ArrayBuffer);
        assert.deepEqual([...new Uint8Array(bytes)], [0, 255, 7]);
        assert.equal(socket.io.transport, name);
      });
    }

    for (const transports of [["websocket"], ["polling"], ["polling", "websocket"]] as const) {
      it(`the ${form} talks to the official server over ${transports.join(", ")}`, async () => {
        const socket = dial(make(), urls.official, { transports });
        assert.equal(await socket.timeout(60_000).emitWithAck("echo", "é"), "é");
        await until("the transport", () => socket.io.transport === transports.at(-1));
      });
    }

    it(`the ${form} has channels`, async () => {
      const channel = dial(make(), urls.everwire, {}).channel(form);
      const data = new Promise((resolve) => channel.on("record", (record) => resolve(record.data)));
      await channel.publish("news");
      assert.equal(await data, "news");
    });
  }

  it("the script is a global `io` with the classes on it", async () => {
    const socket = new everything.Manager(urls.everwire).socket("/");
    opened.push(socket);
    await nextEvent(socket, "connect");
    assert.ok(socket instanceof everything.Socket);
    assert.throws(() => socket.emit("disconnect"), { name: "ClientError", code: "reserved_event" });
  });

  it("the module is smaller than socket.io-client's script", async () => {
    const sizes: Sizes = await import(script("bundle-size.mjs"));
    const lines = await sizes.bundleSizes();
    const [module] = lines;
    const theirs = lines.at(-1)?.theirs;
    assert.ok(module !== undefined && theirs !== undefined);
    assert.ok(module.ours < theirs, `${module.ours} bytes, theirs ${theirs}`);
  });
});
