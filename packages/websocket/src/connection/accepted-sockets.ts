import { channel } from "node:diagnostics_channel";
import { type Server, Socket } from "node:net";
import { readBuffer } from "../frame/read-buffer.ts";
import type { ReadCallback } from "./shared-read.ts";

/** What this file touches of a server, */
interface CountingServer extends Server {
  _connections: number;
}

/** of the handle that it listens with, */
interface ListeningHandle {
  onconnection: (this: ListeningHandle, error: unknown, handle: unknown) => void;
}

/** of the handle of a connection, */
interface ConnectionHandle {
  setNoDelay(on: boolean): void;
}

/** and of its socket. */
interface ServedSocket extends Socket {
  server: Server | null;
  _server: Server | null;
}

/** Node tells those who listen here of every socket that comes to a server. */
const arrivals = channel("net.server.socket");

/**
 * Has the sockets that a listening server accepts be made here, read into the shared buffer from the start, and given to
 * `take`, in place of 'connection'. Returns whether it could be done: when not, nothing is changed.
 *
 * They are ordinary sockets of `node:net`; only the options they are made with are not the server's own. Those lack fields
 * that the constructor then adds to a copy of them, which takes longer than all else about a socket, and `onread` cannot
 * be among them. Whatever is not plain is left to the server: docs/decisions/0006-plain-upgrades.md.
 */
export function acceptSockets(server: Server, callback: ReadCallback<Socket>, take: (socket: Socket) => void): boolean {
  const listening: unknown = Reflect.get(server, "_handle");
  if (!counts(server) || !isListening(listening) || !isServed(new Socket())) return false;
  const former = listening.onconnection;
  listening.onconnection = function (error, handle) {
    if (error || isLimited(server) || !isConnection(handle)) former.call(this, error, handle);
    else take(serve(server, makeSocket(handle, callback)));
  };
  return true;
}

function counts(server: Server): server is CountingServer {
  return typeof Reflect.get(server, "_connections") === "number";
}

/** Most servers have no limit; 0 is one, though not for Node 20. */
function isLimited({ maxConnections }: { readonly maxConnections?: number }): boolean {
  return maxConnections !== undefined;
}

/** libuv's own: that of a worker of a cluster is none. */
function isListening(handle: unknown): handle is ListeningHandle {
  if (typeof handle !== "object" || handle === null) return false;
  const accept: unknown = Reflect.get(handle, "onconnection");
  return handle.constructor.name === "TCP" && typeof accept === "function" && accept.name === "onconnection";
}

function isConnection(handle: unknown): handle is ConnectionHandle {
  if (typeof handle !== "object" || handle === null) return false;
  return "useUserBuffer" in handle && "setNoDelay" in handle;
}

function isServed(socket: Socket): socket is ServedSocket {
  return "_server" in socket;
}

function makeSocket(handle: ConnectionHandle, callback: ReadCallback<Socket>): Socket {
  const onread = { buffer: readBuffer(), callback };
  // The last three are what the constructor would add.
  const options = {
    handle,
    onread,
    allowHalfOpen: true,
    noDelay: true,
    readable: true,
    writable: true,
    emitClose: false,
    autoDestroy: true,
    decodeStrings: false,
  };
  const socket = new Socket(options);
  // The option is for connections that are still to be made.
  handle.setNoDelay(true);
  return socket;
}

/** A server counts its sockets, and is closed when they are. */
function serve(server: CountingServer, socket: Socket): Socket {
  if (isServed(socket)) {
    socket.server = server;
    socket._server = server;
    server._connections++;
  }
  if (arrivals.hasSubscribers) arrivals.publish({ socket });
  return socket;
}
