import { constants, deflateRawSync, type ZlibOptions } from "node:zlib";

const TAIL_BYTES = 4;

const MEBIBYTE = 1024 * 1024;

/** `data` as the payload of a compressed message (RFC 7692 §7.2.1). */
export function deflated(data: Uint8Array, options: ZlibOptions = {}): Buffer {
  const flushed = deflateRawSync(data, { ...options, finishFlush: constants.Z_SYNC_FLUSH });
  return flushed.subarray(0, -TAIL_BYTES);
}

/** Without any reference backwards: readable whatever window and context were agreed on. */
export function deflatedAlone(data: Uint8Array): Buffer {
  return deflated(data, { strategy: constants.Z_HUFFMAN_ONLY });
}

/** A message that inflates to `size` zeros, from about a thousandth of that. */
export function deflatedZeros(size: number): Buffer {
  // Flushed blocks end at a byte and stand for themselves, so that one can be repeated.
  const block = deflateRawSync(Buffer.alloc(MEBIBYTE), { finishFlush: constants.Z_SYNC_FLUSH });
  const blocks = Array.from({ length: Math.floor(size / MEBIBYTE) }, () => block);
  return Buffer.concat([...blocks, deflated(Buffer.alloc(size % MEBIBYTE))]);
}
