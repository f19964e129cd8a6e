import { IncomingMessage, type Server } from "node:http";
import type { Socket } from "node:net";
import { type Deadline, deadlines } from "../connection/deadline-wheel.ts";
import { type RequestHead, readRequestHead } from "../header/request-head.ts";

const TOO_LATE = "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n";

/**
 * Looks at the first bytes of each connection of an HTTP server that serves WebSockets alone. A plain, complete request
 * for a WebSocket is taken as it stands; every other connection goes on, untouched, to Node's own HTTP. What is taken is
 * spared a parser, a dozen listeners and what they leave on an idle socket: docs/decisions/0006-plain-upgrades.md.
 *
 * Who has not sent a whole request `timeout` after connecting gets 408 and is closed, however slowly its bytes drip.
 * Returns what closes all those whose request has not come.
 */
export function takePlainUpgrades(
  server: Server,
  timeout: number,
  take: (request: IncomingMessage, socket: Socket, head: Buffer) => void,
): () => void {
  /** Who has connected and not sent a whole request yet. */
  const newcomers = new Map<Socket, Deadline>();
  const parsers = server.listeners("connection");
  server.removeAllListeners("connection");
  const settle = (socket: Socket): void => {
    newcomers.get(socket)?.cancel();
    newcomers.delete(socket);
  };
  const settled = function (this: Socket): void {
    settle(this);
  };
  const ended = function (this: Socket): void {
    this.destroy();
  };
  const received = function (this: Socket, chunk: Buffer): void {
    this.off("data", received).off("end", ended);
    const head = readRequestHead(chunk);
    if (head !== undefined) {
      settle(this);
      this.off("close", settled).off("error", ignoreError).pause();
      take(requestOf(this, head), this, chunk.subarray(head.length));
      return;
    }
    this.off("error", ignoreError).pause().unshift(chunk);
    for (const parse of parsers) parse.call(server, this);
    this.resume();
  };
  server.on("connection", (socket: Socket) => {
    newcomers.set(socket, deadlines.set(timeout, refuseLate, socket));
    socket.on("data", received).on("end", ended).on("close", settled).on("error", ignoreError);
  });
  // Node's parser has read a whole head: from here on what happens is up to the one who answers.
  server.prependListener("request", ({ socket }) => settle(socket));
  server.prependListener("upgrade", ({ socket }) => settle(socket));
  return () => {
    for (const socket of newcomers.keys()) socket.destroy();
  };
}

function requestOf(socket: Socket, { url, rawHeaders, headers }: RequestHead): IncomingMessage {
  const request = new IncomingMessage(socket);
  request.method = "GET";
  request.url = url;
  request.httpVersionMajor = 1;
  request.httpVersionMinor = 1;
  request.httpVersion = "1.1";
  request.rawHeaders = rawHeaders;
  request.headers = headers;
  request.complete = true;
  return request;
}

function refuseLate(socket: Socket): void {
  if (socket.writable) socket.end(TOO_LATE);
  socket.destroySoon();
}

function ignoreError(): void {}
