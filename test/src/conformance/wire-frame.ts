/** Frames as a suite writes and reads them: right or wrong, and not with the code that is under test. */

export const CONTINUATION = 0x0;
export const TEXT = 0x1;
export const BINARY = 0x2;
export const CLOSE = 0x8;
export const PING = 0x9;
export const PONG = 0xa;

/** The suite stands on one side, the implementation under test on the other. */
export type Role = "client" | "server";

/** A source of numbers in [0, 1). */
export type Random = () => number;

/** What a row says of a frame it sends. Left out: final, no reserved bit, empty, masked as the role demands. */
export interface WireFrame {
  readonly opcode: number;
  readonly fin?: boolean;
  /** The three reserved bits as a number: RSV1 is 4, RSV2 is 2, RSV3 is 1. */
  readonly rsv?: number;
  readonly payload?: Uint8Array;
  /** `wrong`: masked by a server, not masked by a client. `zero`: the key 0, from a client. */
  readonly mask?: "wrong" | "zero";
  /** The length to declare when it is not the payload's. */
  readonly declared?: bigint;
  /** How many bits the length takes; the fewest when left out. */
  readonly form?: 7 | 16 | 64;
}

/** The bytes of a frame that the suite sends in `role`. */
export function encodeWireFrame(frame: WireFrame, role: Role, random: Random): Buffer {
  const payload = frame.payload ?? Buffer.alloc(0);
  const declared = frame.declared ?? BigInt(payload.length);
  const form = frame.form ?? (declared < 126n ? 7 : declared < 65536n ? 16 : 64);
  const masked = (role === "client") !== (frame.mask === "wrong");
  const length = Buffer.alloc(form === 7 ? 0 : form / 8);
  if (form === 16) length.writeUInt16BE(Number(declared));
  if (form === 64) length.writeBigUInt64BE(declared);
  const short = form === 7 ? Number(declared) : form === 16 ? 126 : 127;
  const first = (frame.fin === false ? 0 : 0x80) | ((frame.rsv ?? 0) << 4) | frame.opcode;
  const header = Buffer.from([first, (masked ? 0x80 : 0) | short]);
  if (!masked) return Buffer.concat([header, length, payload]);
  const key = Buffer.from([0, 0, 0, 0].map(() => (frame.mask === "zero" ? 0 : Math.floor(random() * 256))));
  return Buffer.concat([header, length, key, unmask(payload, key)]);
}

/** A frame that came from the implementation under test. */
export interface ReceivedFrame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly rsv: number;
  readonly payload: Buffer;
  readonly key: Buffer | undefined;
  /** Whether the length was written in the fewest bytes. */
  readonly minimal: boolean;
}

/** Cuts received bytes into frames. Judges nothing. */
export class FrameReader {
  #parts: Buffer[] = [];
  #size = 0;
  /** How many bytes are needed before another look is worth it. */
  #needed = 2;

  *push(chunk: Buffer): Generator<ReceivedFrame> {
    this.#parts.push(chunk);
    this.#size += chunk.length;
    while (this.#size >= this.#needed) {
      const [first] = this.#parts;
      const frame = this.#take(this.#parts.length === 1 && first !== undefined ? first : Buffer.concat(this.#parts));
      if (frame !== undefined) yield frame;
    }
  }

  #take(bytes: Buffer): ReceivedFrame | undefined {
    const second = bytes.readUInt8(1);
    const short = second & 0x7f;
    const lengthEnd = 2 + (short === 126 ? 2 : short === 127 ? 8 : 0);
    const start = lengthEnd + ((second & 0x80) === 0 ? 0 : 4);
    if (bytes.length < start) return this.#wait(bytes, start);
    const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
    const end = start + length;
    if (bytes.length < end) return this.#wait(bytes, end);
    this.#wait(bytes.subarray(end), 2);
    const key = start === lengthEnd ? undefined : bytes.subarray(lengthEnd, start);
    const payload = bytes.subarray(start, end);
    const first = bytes.readUInt8(0);
    return {
      opcode: first & 0x0f,
      fin: (first & 0x80) !== 0,
      rsv: (first >> 4) & 0x07,
      payload: key === undefined ? payload : unmask(payload, key),
      key,
      minimal: short < 126 || length > (short === 126 ? 125 : 65535),
    };
  }

  #wait(rest: Buffer, needed: number): undefined {
    this.#parts = [rest];
    this.#size = rest.length;
    this.#needed = needed;
  }
}

/** RFC 6455 §5.3: byte i of the payload is XORed with byte i mod 4 of the key. */
function unmask(payload: Uint8Array, key: Uint8Array): Buffer {
  const out = Buffer.from(payload);
  for (let at = 0; at < out.length; at++) out[at] = (out[at] ?? 0) ^ (key[at % 4] ?? 0);
  return out;
}

/** A generator of numbers in [0, 1) that `text` decides, so that a case runs the same way each time. */
export function randomFrom(text: string): Random {
  let state = 0x811c9dc5;
  for (const character of text) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
