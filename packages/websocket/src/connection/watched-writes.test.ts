import assert from "node:assert/strict";
import { Socket } from "node:net";

// What the tests of writing share.

/** What libuv says of a write to a peer that is gone. */
export const EPIPE: number = -32;

/** How many writes sockets were asked for by their Writable. */
const written = new WeakMap<object, number>();
const { _write } = Socket.prototype;
Socket.prototype._write = function count(this: Socket, ...given: Parameters<typeof _write>): void {
  written.set(this, (written.get(this) ?? 0) + 1);
  _write.apply(this, given);
};
/** How often a socket's Writable has written. */
export function writesOf(socket: object): number {
  return written.get(socket) ?? 0;
}

/** Bytes that say where in a stream they belong. */
export function numbered(from: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at + 4 <= length; at += 4) bytes.writeUInt32LE(from + at, at);
  return bytes;
}

/** Has the handle of a socket say something else. */
export function answering(socket: Socket, name: string, value: unknown): void {
  const handle: unknown = Reflect.get(socket, "_handle");
  assert.ok(typeof handle === "object" && handle !== null);
  Object.defineProperty(handle, name, { value });
}
