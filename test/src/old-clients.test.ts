/**
 * Clients of Socket.IO 1.4, 1.7, 2, 3 and 4, unchanged, on one server: each over polling, over WebSocket and from one to
 * the other, in Node.js and (1.x to 3.x, over JSONP too) in Chromium. A client of 4.8 shares a room with each of them.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { io, type Socket } from "socket.io-client";
import { launchBrowser } from "./browser.ts";
import { type Findings, type Setup, scenario } from "./old-client-scenario.ts";
import { type PeerApp, startPeerApp } from "./peer-app.ts";
import { nextEvent, until } from "./waiting.ts";

const TEXT = "é€😀";
const PAGE = '<!doctype html><title>old client</title><body><script src="/client.js"></script></body>';
const packages = createRequire(import.meta.url);
const run = promisify(execFile);

interface Client {
  readonly name: string;
  readonly major: number;
  /** Whether it can say something of itself to a namespace. */
  readonly speaks: boolean;
  readonly bundle: string;
}

const CLIENTS: readonly Client[] = [
  { name: "socket.io-client-1.4", major: 1, speaks: false, bundle: "socket.io.js" },
  { name: "socket.io-client-1.7", major: 1, speaks: true, bundle: "dist/socket.io.js" },
  { name: "socket.io-client-2", major: 2, speaks: true, bundle: "dist/socket.io.js" },
  { name: "socket.io-client-3", major: 3, speaks: true, bundle: "dist/socket.io.js" },
  { name: "socket.io-client", major: 4, speaks: true, bundle: "dist/socket.io.js" },
];

const WAYS = [
  { name: "polling", options: { transports: ["polling"] }, ends: "polling" },
  { name: "WebSocket", options: { transports: ["websocket"] }, ends: "websocket" },
  { name: "polling, then upgrade", options: {}, ends: "websocket" },
] as const;

/** The application, a new client that answers in every room it is asked into, and what the server saw. */
class Stage {
  readonly app: PeerApp;
  readonly #companion: Socket;
  readonly #protocols: number[] = [];
  readonly #reasons: string[] = [];
  #rooms = 0;

