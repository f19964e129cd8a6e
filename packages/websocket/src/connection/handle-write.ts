import { Socket } from "node:net";
import { Duplex } from "node:stream";
import { getSystemErrorName } from "node:util";

/** Node's object for one write, by which a handle tells of the end of what it could not write at once. */
interface WriteRequest {
  /** Of an object without anything native behind it, as one is that no handle has kept: {@link NOTHING_NATIVE}. */
  getAsyncId(): number;
  /** Keeps the bytes alive that are still to be written. */
  buffer?: Buffer;
  oncomplete?: (status: number) => void;
}

/** What this file touches of a socket's handle. */
interface WritingHandle {
  getAsyncId(): number;
  /** Returns a system error, or 0. It keeps the request when not all bytes could be written at once, else it does not. */
  writeBuffer(request: WriteRequest, bytes: Buffer): number;
}

interface HandledSocket extends Socket {
  readonly _handle: unknown;
}

type RequestClass = new () => WriteRequest;

const NOTHING_NATIVE = -1;

/** libuv's streams. */
const HANDLES: ReadonlySet<string> = new Set(["TCP", "Pipe"]);

/** What is known of the classes of handles. */
const judged = new Map<unknown, boolean>();

/** The class that was found to be as expected last: mostly there is one. */
let trusted: unknown;

/** `null`: Node is not as expected. */
let requestClass: RequestClass | null | undefined;

/** For the next write, of whatever socket: hardly any write keeps it. */
let request: WriteRequest | undefined;

/**
 * Writes to a socket past its Writable, which must have nothing to write. Returns whether the socket wants more, as
 * `write` does, or `undefined` when nothing was done: then `write` is to be called.
 *
 * What the operating system does not take at once is from then on the Writable's, as if it had been given to `write`:
 * it counts in `writableLength`, 'drain' and errors come as always. See docs/decisions/0009-writing-at-the-handle.md.
 */
export function writeAtHandle(socket: Duplex, bytes: Buffer): boolean | undefined {
  // Whoever has put another `write` in place, to count or to trace, is to see every byte.
  if (!isHandled(socket) || socket.write !== Duplex.prototype.write) return undefined;
  if (socket.writableLength > 0 || socket.writableCorked > 0) return undefined;
  const handle = socket._handle;
  if (!isTrusted(handle)) return undefined;
  const used = request ?? newRequest();
  if (used === undefined) return undefined;
  const status = handle.writeBuffer(used, bytes);
  if (status === 0 && used.getAsyncId() === NOTHING_NATIVE) {
    request = used;
    return true;
  }
  request = undefined;
  if (status === 0) return handOver(socket, bytes, used);
  socket.destroy(writeError(status));
  return true;
}

function isHandled(socket: Duplex): socket is HandledSocket {
  return socket.constructor === Socket;
}

function isTrusted(handle: unknown): handle is WritingHandle {
  if (typeof handle !== "object" || handle === null) return false;
  return handle.constructor === trusted || judge(handle);
}

function judge(handle: object): boolean {
  const known = judged.get(handle.constructor);
  const good = known ?? isAsExpected(handle);
  judged.set(handle.constructor, good);
  if (good) trusted = handle.constructor;
  return good;
}

/** A request that is taken for free while a handle has it would end the process: how that is told is tried beforehand. */
function isAsExpected(handle: object): boolean {
  if (!HANDLES.has(handle.constructor.name)) return false;
  if (!("writeBuffer" in handle && typeof handle.writeBuffer === "function")) return false;
  if (!("getAsyncId" in handle && typeof handle.getAsyncId === "function")) return false;
  const free = newRequest();
  return free?.getAsyncId === handle.getAsyncId && free.getAsyncId() === NOTHING_NATIVE && handle.getAsyncId() > 0;
}

function newRequest(): WriteRequest | undefined {
  requestClass ??= findRequestClass() ?? null;
  return requestClass === null ? undefined : new requestClass();
}

/** @internal Node does not export the class; every handle gets an object of it, also one that is only made up. */
export function findRequestClass(): RequestClass | undefined {
  let given: unknown;
  const handle = {
    writeBuffer(first: unknown): number {
      given = first;
      return 0;
    },
  };
  const options = { handle, readable: false };
  try {
    new Socket(options).on("error", () => {}).write(Buffer.alloc(1));
    return isRequest(given) ? given.constructor : undefined;
  } catch {
    return undefined;
  }
}

function isRequest(given: unknown): given is WriteRequest & { readonly constructor: RequestClass } {
  if (typeof given !== "object" || given === null || given.constructor.name !== "WriteWrap") return false;
  return "getAsyncId" in given && typeof given.getAsyncId === "function";
}

/** Has the Writable begin a write of these bytes, which is the one that the handle is doing already. */
function handOver(socket: Socket, bytes: Buffer, used: WriteRequest): boolean {
  let finish: ((error: Error | null) => void) | undefined;
  used.buffer = bytes;
  used.oncomplete = (status) => finish?.(status < 0 && !socket.destroyed ? writeError(status) : null);
  socket._write = (_bytes, _encoding, callback) => {
    finish = callback;
  };
  const more = socket.write(bytes);
  // The method of the class is there again.
  Reflect.deleteProperty(socket, "_write");
  // Never seen: nobody could tell when the bytes are written, and they must not be written twice.
  if (finish === undefined) socket.destroy();
  return more;
}

function writeError(status: number): Error {
  const code = getSystemErrorName(status);
  return Object.assign(new Error(`write ${code}`), { errno: status, code, syscall: "write" });
}
