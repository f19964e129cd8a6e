import { applyMask } from "./mask.ts";

/** RFC 7692 §6: RSV1, beside the opcode of the first frame of a compressed message. */
export const COMPRESSED = 0x40;

/** RFC 6455 §5.2: the opcodes that have a meaning. */
export const CONTINUATION = 0x0;
export const TEXT = 0x1;
export const BINARY = 0x2;
export const CLOSE = 0x8;
export const PING = 0x9;
export const PONG = 0xa;

const FIN = 0x80;
const MASKED = 0x80;

/** The longest header: two bytes, a 64-bit length and a masking key. */
export const MAX_HEADER_BYTES = 14;

/** How many bytes the header of a frame of `length` takes. */
export function headerBytes(length: number, masked: boolean): number {
  const mask = masked ? 4 : 0;
  if (length < 126) return 2 + mask;
  return (length < 65536 ? 4 : 10) + mask;
}

/**
 * Writes the header of an unfragmented frame and returns the offset after it. The opcode may have COMPRESSED set. A mask is an int32 whose lowest byte is
 * the first byte of the key; `undefined` means that the frame is not masked.
 */
export function writeHeader(
  target: Buffer,
  offset: number,
  opcode: number,
  length: number,
  mask: number | undefined,
): number {
  const masked = mask === undefined ? 0 : MASKED;
  let at = offset;
  target[at++] = FIN | opcode;
  // RFC 6455 §5.2: the minimal number of bytes MUST be used to encode the length.
  if (length < 126) {
    target[at++] = masked | length;
  } else if (length < 65536) {
    target[at++] = masked | 126;
    at = target.writeUInt16BE(length, at);
  } else {
    target[at++] = masked | 127;
    at = target.writeUInt32BE(Math.floor(length / 2 ** 32), at);
    at = target.writeUInt32BE(length >>> 0, at);
  }
  return mask === undefined ? at : target.writeInt32LE(mask, at);
}

/** One whole unfragmented frame in a buffer of its own. */
export function encodeFrame(opcode: number, payload: string | Uint8Array, mask?: number): Buffer {
  const length = typeof payload === "string" ? Buffer.byteLength(payload) : payload.byteLength;
  const frame = Buffer.allocUnsafeSlow(headerBytes(length, mask !== undefined) + length);
  const start = writeHeader(frame, 0, opcode, length, mask);
  if (typeof payload === "string") frame.write(payload, start);
  else frame.set(payload, start);
  if (mask !== undefined) applyMask(frame, start, frame.length, mask);
  return frame;
}
