import { rawFrame } from "../raw-peer.test.ts";

// The catalogue of bad WebSocket frames that one input shows: for every way that bytes can come to a connection.

/** The `maxPayload` that the rows expect. */
export const LIMIT = 100_000;
export const bytes = (...values: number[]): Buffer => Buffer.from(values);
export const text = (payload: string | Buffer, fin = true): Buffer => rawFrame({ opcode: 1, payload, fin });
export const more = (payload: string | Buffer, fin = false): Buffer => rawFrame({ opcode: 0, payload, fin });
export const closing = (code: number, reason: string | Buffer = ""): Buffer =>
  rawFrame({ opcode: 8, payload: Buffer.concat([bytes(code >> 8, code & 255), Buffer.from(reason)]) });
export const header = (declared: bigint): Buffer => rawFrame({ opcode: 2, declared, payload: "" });

export interface Row {
  readonly row: number;
  readonly name: string;
  readonly input: Buffer;
  readonly close: number;
}

const invalidText: readonly [string, Buffer][] = [
  ["a lead byte without its continuation", bytes(0xc3, 0x28)],
  ["a surrogate", bytes(0xed, 0xa0, 0x80)],
  ["an overlong form", bytes(0xc0, 0xaf)],
  ["a code point above U+10FFFF", bytes(0xf4, 0x90, 0x80, 0x80)],
  ["a code point that the message cuts off", bytes(0xe2, 0x82)],
];

export const rows: readonly Row[] = [
  { row: 41, name: "an unmasked client frame", input: bytes(0x81, 2, 0x68, 0x69), close: 1002 },
  ...[4, 2, 1, 7].map((reserved) => ({
    row: 42,
    name: `reserved bits ${reserved}`,
    input: rawFrame({ opcode: 1, reserved }),
    close: 1002,
  })),
  { row: 43, name: "RSV1 on a control frame", input: rawFrame({ opcode: 9, reserved: 4 }), close: 1002 },
  {
    row: 43,
    name: "RSV1 on a continuation",
    input: Buffer.concat([text("a", false), rawFrame({ opcode: 0, reserved: 4 })]),
    close: 1002,
  },
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => ({
    row: 44,
    name: `opcode ${opcode}`,
    input: rawFrame({ opcode }),
    close: 1002,
  })),
  ...[8, 9, 10].map((opcode) => ({
    row: 45,
    name: `control frame ${opcode} of 126 bytes`,
    input: rawFrame({ opcode, payload: Buffer.alloc(126) }),
    close: 1002,
  })),
  ...[8, 9, 10].map((opcode) => ({
    row: 46,
    name: `fragmented control frame ${opcode}`,
    input: rawFrame({ opcode, fin: false }),
    close: 1002,
  })),
  { row: 47, name: "a continuation without a start", input: more("a", true), close: 1002 },
  { row: 48, name: "a new text inside a text", input: Buffer.concat([text("a", false), text("b")]), close: 1002 },
  { row: 49, name: "a declared length of 2^63", input: header(2n ** 63n), close: 1002 },
  { row: 50, name: "a declared length of 2^53", input: header(2n ** 53n), close: 1009 },
  { row: 50, name: "a declared length of 2^63-1", input: header(2n ** 63n - 1n), close: 1009 },
  { row: 51, name: "one byte more than maxPayload declared", input: header(BigInt(LIMIT + 1)), close: 1009 },
  {
    row: 52,
    name: "fragments that pass maxPayload together",
    input: Buffer.concat([text("x".repeat(LIMIT - 1), false), more("y"), more("z")]),
    close: 1009,
  },
  ...(
    [
      [16, 2n],
      [64, 2n],
      [64, 65535n],
    ] as const
  ).map(([lengthBits, declared]) => ({
    row: 54,
    name: `length ${declared} in ${lengthBits} bits`,
    input: rawFrame({ opcode: 2, lengthBits, declared }),
    close: 1002,
  })),
  ...invalidText.map(([name, payload]) => ({ row: 55, name, input: text(payload), close: 1007 })),
  ...invalidText.map(([name, payload]) => ({
    row: 55,
    name: `${name}, in a second fragment`,
    input: Buffer.concat([text("ä", false), more(payload, true)]),
    close: 1007,
  })),
  ...invalidText.slice(0, 4).map(([name, payload]) => ({
    row: 56,
    name: `${name}, in a first fragment without a last`,
    input: text(payload, false),
    close: 1007,
  })),
  { row: 58, name: "a close payload of one byte", input: rawFrame({ opcode: 8, payload: "x" }), close: 1002 },
  ...[0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535].map((code) => ({
    row: 59,
    name: `close code ${code}`,
    input: closing(code),
    close: 1002,
  })),
  { row: 60, name: "a close reason that is not UTF-8", input: closing(1000, bytes(0xc3, 0x28)), close: 1007 },
];
