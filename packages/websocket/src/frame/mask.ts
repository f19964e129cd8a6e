import { type MaskModule, maskModule } from "./mask-module.ts";

/** Below this many bytes a view of their own costs more than it saves. */
const OWN_VIEW_FROM = 64;

/** Below this many bytes a call of the {@link MaskModule} costs as much as it saves. */
const IN_PLACE_FROM = 128;

/** The same where the bytes have to be copied into its memory and back. */
const COPIED_FROM = 512;

const BLOCK = 16;

/** The bits that are set in some byte of an OR of words when not all of them are ASCII. */
export const NON_ASCII: number = 0x80808080 | 0;

/** The mask for bytes that begin `count` bytes further on. RFC 6455 §5.3: octet i is masked with key octet i mod 4. */
export function rotateMask(mask: number, count: number): number {
  const shift = (count & 3) << 3;
  return shift === 0 ? mask : (mask >>> shift) | (mask << (32 - shift));
}

/**
 * XORs `bytes[start..end)` in place with a mask, an int32 whose lowest byte is the first byte of the key, and returns
 * an OR of the results: `(or & NON_ASCII) === 0` says that all of them are ASCII, free of charge.
 *
 * `view` is `viewOf(bytes)`, for a caller that masks many frames of one chunk.
 */
export function applyMask(bytes: Uint8Array, start: number, end: number, mask: number, view?: DataView): number {
  const length = end - start;
  if (view === undefined && length < OWN_VIEW_FROM) return maskBytes(bytes, start, end, mask);
  const words = view ?? viewOf(bytes);
  if (length < IN_PLACE_FROM) return maskWords(words, start, end, mask);
  const module = maskModule();
  if (module === undefined) return maskWords(words, start, end, mask);
  if (words === module.view) return maskInPlace(module, bytes, start, end, mask);
  return length < COPIED_FROM ? maskWords(words, start, end, mask) : maskCopied(module, bytes, start, end, mask);
}

/** The view that {@link applyMask} takes. */
export function viewOf(bytes: Uint8Array): DataView {
  const module = maskModule();
  // Compared as an object: to ask a typed array for its buffer costs as much as to mask a short frame.
  if (bytes === module?.room) return module.view;
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Bytes that lie in the module's memory. */
function maskInPlace(module: MaskModule, bytes: Uint8Array, start: number, end: number, mask: number): number {
  const offset = bytes.byteOffset;
  const blocksEnd = end - ((end - start) % BLOCK);
  // A whole number of blocks does not turn the mask.
  const rest = maskBytes(bytes, blocksEnd, end, mask);
  return module.mask(offset + start, offset + blocksEnd, mask) === 0 ? rest : NON_ASCII;
}

/** Bytes that lie elsewhere: two copies and the module cost a fifth of what the loop over words costs. */
function maskCopied(module: MaskModule, bytes: Uint8Array, start: number, end: number, mask: number): number {
  const { scratch } = module;
  const blocksEnd = end - ((end - start) % BLOCK);
  let or = maskBytes(bytes, blocksEnd, end, mask);
  for (let at = start; at < blocksEnd; at += scratch.length) {
    const length = Math.min(scratch.length, blocksEnd - at);
    scratch.set(bytes.subarray(at, at + length));
    if (module.mask(scratch.byteOffset, scratch.byteOffset + length, mask) !== 0) or = NON_ASCII;
    bytes.set(length === scratch.length ? scratch : scratch.subarray(0, length), at);
  }
  return or;
}
function maskBytes(bytes: Uint8Array, start: number, end: number, mask: number): number {
  const m0 = mask & 255;
  const m1 = (mask >>> 8) & 255;
  const m2 = (mask >>> 16) & 255;
  const m3 = mask >>> 24;
  let or = 0;
  let at = start;
  for (; at + 3 < end; at += 4) {
    const b0 = (bytes[at] ?? 0) ^ m0;
    const b1 = (bytes[at + 1] ?? 0) ^ m1;
    const b2 = (bytes[at + 2] ?? 0) ^ m2;
    const b3 = (bytes[at + 3] ?? 0) ^ m3;
    bytes[at] = b0;
    bytes[at + 1] = b1;
    bytes[at + 2] = b2;
    bytes[at + 3] = b3;
    or |= b0 | b1 | b2 | b3;
  }
  for (let left = mask; at < end; at++, left >>>= 8) {
    const byte = (bytes[at] ?? 0) ^ (left & 255);
    bytes[at] = byte;
    or |= byte;
  }
  return or;
}

/**
 * Four words a turn. Payloads begin anywhere: a DataView reads words of any alignment, and takes a third of what an
 * Int32Array between two loops over odd bytes takes for 64 bytes.
 */
function maskWords(view: DataView, start: number, end: number, mask: number): number {
  let or = 0;
  let at = start;
  for (; at + BLOCK <= end; at += BLOCK) {
    const w0 = view.getInt32(at, true) ^ mask;
    const w1 = view.getInt32(at + 4, true) ^ mask;
    const w2 = view.getInt32(at + 8, true) ^ mask;
    const w3 = view.getInt32(at + 12, true) ^ mask;
    view.setInt32(at, w0, true);
    view.setInt32(at + 4, w1, true);
    view.setInt32(at + 8, w2, true);
    view.setInt32(at + 12, w3, true);
    or |= w0 | w1 | w2 | w3;
  }
  for (; at + 4 <= end; at += 4) {
    const word = view.getInt32(at, true) ^ mask;
    view.setInt32(at, word, true);
    or |= word;
  }
  for (let left = mask; at < end; at++, left >>>= 8) {
    const byte = view.getUint8(at) ^ (left & 255);
    view.setUint8(at, byte);
    or |= byte;
  }
  return or;
}
