/** Chromium's own WebSocket against our server, over HTTP/1.1 and over HTTP/2. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import type { AddressInfo, Server } from "node:net";
import { after, before, describe, it } from "node:test";
import { WebSocketServer } from "@everwire/websocket";
import type { Browser } from "playwright-core";
import { launchBrowser } from "./browser.ts";
import { identity } from "./certificate.ts";

/** What the page saw; it runs there and brings everything with it. */
function inPage(url: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, ["other", "echo"]);
    socket.binaryType = "arraybuffer";
    const sent = ["", "né😀", "x".repeat(300_000), new Uint8Array([0, 255]), new Uint8Array(300_000).fill(7)];
    const same: boolean[] = [];
    const equal = (one: unknown, other: unknown): boolean =>
      one instanceof ArrayBuffer && other instanceof Uint8Array
        ? new Uint8Array(one).every((byte, at) => byte === other[at]) && one.byteLength === other.length
        : one === other;
    socket.onerror = () => reject(new Error("the WebSocket failed"));
    socket.onopen = () => {
      for (const message of sent) socket.send(message);
    };
    socket.onmessage = ({ data }) => {
      same.push(equal(data, sent[same.length]));
      if (same.length === sent.length) socket.send("close me");
    };
    socket.onclose = ({ code, reason, wasClean }) =>
      resolve({ same, protocol: socket.protocol, extensions: socket.extensions, code, reason, wasClean });
  });
}

function serve(server: WebSocketServer, versions: string[]): void {
  server.on("connection", (socket, request) => {
    versions.push(request.httpVersion);
    socket.on("message", (data, isBinary) => {
      if (String(data) === "close me") socket.close(4321, "as you wish");
      else socket.send(data, { binary: isBinary });
    });
  });
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A TCP server that listens has an address of this form.
  return (server.address() as AddressInfo).port;
}

describe("Chromium's WebSocket", () => {
  let browser: Browser;
  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser.close());

  const expected = {
    same: [true, true, true, true, true],
    protocol: "echo",
    code: 4321,
    reason: "as you wish",
    wasClean: true,
  };
  const handleProtocols = (): string => "echo";

  for (const perMessageDeflate of [false, true]) {
    it(`is served ${perMessageDeflate ? "with" : "without"} compression`, async () => {
      const http = createServer((_, response) => response.end("a page"));
      const versions: string[] = [];
      const server = new WebSocketServer({ server: http, handleProtocols, perMessageDeflate });
      serve(server, versions);
      const port = await listen(http);
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${port}/`);
      const seen = await page.evaluate(inPage, `ws://127.0.0.1:${port}/`);
      const extensions = perMessageDeflate ? Reflect.get(Object(seen), "extensions") : "";
      assert.match(extensions, perMessageDeflate ? /^permessage-deflate/ : /^$/);
      assert.deepEqual([seen, versions], [{ ...expected, extensions }, ["1.1"]]);
      await page.close();
      await server.close();
      http.close();
      http.closeAllConnections();
    });
  }

  it("shares the page's HTTP/2 connection", async () => {
    const https = createSecureServer({ key: identity.privateKey, cert: identity.certificate, allowHTTP1: true });
    https.on("request", (_: Http2ServerRequest, response: Http2ServerResponse) => response.end("a page"));
    const versions: string[] = [];
    const server = new WebSocketServer({ server: https, handleProtocols, perMessageDeflate: true });
    serve(server, versions);
    const port = await listen(https);
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    const page = await context.newPage();
    await page.goto(`https://localhost:${port}/`);
    const seen = await page.evaluate(inPage, `wss://localhost:${port}/`);
    const extensions: unknown = Reflect.get(Object(seen), "extensions");
    assert.deepEqual([seen, versions], [{ ...expected, extensions }, ["2.0"]]);
    await context.close();
    await server.close();
    https.close();
  });
});
