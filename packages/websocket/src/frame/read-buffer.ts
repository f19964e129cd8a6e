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