  private constructor(app: PeerApp, companion: Socket) {
    this.app = app;
    this.#companion = companion;
    app.io.on("connection", (socket) => {
      this.#protocols.push(socket.conn.protocol);
      socket.on("disconnect", (reason: string) => this.#reasons.push(reason));
      socket.on("length", (text: string, answer: (length: number) => void) => answer(text.length));
      socket.on("shout", (room: string, ...args: unknown[]) => socket.to(room).emit("shouted", ...args));
    });
    companion.on("shouted", (text: string, bytes: Buffer) => {
      companion.emit("shout", `room ${this.#rooms}`, `${text}, and the new`, Buffer.concat([bytes, Buffer.of(8)]));
    });
  }

  static async open(): Promise<Stage> {
    const app = await startPeerApp(0, { allowEIO3: true, jsonp: true, log: () => undefined });
    const companion = io(app.url, { forceNew: true, transports: ["websocket"], autoConnect: false });
    const stage = new Stage(app, companion);
    companion.connect();
    await nextEvent(companion, "connect");
    return stage;
  }

  /** Puts one client through the scenario; `play` runs it where the client is. */
  async play(
    { major }: Client,
    { options, ends }: { readonly options: object; readonly ends: string },
    play: (setup: Setup) => Promise<Findings>,
  ): Promise<Findings & { readonly protocols: readonly number[]; readonly serverReasons: readonly string[] }> {
    this.#protocols.length = 0;
    this.#reasons.length = 0;
    const room = `room ${++this.#rooms}`;
    await this.#companion.emitWithAck("join", room);
    const setup = { url: this.app.url, options: { forceNew: true, ...options }, major, room, ends, text: TEXT };
    const findings = await play(setup);
    await until("the server saw a client go", () => this.#reasons.length > 0);
    const seen = { protocols: [...new Set(this.#protocols)], serverReasons: [...this.#reasons] };
    // An old client that was refused in a namespace is in "/" all the same, and its process may not have said goodbye.
    this.app.io.except(this.#companion.id ?? "").disconnectSockets(true);
    return { ...findings, ...seen };
  }

  async close(): Promise<void> {
    this.#companion.disconnect();
    await this.app.close();
  }
}

/** What becomes of text; clients of 1.x encode it twice over polling (docs/protocol/revision-3.md). */
type TextFate = "right" | "right again when it comes back" | "wrong";

function fateOf({ major }: Client, way: string, place: "Node.js" | "Chromium"): TextFate {
  if (major > 1 || !["polling", "JSONP"].includes(way)) return "right";
  return place === "Chromium" && way === "polling" ? "wrong" : "right again when it comes back";
}

/** What every client has to find. */
function check(
  { major, speaks }: Client,
  ends: string,
  fate: TextFate,
  { protocols, serverReasons, ...found }: Awaited<ReturnType<Stage["play"]>>,
): void {
  const old = major < 3;
  const data = { code: 4711, hint: "say sesame" };
  assert.deepEqual(protocols, [old ? 3 : 4]);
  assert.deepEqual(found, {
    idIsThatOfTheSession: old,
    echoed: [
      fate === "wrong" ? Buffer.from(TEXT).toString("latin1") : TEXT,
      { list: [1, [2, { deep: null }]], yes: true },
    ],
    lengthAtTheServer: fate === "right" ? TEXT.length : Buffer.byteLength(TEXT),
    bytes: [{ some: [0, 255, 10] }, []],
    asked: ["really!", [1, 2, 3, 4]],
    welcome: { auth: speaks ? { who: "ada" } : {}, namespace: "/custom" },
    sum: 5,
    // Clients of 1.x go by the session's id in every namespace.
    customIdEndsWithThatOfTheSession: major === 2,
    nowhere: { message: "Invalid namespace" },
    refused: old ? data : { message: "not you", data },
    admitted: speaks ? "connected" : "refused",
    heard: ["from the old, and the new", [7, 8]],
    numbers: true,
    transport: ends,
    reasons: ["io client disconnect", "io server disconnect", found.reasons[2]],
  });
  assert.match(String(found.reasons[2]), /^(io server disconnect|transport close)$/);
  assert.ok(serverReasons.includes("server namespace disconnect"), serverReasons.join());
}

for (const client of CLIENTS) {
  describe(`${client.name} in Node.js`, () => {
    let stage: Stage;
    before(async () => {
      stage = await Stage.open();
    });
    after(() => stage.close());

    const play = async (setup: Setup): Promise<Findings> => {
      const script = new URL("./old-client-scenario.js", import.meta.url).pathname;
      const args = ["--no-deprecation", script, client.name, JSON.stringify(setup)];
      const { stdout } = await run(process.execPath, args, { timeout: 60_000 });
      return JSON.parse(stdout);
    };

    for (const way of WAYS) {
      it(`does everything over ${way.name}`, async () => {
        const found = await stage.play(client, way, play);
        check(client, way.ends, fateOf(client, way.name, "Node.js"), found);
      });
    }
  });
}

const BROWSER_WAYS = [
  ...WAYS,
  { name: "JSONP", options: { transports: ["polling"], forceJSONP: true }, ends: "polling" },
  { name: "JSONP, then upgrade", options: { forceJSONP: true }, ends: "websocket" },
] as const;

for (const client of CLIENTS.filter(({ major }) => major <= 3)) {
  describe(`${client.name} in Chromium`, () => {
    let stage: Stage;
    let browser: Browser;
    let page: Page;
    before(async () => {
      stage = await Stage.open();
      const file = new URL(client.bundle, `file://${packages.resolve(`${client.name}/package.json`)}`);
      const bundle = await readFile(file);
      stage.app.io.httpServer?.on("request", (request, response) => {
        if (request.url === "/client.js") response.writeHead(200, { "content-type": "text/javascript" }).end(bundle);
        if (request.url === "/") response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(PAGE);
      });
      browser = await launchBrowser();
      page = await browser.newPage();
    });
    after(async () => {
      await browser.close();
      await stage.close();
    });

    for (const way of BROWSER_WAYS) {
      it(`does everything over ${way.name}`, async () => {
        await page.goto(stage.app.url);
        const found = await stage.play(client, way, (setup) => page.evaluate(scenario, setup));
        check(client, way.ends, fateOf(client, way.name, "Chromium"), found);
      });
    }
  });
}
