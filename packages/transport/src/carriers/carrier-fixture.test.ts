// What the tests of carriers share: a server that makes a carrier of every request, over HTTP/1.1 and HTTP/2, and clients
// that read, stop reading or leave. It holds no test of its own.
import http, { type ServerResponse } from "node:http";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import type { Readable } from "node:stream";
import type { TestContext } from "node:test";
import { Inbox, until, within } from "../harness.test.ts";
import type { Carrier, CarrierSink } from "../lossless/carrier.ts";
import { OutgoingPacket } from "../packet/outgoing-packet.ts";

/** A carrier as its session would see it: the calls it made, one word each. */
export class Attached implements CarrierSink {
  readonly carrier: Carrier;
  readonly response: ServerResponse;
  readonly calls: string[] = [];

  constructor(carrier: Carrier, response: ServerResponse) {
    this.carrier = carrier;
    this.response = response;
    carrier.sink = this;
  }

  ready(): void {
    this.calls.push("ready");
  }

  gone(how: string): void {
    this.calls.push(how);
  }

  packet(): void {
    this.calls.push("packet");
  }

  refused(): void {
    this.calls.push("refused");
  }
}

/** An answer while it comes. */
export interface Incoming {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | number | undefined>>;
  /** What has come so far. */
  readonly text: () => string;
  /** True when the answer is complete; false when it broke off. */
  readonly ended: Promise<boolean>;
  stop(): void;
  go(): void;
  leave(): void;
}

export type HttpVersion = "HTTP/1.1" | "HTTP/2";

export interface CarrierFixture {
  readonly attached: Inbox<Attached>;
  get(): Promise<Incoming>;
}

/** A server whose requests become carriers; it ends with the test. */
export async function serveCarriers(
  context: TestContext,
  version: HttpVersion,
  make: (response: ServerResponse) => Carrier,
): Promise<CarrierFixture> {
  const attached = new Inbox<Attached>();
  const take = (response: ServerResponse): void => attached.put(new Attached(make(response), response));
  if (version === "HTTP/1.1") {
    const server = http.createServer((_, response) => take(response));
    const port = await listen(server);
    context.after(() => {
      server.closeAllConnections();
      server.close();
    });
    return { attached, get: () => getHttp1(port) };
  }
  // What applications hand over is typed as a response of node:http; the compatibility API promises to be like one.
  const server = http2.createServer((_, response) => take(response as unknown as ServerResponse));
  const sessions: http2.Http2Session[] = [];
  server.on("session", (session) => sessions.push(session));
  const port = await listen(server);
  context.after(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return { attached, get: () => getHttp2(port) };
}

function listen(server: http.Server | http2.Http2Server): Promise<number> {
  // It listens on TCP, where an address is one with a port.
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)));
}

function getHttp1(port: number): Promise<Incoming> {
  const answered = new Promise<Incoming>((resolve, reject) => {
    const request = http.get({ port, host: "127.0.0.1", agent: false }, (response) => {
      const { statusCode: status = 0, headers } = response;
      resolve(incoming(response, status, headers, () => request.destroy()));
    });
    request.on("error", reject);
  });
  return within(answered, "an answer");
}

function getHttp2(port: number): Promise<Incoming> {
  const answered = new Promise<Incoming>((resolve, reject) => {
    const session = http2.connect(`http://127.0.0.1:${port}`);
    session.on("error", reject);
    const stream = session.request({ ":path": "/" });
    stream.on("error", reject);
    stream.once("close", () => session.destroy());
    stream.once("response", (headers) => {
      resolve(incoming(stream, headers[":status"] ?? 0, headers, () => stream.close(http2.constants.NGHTTP2_CANCEL)));
    });
  });
  return within(answered, "an answer");
}

function incoming(body: Readable, status: number, headers: Incoming["headers"], leave: () => void): Incoming {
  const chunks: Buffer[] = [];
  body.on("data", (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<boolean>((resolve) => {
    body.once("end", () => resolve(true));
    body.once("close", () => resolve(false));
    body.on("error", () => resolve(false));
  });
  return {
    status,
    headers,
    text: () => Buffer.concat(chunks).toString(),
    ended: within(ended, "the end of an answer"),
    stop: () => body.pause(),
    go: () => body.resume(),
    leave,
  };
}

/** How long a stream must have stayed full before its reader counts as stopped: the network drains by fits and starts. */
const STUCK_MS = 50;

/** Sends until the reader's and the network's buffers are full; the packets it took. */
export async function fill(carrier: Carrier): Promise<number> {
  const packet = OutgoingPacket.message("x".repeat(65_536));
  let sent = 0;
  let since = performance.now();
  while (performance.now() - since < STUCK_MS) {
    if (carrier.writable) {
      carrier.send([packet]);
      sent += 1;
      since = performance.now();
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  return sent;
}

/** Waits until the client has so many characters or more of the answer. */
export async function received(answer: Incoming, length: number): Promise<string> {
  await until(() => answer.text().length >= length, `${length} characters`);
  return answer.text();
}

/** Numbers between 0 and 1, the same ones for the same seed. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const UNITS = ["\\", "\n", "\r", "n", '"', "'", "<", ">", "/", "!", "-", "&", "+", "=", "%", "\0", "\t", " ", "\x1e"];
const MORE = ["\u2028", "\u2029", "\ufeff", "é", "€", "😀", "</script>", "<!--", "]]>", "data:", "\\n", "\r\n", "$"];

/** A text of up to 40 of the characters that some form must treat with care. */
export function awkwardText(next: () => number): string {
  const units = [...UNITS, ...MORE];
  let text = "";
  for (let count = Math.floor(next() * 40); count > 0; count -= 1) {
    text += units[Math.floor(next() * units.length)] ?? "";
  }
  return text;
}
