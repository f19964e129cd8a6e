/** Real peers for the tests: servers of node:http and node:net, clients of both, and a wait with a deadline. */
import assert from "node:assert/strict";
import { once } from "node:events";
import {
  Agent,
  createServer as createHttpServer,
  type Server as HttpServer,
  type IncomingHttpHeaders,
  type RequestListener,
  request,
} from "node:http";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { FaultProxy, type FaultProxyOptions } from "./fault-proxy.ts";

export type Options = Omit<FaultProxyOptions, "target">;

/** Until the condition holds; fails after five seconds. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!holds()) {
    assert.ok(performance.now() < deadline, `waited in vain: ${what}`);
    await delay(2);
  }
}

export async function proxyTo(t: TestContext, server: Server | HttpServer, options: Options = {}): Promise<FaultProxy> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // a TCP server that listens
  const proxy = await FaultProxy.start({ seed: 1, ...options, target: { host: "127.0.0.1", port } });
  t.after(async () => {
    await proxy.close();
    if ("closeAllConnections" in server) server.closeAllConnections();
    server.close();
  });
  return proxy;
}

export function httpProxy(t: TestContext, handler: RequestListener, options?: Options): Promise<FaultProxy> {
  return proxyTo(t, createHttpServer(handler), options);
}

/** A server that sends back what it gets; `sockets` are its connections. */
export async function echoProxy(t: TestContext, options?: Options): Promise<{ proxy: FaultProxy; sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.pipe(socket);
  });
  t.after(() => sockets.forEach((socket) => void socket.destroy()));
  return { proxy: await proxyTo(t, server, options), sockets };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The body was not complete. */
  readonly isCut: boolean;
}

export interface Ask {
  readonly method?: string;
  readonly body?: string | readonly string[];
  readonly headers?: Record<string, string>;
  readonly agent?: Agent;
}

/** One request. Rejects when there is no answer at all. */
export function ask(
  proxy: FaultProxy,
  path: string,
  { method = "GET", body, headers = {}, agent }: Ask = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const client = request(`${proxy.url}${path}`, { method, headers, agent: agent ?? new Agent() }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.on("error", () => {});
      response.on("close", () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text, isCut: !response.complete });
      });
    });
    client.on("error", reject);
    for (const part of typeof body === "string" ? [body] : (body ?? [])) client.write(part);
    client.end();
  });
}

/** A client that shows what a socket sees. */
export class RawClient {
  readonly socket: Socket;
  readonly segments: Buffer[] = [];
  /** How the other side ended it: an orderly end, or an error's code. */
  ended: string | undefined;
  isClosed = false;

  constructor(t: TestContext, proxy: FaultProxy) {
    this.socket = connect({ port: proxy.port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    t.after(() => this.socket.destroy());
    this.socket.on("data", (segment: Buffer) => this.segments.push(segment));
    this.socket.on("end", () => {
      this.ended ??= "fin";
    });
    this.socket.on("error", (error: NodeJS.ErrnoException) => {
      this.ended = error.code ?? "error";
    });
    this.socket.on("close", () => {
      this.isClosed = true;
    });
  }

  get text(): string {
    return Buffer.concat(this.segments).toString("latin1");
  }

  get length(): number {
    return this.segments.reduce((sum, { length }) => sum + length, 0);
  }

  async receives(text: string): Promise<void> {
    await until(`${JSON.stringify(text)} in ${JSON.stringify(this.text)}`, () => this.text.includes(text));
  }

  async isEnded(how: string): Promise<void> {
    await until(`an end by ${how}`, () => this.ended !== undefined);
    assert.equal(this.ended, how);
  }
}

export async function closeAll(...sockets: Socket[]): Promise<void> {
  for (const socket of sockets) socket.destroy();
  await until("sockets closed", () => sockets.every(({ closed }) => closed));
}

/** The details of that fault in the log. */
export function told(proxy: FaultProxy, fault: string): string[] {
  return proxy.log.filter((entry) => entry.fault === fault).map(({ detail }) => detail);
}
