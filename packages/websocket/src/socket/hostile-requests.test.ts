import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { connect as connectTls } from "node:tls";
import { closeAfterTests, RawPeer, until, upgradeRequest, within } from "../raw-peer.test.ts";
import { certificate, privateKey } from "../test-certificate.test.ts";
import { createOwnServer } from "./own-server.ts";
import { checkServerOptions, serverTimesOf, type WebSocketServerOptions } from "./server-options.ts";
import { WebSocket } from "./websocket.ts";
import { WebSocketServer } from "./websocket-server.ts";

// Requests that no honest client sends. After each, the server takes another connection and has nothing to tell of.

interface Target {
  readonly server: WebSocketServer;
  readonly port: number;
  readonly addresses: (string | undefined)[];
  /** Whether the server still takes connections, and nobody was told of an error. */
  unharmed(): Promise<void>;
}

async function target(options: WebSocketServerOptions = { port: 0, host: "127.0.0.1" }): Promise<Target> {
  const errors: unknown[] = [];
  const server = new WebSocketServer({ onError: (error) => errors.push(error), ...options });
  const addresses: (string | undefined)[] = [];
  server.on("connection", (socket) => addresses.push(socket.remoteAddress));
  closeAfterTests(() => {
    for (const socket of server.clients) socket.terminate();
    return server.close();
  });
  const port = (await server.ready())?.port ?? 0;
  const unharmed = async (): Promise<void> => {
    (await WebSocket.connect(`ws://127.0.0.1:${port}/`)).terminate();
    assert.deepEqual(errors, []);
    for (const socket of server.clients) socket.terminate();
    await server.close();
  };
  return { server, port, addresses, unharmed };
}

/** Sends bytes and gives all that comes back until the server has closed. */
async function answerTo(port: number, bytes: string): Promise<string> {
  const peer = await RawPeer.dial(port);
  peer.write(Buffer.from(bytes, "latin1"));
  await peer.gone();
  return peer.received.toString("latin1");
}

/** An upgrade request with lines between the request line and the other headers. */
function withLines(lines: string): string {
  return upgradeRequest().replace("\r\n", `\r\n${lines}`);
}

function post(headers: string, body: string): string {
  return `POST / HTTP/1.1\r\nHost: a\r\n${headers}\r\n\r\n${body}`;
}

const withHost = (host: string): string => upgradeRequest({ Host: undefined }).replace("\r\n", `\r\n${host}`);

describe("a request that breaks HTTP", { concurrency: 4, timeout: 30_000 }, () => {
  const chunked = "Transfer-Encoding: chunked";
  for (const [row, name, request, expected] of [
    [6, "bare LF line ends", upgradeRequest().replaceAll("\r\n", "\n"), /^HTTP\/1\.1 400 /],
    [7, "both lengths", post(`Content-Length: 3\r\n${chunked}`, "abc"), /^HTTP\/1\.1 400 /],
    [8, "two different lengths", post("Content-Length: 3\r\nContent-Length: 4", "abcd"), /^HTTP\/1\.1 400 /],
    [9, "an unknown last coding", post("Transfer-Encoding: chunked, identity", ""), /^HTTP\/1\.1 400 /],
    [9, "xchunked", post("Transfer-Encoding: xchunked", ""), /^HTTP\/1\.1 400 /],
    [10, "a chunk of 2^64 - 1 bytes", post(chunked, "FFFFFFFFFFFFFFFF\r\n"), /^HTTP\/1\.1 4/],
    [10, "a chunk of +5 bytes", post(chunked, "+5\r\nabcde\r\n"), /^HTTP\/1\.1 4/],
    [10, "a chunk of 0x5 bytes", post(chunked, "0x5\r\nabcde\r\n"), /^HTTP\/1\.1 4/],
    [10, "a chunk extension of 10 KB", post(chunked, `5;${"a".repeat(10_000)}\r\nabcde\r\n`), /^HTTP\/1\.1 4/],
    [11, "headers of 20 KB", withLines(`A: ${"a".repeat(20_000)}\r\n`), /^HTTP\/1\.1 431 /],
    [13, "a target of 64 KB", upgradeRequest({}, `GET /${"a".repeat(65_536)} HTTP/1.1`), /^HTTP\/1\.1 4(14|31) /],
    [15, "no Host", withHost(""), /^HTTP\/1\.1 400 /],
    [15, "an empty Host", withHost("Host: \r\n"), /^HTTP\/1\.1 400 /],
    [15, "two Hosts", withHost("Host: a\r\nHost: b\r\n"), /^HTTP\/1\.1 400 /],
    [15, "one Host twice", withHost("Host: a\r\nhOST: a\r\n"), /^HTTP\/1\.1 400 /],
    [17, "a NUL in a header", withLines("A: a\0b\r\n"), /^HTTP\/1\.1 400 /],
    [17, "a folded header", withLines("A: a\r\n b\r\n"), /^HTTP\/1\.1 400 /],
    [39, "a PROXY header before it", `PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n${upgradeRequest()}`, /^HTTP\/1\.1 400 /],
  ] as const) {
    it(`row ${row}: ${name} is refused`, async () => {
      const { port, unharmed } = await target();
      assert.match(await answerTo(port, request), expected);
      await unharmed();
    });
  }

  it("row 4: connections that are reset in the middle of a request are nothing to tell of", async () => {
    const { port, unharmed } = await target();
    for (const bytes of ["", "GET", "GET / HTTP/1.1\r\nHost: a\r\nUpg", upgradeRequest()]) {
      const peer = await RawPeer.dial(port);
      peer.write(bytes);
      peer.socket.resetAndDestroy();
      await peer.gone();
    }
    await unharmed();
  });

  it("row 5: TLS on the plain port is refused at once", async () => {
    const { port, unharmed } = await target();
    const tls = connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false });
    closeAfterTests(() => tls.destroy());
    await assert.rejects(once(tls, "secureConnect"));
    await unharmed();
  });

  it("row 5: plain HTTP on the port of TLS is closed at once", async () => {
    const https = createHttpsServer({ key: privateKey, cert: certificate });
    closeAfterTests(() => https.close());
    const { server } = await target({ server: https });
    https.listen(0, "127.0.0.1");
    await once(https, "listening");
    // After `listening` a TCP server has an address of this form.
    const { port } = https.address() as AddressInfo;
    assert.doesNotMatch(await answerTo(port, upgradeRequest()), / 101 /);
    const secure = await WebSocket.connect(`wss://127.0.0.1:${port}/`, { rejectUnauthorized: false });
    secure.terminate();
    await server.close();
  });
});

