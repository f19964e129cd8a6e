import { type MaskModule, maskModule } from "./mask-module.ts";

/** Below this many bytes setting up a view of words costs more than it saves. */
const BYTEWISE_BELOW = 48;

/** Below this many bytes a call of the {@link MaskModule} costs as much as it saves. */
const IN_PLACE_FROM = 256;

/** The same where the bytes have to be copied into its memory and back. */
const COPIED_FROM = 1024;

const BLOCK = 16;

const BIG_ENDIAN = new Uint8Array(new Int32Array([1]).buffer)[0] === 0;

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
 * `words` is `wordsOf(bytes)`, for a caller that masks many frames of one chunk.
 */
export function applyMask(bytes: Uint8Array, start: number, end: number, mask: number, words?: Int32Array): number {
  const length = end - start;
  if (length < BYTEWISE_BELOW) return maskBytes(bytes, start, end, mask);
  const view = words ?? wordsOf(bytes);
  const module = maskModule();
  if (module === undefined) return maskByWords(bytes, start, end, mask, view);
  const inPlace = view === module.words;
  if (length < (inPlace ? IN_PLACE_FROM : COPIED_FROM)) return maskByWords(bytes, start, end, mask, view);
  return inPlace ? maskInPlace(module, bytes, start, end, mask) : maskCopied(module, bytes, start, end, mask);
}

/** The view of words that {@link applyMask} takes. The last bytes of a buffer that is no multiple of 4 are not in it. */
export function wordsOf(bytes: Uint8Array): Int32Array {
  const module = maskModule();
  // Compared as an object: to ask a typed array for its buffer costs as much as to mask a short frame.
  if (bytes === module?.room) return module.words;
  return new Int32Array(bytes.buffer, 0, bytes.buffer.byteLength >>> 2);
}

function maskByWords(bytes: Uint8Array, start: number, end: number, mask: number, view: Int32Array): number {
  const first = bytes.byteOffset + start;
  const aligned = start + (-first & 3);
  const wordEnd = end - ((bytes.byteOffset + end) & 3);
  let or = maskBytes(bytes, start, aligned, mask);
  or |= maskWords(
    view,
    (bytes.byteOffset + aligned) >>> 2,
    (bytes.byteOffset + wordEnd) >>> 2,
    rotateMask(mask, -first),
  );
  return or | maskBytes(bytes, wordEnd, end, rotateMask(mask, wordEnd - start));
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

function maskWords(words: Int32Array, start: number, end: number, mask: number): number {
  const key = BIG_ENDIAN ? swapBytes(mask) : mask;
  let or = 0;
  for (let at = start; at < end; at++) {
    const word = (words[at] ?? 0) ^ key;
    words[at] = word;
    or |= word;
  }
  return or;
}

function swapBytes(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}
