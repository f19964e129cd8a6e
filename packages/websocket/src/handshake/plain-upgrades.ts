import { IncomingMessage, type Server } from "node:http";
import type { Socket } from "node:net";
import { acceptSockets } from "../connection/accepted-sockets.ts";
import { deadlines, WheelMember } from "../connection/deadline-wheel.ts";
import { pushRead, readShared } from "../connection/shared-read.ts";
import { disown, type OwnedSocket, own, ownerOf, type SocketOwner } from "../connection/socket-owner.ts";
import { type RequestHead, readRequestHead } from "../header/request-head.ts";

const TOO_LATE = "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n";
const EMPTY = Buffer.alloc(0);

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
  const door = new Door(server, take);
  const enter = (socket: Socket): void => door.enter(new Newcomer(socket, door), timeout);
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    Newcomer.read(socket);
    enter(socket);
  });
  server.on("listening", () => acceptSockets(server, Newcomer.listeners.read, enter));
  // Node's parser has read a whole head: from here on what happens is up to the one who answers.
  server.prependListener("request", ({ socket }) => door.leave(socket));
  server.prependListener("upgrade", ({ socket }) => door.leave(socket));
  return () => door.close();
}

/** Where connections arrive, and go on as WebSockets or to Node's HTTP. */
class Door {
  readonly #server: Server;
  readonly #parsers: readonly unknown[];
  readonly #take: (request: IncomingMessage, socket: Socket, head: Buffer) => void;
  /** Who has connected and not sent a whole request yet. */
  readonly #newcomers = new Set<Newcomer>();
  /** Those of them that Node's HTTP reads. */
  readonly #passed = new Map<Socket, Newcomer>();

  constructor(server: Server, take: (request: IncomingMessage, socket: Socket, head: Buffer) => void) {
    this.#server = server;
    this.#parsers = server.listeners("connection");
    this.#take = take;
  }

  enter(newcomer: Newcomer, timeout: number): void {
    this.#newcomers.add(newcomer);
    deadlines.renew(newcomer, timeout);
  }

  /** The first bytes have come. Returns whether they were taken: then the newcomer is one no longer. */
  admit(newcomer: Newcomer, chunk: Buffer, length: number): boolean {
    const head = readRequestHead(chunk, length);
    if (head === undefined) return false;
    this.forget(newcomer);
    const rest = head.length === length ? EMPTY : Buffer.from(chunk.subarray(head.length, length));
    this.#take(requestOf(newcomer.socket, head), newcomer.socket, rest);
    return true;
  }

  /** What begins with these bytes is for Node to read. */
  pass(newcomer: Newcomer, first: Buffer): void {
    const { socket } = newcomer;
    this.#passed.set(socket, newcomer);
    socket.once("close", () => this.leave(socket));
    socket.pause().unshift(first);
    for (const parse of this.#parsers) if (typeof parse === "function") parse.call(this.#server, socket);
    socket.resume();
  }

  /** Its request has come, or it is gone. */
  forget(newcomer: Newcomer): void {
    this.#newcomers.delete(newcomer);
    deadlines.remove(newcomer);
  }

  /** The same for one whom Node reads. */
  leave(socket: Socket): void {
    const newcomer = this.#passed.get(socket);
    if (newcomer === undefined) return;
    this.#passed.delete(socket);
    this.forget(newcomer);
  }

  close(): void {
    for (const { socket } of this.#newcomers) socket.destroy();
  }
}

/** A connection of which nothing is known yet. It is its own deadline. */
class Newcomer extends WheelMember implements SocketOwner {
  readonly socket: Socket;
  readonly #door: Door;
  #taken = false;

  constructor(socket: Socket, door: Door) {
    super();
    this.socket = socket;
    this.#door = door;
    own(socket, this);
  }

  /** Has a newcomer's first bytes read. */
  static read(socket: Socket): void {
    const { read, data } = Newcomer.listeners;
    if (readShared<OwnedSocket>(socket, read) === false) socket.on("data", data);
  }

  static readonly listeners = {
    /** Once the newcomer was taken, bytes wait in the stream for whoever has it then. */
    read(this: OwnedSocket, length: number, buffer: Buffer): boolean {
      const newcomer = ownerOf(this);
      if (!(newcomer instanceof Newcomer) || newcomer.#taken) return pushRead.call(this, length, buffer);
      newcomer.#received(buffer, length);
      return true;
    },
    data(this: OwnedSocket, chunk: Buffer): void {
      this.off("data", Newcomer.listeners.data).pause();
      const newcomer = ownerOf(this);
      if (newcomer instanceof Newcomer) newcomer.#received(chunk, chunk.length);
    },
  };

  #received(chunk: Buffer, length: number): void {
    this.#taken = true;
    if (this.#door.admit(this, chunk, length)) return;
    disown(this.socket);
    readShared(this.socket, pushRead);
    this.#door.pass(this, Buffer.from(chunk.subarray(0, length)));
  }

  /** @internal */
  socketEnded(): void {
    if (!this.#taken) this.socket.destroy();
  }

  /** @internal */
  socketDrained(): void {}

  /** @internal */
  socketClosed(): void {
    this.#door.forget(this);
  }

  /** @internal */
  timeUp(): void {
    if (this.socket.writable) this.socket.end(TOO_LATE);
    this.socket.destroySoon();
  }
}

/** It has no body, which Node says of a request for an upgrade before anybody asks. Hardly anybody does. */
class PlainRequest extends IncomingMessage {
  override _read(): void {
    this.push(null);
  }
}

function requestOf(socket: Socket, { url, rawHeaders, headers }: RequestHead): IncomingMessage {
  const request = new PlainRequest(socket);
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
