// RFC 6455 §5.2. Written anew rather than taken from the package under test: it must not check itself.

export const TEXT = 1;
export const BINARY = 2;

/** RSV1 marks a compressed message: RFC 7692 §6. */
export const COMPRESSED = 0x40;

const MASK = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);

/** One whole message as a client sends it. */
export function clientFrame(opcode: number, payload: Buffer): Buffer {
  const header = frameHeader(opcode, payload.length);
  header.writeUInt8(header.readUInt8(1) | 0x80, 1);
  const masked = Buffer.allocUnsafe(payload.length);
  for (const [index, byte] of payload.entries()) masked[index] = byte ^ MASK.readUInt8(index & 3);
  return Buffer.concat([header, MASK, masked]);
}

/** One whole message as a server must send it. */
export function serverFrame(opcode: number, payload: Buffer): Buffer {
  return Buffer.concat([frameHeader(opcode, payload.length), payload]);
}

function frameHeader(opcode: number, length: number): Buffer {
  const first = 0x80 | opcode;
  if (length < 126) return Buffer.from([first, length]);
  if (length < 65536) return Buffer.from([first, 126, length >> 8, length & 0xff]);
  const header = Buffer.alloc(10);
  header.set([first, 127]);
  header.writeBigUInt64BE(BigInt(length), 2);
  return header;
}
