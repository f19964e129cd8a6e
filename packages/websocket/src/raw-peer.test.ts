import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { createConnection, type Socket } from "node:net";
import { after } from "node:test";
import type { Connection } from "./connection/connection.ts";
import type { ConnectionHandler } from "./connection/connection-handler.ts";
import { HandshakeFailure } from "./failures.ts";
import { type AcceptOptions, acceptUpgrade } from "./handshake/accept.ts";

// What the tests of this package share: a peer that speaks plain TCP and may break every rule, and a server to break.

/** How to close what the tests of a file have opened. A test that fails leaves its own behind, which must not keep the run waiting. */
const opened = new Set<() => unknown>();

/** Calls `close` after the tests of this file; also when it has been called before. */
export function closeAfterTests(close: () => unknown): void {
  opened.add(close);
}

after(() => {
  for (const close of opened) close();
});

/** Fails when `promise` takes longer than `ms`. */
export async function within<T>(ms: number, promise: Promise<T>, what = "the awaited thing"): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not happen within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits until `condition` holds, looking at it every few milliseconds. */
export async function until(condition: () => boolean, what: string, ms = 5000): Promise<void> {
  const end = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`${what} did not happen within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** A generator of numbers in [0, 1) that a seed decides. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export interface RawFrame {
  readonly fin?: boolean;
  readonly reserved?: number;
  readonly opcode: number;
  readonly payload?: string | Uint8Array;
  /** `undefined`: not masked. */
  readonly mask?: readonly [number, number, number, number] | undefined;
  /** The length to declare, when it is not the payload's. */
  readonly declared?: bigint;
  /** The form of the length: 7, 16 or 64 bits; the shortest by default. */
  readonly lengthBits?: 7 | 16 | 64;
}

const MASK = [0x37, 0xfa, 0x21, 0x3d] as const;

/** The bytes of a frame, right or wrong. An encoder of its own: what is tested is not used to test. */
export function rawFrame(frame: RawFrame): Buffer {
  const payload = Buffer.from(frame.payload ?? "");
  const mask = "mask" in frame ? frame.mask : MASK;
  const declared = frame.declared ?? BigInt(payload.length);
  const bits = frame.lengthBits ?? (declared < 126n ? 7 : declared < 65536n ? 16 : 64);
  const first = (frame.fin === false ? 0 : 0x80) | ((frame.reserved ?? 0) << 4) | frame.opcode;
  const short = bits === 7 ? Number(declared) : bits === 16 ? 126 : 127;
  const length = Buffer.alloc(bits === 7 ? 0 : bits / 8);
  if (bits === 16) length.writeUInt16BE(Number(declared));
  if (bits === 64) length.writeBigUInt64BE(declared);
  const header = Buffer.from([first, short | (mask === undefined ? 0 : 0x80)]);
  const masked = mask === undefined ? payload : payload.map((byte, at) => byte ^ (mask[at % 4] ?? 0));
  return Buffer.concat([header, length, Buffer.from(mask ?? []), masked]);
}

export interface ReceivedFrame {
  readonly fin: boolean;
  readonly opcode: number;
  readonly payload: Buffer;
}

/** A TCP socket and what came out of it. */
export class RawPeer {
  readonly socket: Socket;
  received: Buffer = Buffer.alloc(0);
  ended = false;
  closed = false;

  constructor(socket: Socket) {
    this.socket = socket;
    closeAfterTests(() => socket.destroy());
    socket.on("data", (chunk) => {
      this.received = Buffer.concat([this.received, chunk]);
    });
    socket.on("end", () => {
      this.ended = true;
    });
    socket.on("close", () => {
      this.closed = true;
    });
    socket.on("error", () => {});
  }

  static async dial(port: number, allowHalfOpen = false): Promise<RawPeer> {
    const socket = createConnection({ port, host: "127.0.0.1", allowHalfOpen, noDelay: true });
    await once(socket, "connect");
    return new RawPeer(socket);
  }

  /** Dials and upgrades. `after` is sent in the same segment as the request. */
  static async open(port: number, after: Buffer = Buffer.alloc(0), allowHalfOpen = false): Promise<RawPeer> {
    const peer = await RawPeer.dial(port, allowHalfOpen);
    peer.socket.write(Buffer.concat([Buffer.from(upgradeRequest()), after]));
    const head = await peer.head();
    if (!head.startsWith("HTTP/1.1 101 ")) throw new Error(`not upgraded: ${head}`);
    return peer;
  }

  write(bytes: Uint8Array | string): void {
    this.socket.write(bytes);
  }

  frame(frame: RawFrame): void {
    this.write(rawFrame(frame));
  }

  /** The head of an HTTP answer, taken out of what was received. */
  async head(): Promise<string> {
    await until(() => this.received.includes("\r\n\r\n") || this.closed, "an answer");
    const end = this.received.indexOf("\r\n\r\n") + 4;
    const head = this.received.subarray(0, end).toString("latin1");
    this.received = this.received.subarray(end);
    return head;
  }

  /** Takes the next frame of a server out of what was received. */
  async next(ms = 5000): Promise<ReceivedFrame> {
    let frame = this.#take();
    const arrived = (): boolean => {
      frame ??= this.#take();
      return frame !== undefined || this.closed;
    };
    await until(arrived, "a frame", ms);
    if (frame === undefined) throw new Error("closed without a frame");
    return frame;
  }

  /** The code of the close frame that comes, other frames passed over; 0 when the socket is closed without one. */
  async closeCode(ms = 5000): Promise<number> {
    for (;;) {
      try {
        const { opcode, payload } = await this.next(ms);
        if (opcode === 8) return payload.length < 2 ? 1005 : payload.readUInt16BE(0);
      } catch (error) {
        if (this.closed) return 0;
        throw error;
      }
    }
  }

  async gone(ms = 5000): Promise<void> {
    await until(() => this.closed, "the end of the TCP connection", ms);
  }

  #take(): ReceivedFrame | undefined {
    const bytes = this.received;
    if (bytes.length < 2) return undefined;
    const short = (bytes[1] ?? 0) & 0x7f;
    const start = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (bytes.length < start) return undefined;
    const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    if (bytes.length < start + length) return undefined;
    this.received = bytes.subarray(start + length);
    const first = bytes[0] ?? 0;
    return { fin: first >= 0x80, opcode: first & 15, payload: bytes.subarray(start, start + length) };
  }
}

/** An upgrade request; a header given as `undefined` is left out, others are added or replaced. */
export function upgradeRequest(headers: Record<string, string | undefined> = {}, line = "GET / HTTP/1.1"): string {
  const all: Record<string, string | undefined> = {
    Host: "127.0.0.1",
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
  return `${[line, ...lines].join("\r\n")}\r\n\r\n`;
}

export interface EchoServer {
  readonly port: number;
  readonly connections: Connection[];
  readonly messages: (string | Buffer)[];
  readonly closes: { code: number; reason: string }[];
  close(): Promise<void>;
}

export interface EchoOptions extends AcceptOptions {
  /** What becomes of a connection, instead of the echo. */
  readonly onConnection?: (connection: Connection, request: IncomingMessage) => ConnectionHandler;
}

/** A server of bare connections that sends back every message and notes what it hears. */
export async function echoServer({ onConnection, ...options }: EchoOptions = {}): Promise<EchoServer> {
  const connections: Connection[] = [];
  const messages: (string | Buffer)[] = [];
  const closes: { code: number; reason: string }[] = [];
  const echo = (connection: Connection): ConnectionHandler => ({
    message: (data) => {
      messages.push(data);
      connection.send(data);
    },
    close: (code, reason) => closes.push({ code, reason }),
  });
  const http = createServer();
  http.on("upgrade", (request, socket, head) => {
    const connection = acceptUpgrade(request, socket, head, options);
    if (connection instanceof HandshakeFailure) return;
    connections.push(connection);
    connection.start(onConnection?.(connection, request) ?? echo(connection));
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const close = async (): Promise<void> => {
    for (const connection of connections) connection.terminate();
    if (!http.listening) return;
    const closed = once(http, "close");
    http.close();
    http.closeAllConnections();
    await closed;
  };
  closeAfterTests(close);
  const address = http.address();
  const port = address === null || typeof address === "string" ? 0 : address.port;
  return { port, connections, messages, closes, close };
}
