import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { readBuffer } from "../frame/read-buffer.ts";

/** Called for each read, on the socket, with the shared buffer and how much of it is new; `false` stops the reading. */
export type ReadCallback<S extends Duplex> = (this: S, length: number, buffer: Buffer) => unknown;

/** Where a socket made with the option `onread` of `node:net` keeps its buffer and its callback. */
interface Slots {
  readonly buffer: symbol;
  readonly callback: symbol;
}

/** What this file touches of a socket's handle. */
interface UserBufferHandle {
  useUserBuffer(buffer: Buffer): void;
}

/** libuv's streams: the event loop alone has them read, so that one read is over before the next begins. */
const STREAMS: ReadonlySet<string> = new Set(["TCP", "Pipe"]);

/** Node's own sockets, and their handles. Whatever else looks like a socket keeps its own way of reading. */
const HANDLES: ReadonlyMap<unknown, ReadonlySet<string>> = new Map([
  [Socket, STREAMS],
  [TLSSocket, new Set(["TLSWrap"])],
]);

let slots: Slots | undefined;

/** Whether a socket's reads are shared: not at all, from now on, or already, by an earlier call. */
export type SharedReading = false | "begun" | "already";

/**
 * Has everything that comes on an open socket from now on read into one buffer of the process, as if the socket had
 * been made with `onread`; a later call changes who is called. Bytes that it has read before still come as 'data'; pause,
 * resume, 'end' and errors are as always, but for {@link waitsInStream}. When it cannot be done, bytes come as 'data' all the time.
 *
 * A 'data' event costs a buffer of 64 KiB from the allocator and the whole way through the Readable: without it
 * echoes of 64 bytes gain a sixth for the same CPU. Sockets that an HTTP server makes cannot be given the option, so it is applied
 * to them afterwards: docs/decisions/0005-shared-read-buffer.md.
 */
export function readShared<S extends Duplex>(socket: S, callback: ReadCallback<S>): SharedReading {
  const handles = HANDLES.get(socket.constructor);
  if (handles === undefined) return false;
  slots ??= findSlots(socket);
  if (slots === undefined) return false;
  const buffer = readBuffer();
  const present: unknown = Reflect.get(socket, slots.buffer);
  if (present !== null && present !== buffer) return false;
  if (present === null) {
    const handle: unknown = Reflect.get(socket, "_handle");
    if (!takesBuffer(handle, handles)) return false;
    Reflect.set(socket, slots.buffer, buffer);
    handle.useUserBuffer(buffer);
  }
  Reflect.set(socket, slots.callback, callback);
  return present === null ? "begun" : "already";
}

/** Bytes that were read into the shared buffer go on into the stream, for those who know only that: a ReadCallback. */
export function pushRead(this: Duplex, length: number, buffer: Buffer): boolean {
  return this.push(Buffer.from(buffer.subarray(0, length)));
}

/**
 * Whether what was read has been put into the stream, to come as 'data' later: a TLS socket that is paused while it is read
 * goes on to the end of what it has decrypted. What cannot be taken now waits there, and what follows must not overtake it.
 */
export function waitsInStream(socket: Duplex, mustWait: boolean, length: number, buffer: Buffer): boolean {
  if (!(socket instanceof TLSSocket && (mustWait || socket.readableLength > 0))) return false;
  pushRead.call(socket, length, buffer);
  return true;
}

function takesBuffer(handle: unknown, handles: ReadonlySet<string>): handle is UserBufferHandle {
  if (typeof handle !== "object" || handle === null || !handles.has(handle.constructor.name)) return false;
  return typeof Reflect.get(handle, "useUserBuffer") === "function" && (handles === STREAMS || isOverStream(handle));
}

/** A stream that TLS gets from a Duplex may bring bytes at any time, also while those of another socket are being parsed. */
function isOverStream(handle: object): boolean {
  const below: unknown = Reflect.get(handle, "_parent");
  return typeof below === "object" && below !== null && STREAMS.has(below.constructor.name);
}

/** Every socket has the slots; they are empty without the option. */
function findSlots(socket: Duplex): Slots | undefined {
  const symbols = Object.getOwnPropertySymbols(socket);
  const buffer = symbols.find((symbol) => symbol.description === "kBuffer");
  const callback = symbols.find((symbol) => symbol.description === "kBufferCb");
  return buffer === undefined || callback === undefined ? undefined : { buffer, callback };
}
