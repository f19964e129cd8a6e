import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { type Connector, connectorOf } from "../transport/connector.ts";
import { nodePlatform } from "./node-platform.ts";

const TEXT = "4é\u2028😀\x1e";
const PLAIN = { "content-type": "text/plain; charset=UTF-8", "set-cookie": "lb=1" };

describe("a streamed request in Node", () => {
  let url: string;
  let answer: (response: ServerResponse, request: IncomingMessage) => void | Promise<void>;
  const server = createServer((request, response) => void answer(response, request));

  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    // A TCP server that listens has an address of this form.
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const connector = (): Connector =>
    connectorOf(
      nodePlatform.connector({
        extraHeaders: { "x-app": "1" },
        withCredentials: true,
        protocols: [],
        maxMessageBytes: 100,
      }),
    );
  const read = async (from = connector(), abort = new AbortController(), seen: string[] = []): Promise<string[]> => {
    await from.stream({ url, mediaType: "text/plain", signal: abort.signal }, (text) => seen.push(text));
    return seen;
  };

  it("brings whole characters, also when each byte comes by itself", async () => {
    answer = async (response) => {
      response.writeHead(200, PLAIN);
      for (const byte of Buffer.from(TEXT)) {
        response.write(Buffer.of(byte));
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end();
    };
    const pieces = await read();
    assert.equal(pieces.join(""), TEXT);
    assert.ok(pieces.every((piece) => !/[\uD800-\uDFFF]/u.test(piece)));
  });

  it("sends headers and cookies, and keeps the cookies of the response from its beginning on", async () => {
    const cookies: unknown[] = [];
    answer = (response, { headers }) => {
      cookies.push([headers["x-app"], headers.accept, headers.cookie]);
      response.writeHead(200, PLAIN).end("6");
    };
    const one = connector();
    await read(one);
    await read(one);
    assert.deepEqual(cookies, [
      ["1", "text/plain", undefined],
      ["1", "text/plain", "lb=1"],
    ]);
  });

  for (const [what, code, message, respond] of [
    ["403", "open_refused", /^HTTP 403: no$/, (r) => r.writeHead(403, PLAIN).end("no")],
    ["204", "open_refused", /^HTTP 204: /, (r) => r.writeHead(204).end()],
    [
      "a page of some other server",
      "open_refused",
      /text\/html in place of text\/plain/,
      (r) => r.writeHead(200, { "content-type": "text/html" }).end("<p>log in"),
    ],
    ["no response", "request_failed", /./, (r) => r.destroy()],
    ["bytes that are not UTF-8", "parse_error", /./, (r) => r.writeHead(200, PLAIN).end(Buffer.of(0x34, 0xff))],
    ["an end within a character", "parse_error", /./, (r) => r.writeHead(200, PLAIN).end(Buffer.of(0x34, 0xc3))],
    [
      "a break",
      "connection_lost",
      /./,
      (r) => r.writeHead(200, { ...PLAIN, "content-length": "9" }).write("6\x1e", () => r.destroy()),
    ],
  ] as [string, string, RegExp, (response: ServerResponse) => void][]) {
    it(`rejects with ${code} after ${what}`, async () => {
      answer = respond;
      await assert.rejects(read(), { code, message });
    });
  }

  it("stops reading when it is aborted, and when the reader throws", async () => {
    let left = 0;
    let gone: () => void = () => undefined;
    answer = (response) => {
      response.on("close", () => {
        left += 1;
        gone();
      });
      response.writeHead(200, PLAIN).write("6\x1e");
    };
    const abort = new AbortController();
    const closed = new Promise<void>((resolve) => {
      gone = resolve;
    });
    await assert.rejects(
      connector().stream({ url, mediaType: "text/plain", signal: abort.signal }, () => abort.abort()),
    );
    await closed;
    const closedAgain = new Promise<void>((resolve) => {
      gone = resolve;
    });
    await assert.rejects(
      connector().stream({ url, mediaType: "text/plain", signal: new AbortController().signal }, () => {
        throw new TypeError("enough");
      }),
      /enough/,
    );
    await closedAgain;
    assert.equal(left, 2);
  });
});
