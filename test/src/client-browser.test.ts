import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { MemoryLog } from "@everwire/broker";
import { ChannelService, Server } from "@everwire/server";
import type { Browser, Page } from "playwright-core";
import { launchBrowser } from "./browser.ts";
import { until } from "./waiting.ts";

const packages = new URL("../../packages/", import.meta.url);

/** The client as it is published, without a bundler: an import map stands in for it. */
const PAGE = `<!doctype html><title>client</title>
<script type="importmap">{"imports": {
  "@everwire/client": "/client/dist/index.js", "@everwire/protocol": "/protocol/dist/index.js"
}}</script>
<script type="module">import * as client from "@everwire/client"; import "/client/dist/channels.js"; globalThis.client = client;</script>`;

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? "/", "http://host");
  if (/^\/(client|protocol)\/dist\/[\w/-]+\.js$/.test(pathname)) {
    const code = await readFile(new URL(`.${pathname}`, packages));
    response.writeHead(200, { "content-type": "text/javascript" }).end(code);
  } else {
    response.writeHead(200, { "content-type": "text/html" }).end(PAGE);
  }
}

/** Runs in the page; the values come back as JSON. */
type Client = typeof import("@everwire/client");

describe("the client in Chromium", () => {
  const http = createServer((request, response) => void serve(request, response));
  const server = new Server(http, { jsonp: true });
  const reasons: string[] = [];
  let browser: Browser;
  let page: Page;
  let url: string;

  before(async () => {
    server.on("connection", (socket) => {
      socket.on("echo", (value: unknown, answer: (value: unknown) => void) => answer(value));
      socket.on("disconnect", (reason: string) => reasons.push(reason));
    });
    new ChannelService(server.of("/"), { log: new MemoryLog() });
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/`;
    browser = await launchBrowser();
    page = await browser.newPage();
    await page.goto(url);
  });
  after(async () => {
    await browser.close();
    await server.engine.close();
    http.closeAllConnections();
    await server.close();
  });

  for (const transports of [
    ["websocket"],
    ["streaming"],
    ["sse"],
    ["polling"],
    ["short-polling"],
    ["iframe"],
    ["jsonp"],
    ["polling", "websocket"],
  ] as const) {
    it(`speaks over ${transports.join(", upgraded to ")}`, async () => {
      const result = await page.evaluate(async (names) => {
        const { client } = globalThis as unknown as { client: Client };
        const socket = client.io({ transports: names, forceNew: true });
        const text = await socket.emitWithAck("echo", "é€😀");
        const binary: unknown = await socket.emitWithAck("echo", new Uint8Array([1, 2, 255]).subarray(1));
        const bytes = binary instanceof ArrayBuffer ? [...new Uint8Array(binary)] : "no ArrayBuffer";
        const deadline = performance.now() + 5_000;
        const last = names.at(-1);
        while (socket.io.transport !== last && performance.now() < deadline) await socket.emitWithAck("echo", 1);
        const { transport } = socket.io;
        socket.disconnect();
        return { text, bytes, transport };
      }, transports);
      assert.deepEqual(result, { text: "é€😀", bytes: [2, 255], transport: transports.at(-1) });
    });
  }

  it("follows a channel through a switch of transports", async () => {
    const seen = await page.evaluate(async () => {
      const { client } = globalThis as unknown as { client: Client };
      const socket = client.io({ forceNew: true, auth: { user: "u" } });
      const channel = socket.channel("c");
      const records: unknown[] = [];
      channel.on("start", ({ recovered, records: fresh }) => {
        if (!recovered) records.splice(0, records.length, ...fresh.map(({ data }) => data));
      });
      channel.on("record", ({ data }) => records.push(data));
      await channel.publish(1);
      const second = channel.publish(2);
      socket.io.switchTransport(["polling"]);
      await second;
      await channel.publish(3);
      const deadline = performance.now() + 5_000;
      while (records.length < 3 && performance.now() < deadline) await socket.roundTrip();
      await channel.close();
      socket.disconnect();
      return records;
    });
    // The publisher is the connection here, so the second publish may have been stored over the first connection too.
    assert.deepEqual([...new Set(seen)], [1, 2, 3]);
  });

  for (const transport of ["websocket", "polling"] as const) {
    it(`tells the server at once when the page is left, over ${transport}`, async () => {
      await page.goto(url);
      await page.evaluate(async (name) => {
        const { client } = globalThis as unknown as { client: Client };
        await client.io({ transports: [name] }).emitWithAck("echo", 1);
      }, transport);
      reasons.length = 0;
      await page.goto(`${url}elsewhere`);
      await until("the server's knowledge", () => reasons.length > 0, 5_000);
    });
  }
});
