// RFC 6455 §5.2. Written anew rather than taken from the package under test: it must not check itself.

export const CONTINUATION = 0;
export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

/** RSV1 marks a compressed message: RFC 7692 §6. */
export const COMPRESSED = 0x40;

const FIN = 0x80;
const MASK = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);

export interface FrameShape {
  readonly fin?: boolean;
  readonly compressed?: boolean;
}

/** The header of a client's frame, mask included, whatever then follows it. */
export function frameHeader(
  opcode: number,
  length: number,
  { fin = true, compressed = false }: FrameShape = {},
): Buffer {
  const first = (fin ? FIN : 0) | (compressed ? COMPRESSED : 0) | opcode;
  if (length < 126) return Buffer.concat([Buffer.from([first, 0x80 | length]), MASK]);
  const header = Buffer.alloc(length < 65536 ? 4 : 10);
  header.set([first, 0x80 | (length < 65536 ? 126 : 127)]);
  if (length < 65536) header.writeUInt16BE(length, 2);
  else header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, MASK]);
}

/** A client's frame. */
export function frame(opcode: number, payload: Buffer | string, shape?: FrameShape): Buffer {
  const masked = Buffer.from(payload);
  for (let at = 0; at < masked.length; at++) masked[at] = masked.readUInt8(at) ^ MASK.readUInt8(at & 3);
  return Buffer.concat([frameHeader(opcode, masked.length, shape), masked]);
}

/** `count` copies of some bytes in one buffer. */
export function repeated(bytes: Buffer, count: number): Buffer {
  return Buffer.alloc(bytes.length * count, bytes);
}

/** The code of a close frame at the very end of what a server sent, if there is one. */
export function closeCodeAtEnd(bytes: Buffer): number | undefined {
  for (let at = 0; at + 4 <= bytes.length; at++) {
    const length = bytes.length - at - 2;
    if (bytes[at] === (FIN | CLOSE) && bytes[at + 1] === length) return bytes.readUInt16BE(at + 2);
  }
  return undefined;
}
