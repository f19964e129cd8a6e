import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { readBuffer } from "../frame/read-buffer.ts";

/** Called for each read, on the socket, with the shared buffer and how much of it is new. */
export type ReadCallback<S extends Duplex> = (this: S, length: number, buffer: Buffer) => void;

/** Where a socket made with the option `onread` of `node:net` keeps its buffer and its callback. */
interface Slots {
  readonly buffer: symbol;
  readonly callback: symbol;
}

/** What this file touches of a socket's handle. */
interface UserBufferHandle {
  useUserBuffer(buffer: Buffer): void;
}

/** libuv's streams. TLS and whatever else looks like a socket keeps its own way of reading. */
const HANDLES: ReadonlySet<string> = new Set(["TCP", "Pipe"]);

let slots: Slots | undefined;

/**
 * Has everything that comes on an open socket from now on read into one buffer of the process, as if the socket had
 * been made with `onread`. Bytes that it has read before still come as 'data'; pause, resume, 'end' and errors are as
 * always. Returns whether it could be done: when not, bytes come as 'data' all the time.
 *
 * A 'data' event costs a buffer of 64 KiB from the allocator and the whole way through the Readable: without it
 * echoes of 64 bytes gain a sixth for the same CPU. Sockets that an HTTP server makes cannot be given the option, so it is applied
 * to them afterwards: docs/decisions/0005-shared-read-buffer.md.
 */
export function readShared<S extends Duplex>(socket: S, callback: ReadCallback<S>): boolean {
  if (socket.constructor !== Socket) return false;
  const handle: unknown = Reflect.get(socket, "_handle");
  if (!takesBuffer(handle)) return false;
  slots ??= findSlots(socket);
  if (slots === undefined) return false;
  const present: unknown = Reflect.get(socket, slots.buffer);
  if (present !== null) return false;
  const buffer = readBuffer();
  Reflect.set(socket, slots.buffer, buffer);
  Reflect.set(socket, slots.callback, callback);
  handle.useUserBuffer(buffer);
  return true;
}

function takesBuffer(handle: unknown): handle is UserBufferHandle {
  if (typeof handle !== "object" || handle === null) return false;
  return HANDLES.has(handle.constructor.name) && typeof Reflect.get(handle, "useUserBuffer") === "function";
}

/** Every socket has the slots; they are empty without the option. */
function findSlots(socket: Duplex): Slots | undefined {
  const symbols = Object.getOwnPropertySymbols(socket);
  const buffer = symbols.find((symbol) => symbol.description === "kBuffer");
  const callback = symbols.find((symbol) => symbol.description === "kBufferCb");
  return buffer === undefined || callback === undefined ? undefined : { buffer, callback };
}