describe("a request that lies", { concurrency: 4, timeout: 30_000 }, () => {
  it("row 14: by an absolute target is taken for its path, and fetches nothing", async () => {
    const { port, unharmed } = await target({ port: 0, host: "127.0.0.1", path: "/" });
    assert.match(await answerTo(port, upgradeRequest({}, "GET http://169.254.169.254/ HTTP/1.1")), /^HTTP\/1\.1 404 /);
    await unharmed();
  });

  it("row 16: by its Host finds the name in no answer", async () => {
    const { port, unharmed } = await target({ port: 0, host: "127.0.0.1", path: "/" });
    const refused = await answerTo(port, upgradeRequest({ Host: "evil.example" }, "GET /other HTTP/1.1"));
    assert.match(refused, /^HTTP\/1\.1 404 /);
    assert.doesNotMatch(refused, /evil/);
    const peer = await RawPeer.dial(port);
    peer.write(upgradeRequest({ Host: "evil.example" }));
    const accepted = await peer.head();
    assert.match(accepted, /^HTTP\/1\.1 101 /);
    assert.doesNotMatch(accepted, /evil/);
    await unharmed();
  });

  it("row 17: bytes from 0x80 on in a header are tolerated", async () => {
    const { port, unharmed } = await target();
    const peer = await RawPeer.dial(port);
    peer.write(Buffer.from(withLines("A: \x80\xe9\xff\r\n"), "latin1"));
    assert.match(await peer.head(), /^HTTP\/1\.1 101 /);
    await unharmed();
  });

  it("row 38: by X-Forwarded-For keeps its own address", async () => {
    const { port, addresses, unharmed } = await target();
    const peer = await RawPeer.dial(port);
    peer.write(upgradeRequest({ "X-Forwarded-For": "10.1.2.3", Forwarded: "for=10.1.2.3" }));
    assert.match(await peer.head(), /^HTTP\/1\.1 101 /);
    assert.deepEqual(addresses, ["127.0.0.1"]);
    await unharmed();
  });
});

describe("an offer of compression", { concurrency: 4, timeout: 30_000 }, () => {
  const one = "permessage-deflate";
  for (const [row, name, offer, status, agreed] of [
    [29, "7 bits", `${one}; server_max_window_bits=7`, 101, false],
    [29, "16 bits", `${one}; client_max_window_bits=16`, 101, false],
    [29, "08 bits", `${one}; server_max_window_bits=08`, 101, false],
    [29, "no bits", `${one}; server_max_window_bits=""`, 400, false],
    [29, "bits without a number", `${one}; server_max_window_bits`, 101, false],
    [29, "a parameter twice", `${one}; server_no_context_takeover; server_no_context_takeover`, 101, false],
    [29, "an unknown parameter", `${one}; constructor=1`, 101, false],
    [29, "an unknown parameter, and again without", `${one}; toString, ${one}`, 101, true],
    [30, "the like of 200 others", Array(200).fill(one).join(", "), 101, true],
    [30, "16 that are none before a good one", `${`${one}; x, `.repeat(16)}${one}`, 101, false],
  ] as const) {
    it(`row ${row}: with ${name} is answered ${status}, ${agreed ? "with" : "without"} compression`, async () => {
      const { port, unharmed } = await target({ port: 0, host: "127.0.0.1", perMessageDeflate: true });
      const peer = await RawPeer.dial(port);
      peer.write(upgradeRequest({ "Sec-WebSocket-Extensions": offer }));
      const head = await peer.head();
      assert.ok(head.startsWith(`HTTP/1.1 ${status} `), head);
      assert.equal(head.split("permessage-deflate").length, agreed ? 2 : 1, head);
      await unharmed();
    });
  }
});

