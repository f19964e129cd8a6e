import { maskModule } from "./mask-module.ts";

/**
 * How much one read can bring where there is no mask module, which has room for as much. More brings little even to
 * messages of megabytes, and less stays in the cache between the read, the unmasking and the copy.
 */
const READ_BYTES = 65_536;

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

let inUse = false;

/**
 * Says whether the bytes of the read buffer are being looked at, and returns what held before. Sockets are read one after
 * the other; a stream within the process may say 'data' while another connection's handler runs.
 */
export function useReadBuffer(use: boolean): boolean {
  const before = inUse;
  inUse = use;
  return before;
}

/**
 * Masked bytes of a 'data' event, moved to where they are unmasked without a copy there and another back: 1 MiB over TLS
 * takes an eighth less CPU. The chunk itself where that is of no use or the read buffer is taken.
 */
export function inReadBuffer(chunk: Buffer): Buffer {
  const room = maskModule()?.room;
  if (room === undefined || inUse || chunk.length > room.length) return chunk;
  room.set(chunk);
  return readBuffer();
}
