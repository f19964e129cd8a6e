import { maskModule } from "./mask-module.ts";

/**
 * How much one read can bring where there is no mask module, which has room for as much. More brings little even to
 * messages of megabytes, and less stays in the cache between the read, the unmasking and the copy.
 */
const READ_BYTES = 65_536;

/** A read of fewer bytes is parsed at once, whatever others wait for: what an honest peer sends is mostly shorter. */
export const HEAVY_FROM: number = 4096;

let buffer: Buffer | undefined;

/**
 * The one buffer that all sockets of the process are read into, one after the other: what is in it is gone when the
 * event loop takes the next read. It lies in the memory of the mask module, where bytes are unmasked without being copied.
 */
export function readBuffer(): Buffer {
  buffer ??= maskModule()?.room ?? Buffer.allocUnsafeSlow(READ_BYTES);
  return buffer;
}

/** Whether these are the bytes of the {@link readBuffer}: what is to outlive the present call must be copied out of it. */
export function isReused(bytes: Uint8Array): boolean {
  return bytes === buffer;
}

/** Room for what was read and is to be parsed later; as much is used again as readers may hold at a time. */
const spares: Buffer[] = [];
const MOST_SPARES = 64;

/** Copies bytes out of a chunk that is about to be overwritten. */
export function holdBytes(chunk: Buffer, start: number, end: number): Buffer {
  const length = end - start;
  // A short rest must not keep a whole buffer from others.
  if (length * 2 < READ_BYTES || length > READ_BYTES) return Buffer.from(chunk.subarray(start, end));
  const room = spares.pop() ?? Buffer.allocUnsafeSlow(READ_BYTES);
  chunk.copy(room, 0, start, end);
  return room.subarray(0, length);
}

/** Puts held bytes where they were read into, so that they are parsed like any read; those that are too many stay. */
export function unholdBytes(held: Buffer): Buffer {
  const room = readBuffer();
  if (held.length > room.length) return held;
  held.copy(room);
  dropBytes(held);
  return room;
}

/** Takes back what {@link holdBytes} gave. */
export function dropBytes(held: Buffer): void {
  const { buffer, byteOffset, length } = held;
  const whole = byteOffset === 0 && buffer.byteLength === READ_BYTES && length * 2 >= READ_BYTES;
  if (whole && spares.length < MOST_SPARES) spares.push(Buffer.from(buffer));
}