describe("a peer that takes its time", { concurrency: 4, timeout: 30_000 }, () => {
  const HEADERS_TIMEOUT = 300;

  /** Sends one piece after another for as long as the server listens; gives the answer and how long it took. */
  async function dripping(pieces: (at: number) => string | undefined): Promise<{ answer: string; ms: number }> {
    const { port, unharmed } = await target({ port: 0, host: "127.0.0.1", headersTimeout: HEADERS_TIMEOUT });
    const peer = await RawPeer.dial(port);
    const start = performance.now();
    let at = 0;
    const drip = setInterval(() => {
      const piece = pieces(at++);
      if (piece !== undefined && peer.socket.writable) peer.write(piece);
    }, 20);
    try {
      await peer.gone();
    } finally {
      clearInterval(drip);
    }
    const ms = performance.now() - start;
    await unharmed();
    return { answer: peer.received.toString("latin1"), ms };
  }

  const line = "GET / HTTP/1.1\r\n";
  for (const [row, name, pieces] of [
    [1, "says nothing", () => undefined],
    [2, "sends a header at a time", (at: number) => (at === 0 ? line : `A${at}: b\r\n`)],
    [3, "sends a byte of the request line at a time", (at: number) => "GET /".at(at) ?? "a"],
    [3, "sends a byte of a header at a time", (at: number) => `${line}A: `.at(at) ?? "a"],
  ] as const) {
    it(`row ${row}: who ${name} gets 408 and is closed`, async () => {
      const { answer, ms } = await dripping(pieces);
      assert.match(answer, /^HTTP\/1\.1 408 /);
      assert.ok(ms >= HEADERS_TIMEOUT * 0.9 && ms < HEADERS_TIMEOUT * 2 + 1000, `${ms} ms`);
    });
  }

  it("rows 1 to 3, 35: has 10 s for the request and verify 10 s for the answer, unless told otherwise", () => {
    const times = serverTimesOf(checkServerOptions({ noServer: true }));
    assert.deepEqual(times, { headersTimeout: 10_000, verifyTimeout: 10_000 });
    const { http: own } = createOwnServer(times.headersTimeout, { upgrade: () => {}, plain: () => {} });
    assert.deepEqual([own.headersTimeout, own.requestTimeout, own.maxHeadersCount], [10_000, 10_000, 200]);
    // Node looks for late requests this often: 11 s at most are well within the 15 s of the requirement.
    assert.equal(Reflect.get(own, "connectionsCheckingInterval"), 1000);
    for (const ms of [0, -1, 0.5, Number.POSITIVE_INFINITY]) {
      assert.throws(() => checkServerOptions({ noServer: true, headersTimeout: ms }), RangeError);
      assert.throws(() => checkServerOptions({ noServer: true, verifyTimeout: ms }), RangeError);
    }
  });
});

describe("a verify that never answers", { concurrency: 4, timeout: 30_000 }, () => {
  const never = (seen: AbortSignal[]) => (_: unknown, signal: AbortSignal) => {
    seen.push(signal);
    return new Promise<undefined>(() => {});
  };

  it("row 35: costs 503 after its time, and the socket is released", async () => {
    const seen: AbortSignal[] = [];
    const options = { port: 0, host: "127.0.0.1", verify: never(seen), verifyTimeout: 100 };
    const { server, port } = await target(options);
    const answer = await answerTo(port, upgradeRequest());
    assert.match(answer, /^HTTP\/1\.1 503 /);
    assert.match(answer, /\r\nRetry-After: 5\r\n/);
    assert.deepEqual([seen[0]?.aborted, seen[0]?.reason], [true, "timeout"]);
    await within(1000, server.close(), "the close");
  });

  for (const where of ["a server of its own", "a server of somebody else"]) {
    it(`does not keep ${where} from closing: 503 at once, and the signal`, async () => {
      const seen: AbortSignal[] = [];
      const http = createServer();
      const own = where === "a server of its own";
      const options = own ? { port: 0, host: "127.0.0.1" } : { server: http };
      const { server, port } = await target({ ...options, verify: never(seen) });
      if (!own) await once(http.listen(0, "127.0.0.1"), "listening");
      closeAfterTests(() => http.close());
      // After `listening` a TCP server has an address of this form.
      const peer = await RawPeer.dial(own ? port : (http.address() as AddressInfo).port);
      peer.write(upgradeRequest());
      await until(() => seen.length === 1, "the question");
      const closed = server.close();
      assert.match(await within(1000, peer.head(), "the refusal"), /^HTTP\/1\.1 503 /);
      assert.deepEqual([seen[0]?.aborted, seen[0]?.reason], [true, "cancelled"]);
      await peer.gone();
      await within(1000, closed, "the close");
    });
  }
});
