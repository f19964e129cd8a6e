import type { FrameCase, Step } from "../conformance-case.ts";
import { BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT } from "../wire-frame.ts";
import {
  binary,
  binaryMessage,
  close,
  DATA_TYPES,
  echoes,
  type FamilyContext,
  fails,
  frame,
  GONE,
  more,
  payload,
  ping,
  pongs,
  text,
  textMessage,
  UNFINISHED,
} from "./vocabulary.ts";

const RESERVED_OPCODES = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15];
const OPCODES: readonly (readonly [name: string, opcode: number])[] = [
  ["continuation", CONTINUATION],
  ["text", TEXT],
  ["binary", BINARY],
  ["close", CLOSE],
  ["ping", PING],
  ["pong", PONG],
];

/** RFC 6455 §5.1 and §5.2: what the header of a single frame may say. */
export function frameHeaders({ role }: FamilyContext): FrameCase[] {
  return [
    ...reservedOpcodes(),
    ...reservedBits(),
    ...masking(role === "client" ? "unmasked" : "masked"),
    ...longForms(),
    ...lengthsOutOfReach(),
    ...cutOff(),
  ];
}

function failing(id: string, title: string, send: readonly Step[], codes: number | readonly number[]): FrameCase {
  return { kind: "frames", id, title, send, expect: [fails(codes)] };
}

function reservedOpcodes(): FrameCase[] {
  const alone = RESERVED_OPCODES.flatMap((opcode) =>
    [true, false].flatMap((fin) =>
      [0, 8].map((size) => {
        const name = `opcode-${opcode}${fin ? "" : "-unfinished"}-${size}`;
        const title = `opcode ${opcode} with ${size} bytes${fin ? "" : ", FIN not set,"} fails the connection`;
        return failing(`6455/5.2/${name}`, title, [frame(opcode, payload("text", size), { fin })], 1002);
      }),
    ),
  );
  const between = RESERVED_OPCODES.map((opcode) =>
    failing(
      `6455/5.2/opcode-${opcode}-between-fragments`,
      `opcode ${opcode} between two fragments fails the connection`,
      [text("a", UNFINISHED), frame(opcode), more("b")],
      1002,
    ),
  );
  return [...alone, ...between];
}

function reservedBits(): FrameCase[] {
  const bits = [1, 2, 3, 4, 5, 6, 7];
  return bits.flatMap((rsv) =>
    OPCODES.map(([name, opcode]) => {
      const before = opcode === CONTINUATION ? [text("a", UNFINISHED)] : [];
      const data = opcode === CLOSE ? Buffer.from([0x03, 0xe8]) : "b";
      const title = `reserved bits ${rsv} on ${name}, no extension agreed on, fail the connection`;
      return failing(`6455/5.2/rsv-${rsv}-${name}`, title, [...before, frame(opcode, data, { rsv })], 1002);
    }),
  );
}

/** RFC 6455 §5.1: a server MUST close on a frame without mask, a client on one with. */
function masking(wrong: "masked" | "unmasked"): FrameCase[] {
  const mask = { mask: "wrong" } as const;
  const alone = OPCODES.flatMap(([name, opcode]) =>
    [0, 2].map((size) => {
      const before = opcode === CONTINUATION ? [text("a", UNFINISHED)] : [];
      const data = opcode === CLOSE ? Buffer.from([0x03, 0xe8]).subarray(0, size) : payload("text", size);
      const title = `an ${wrong} ${name} frame of ${size} bytes fails the connection`;
      return failing(`6455/5.1/${wrong}-${name}-${size}`, title, [...before, frame(opcode, data, mask)], 1002);
    }),
  );
  const later: readonly (readonly [string, readonly Step[]])[] = [
    ["after-a-ping", [ping("x"), { awaitPongs: 1 }, text("y", mask)]],
    ["last-fragment", [text("x", UNFINISHED), more("y", UNFINISHED), more("z", mask)]],
    ["long", [binary(payload("binary", 65536), mask)]],
  ];
  return [
    ...alone,
    ...later.map(([name, send]): FrameCase => {
      const expect = [{ ...fails(1002), pongs: name === "after-a-ping" ? [Buffer.from("x")] : [] }];
      const title = `an ${wrong} frame fails the connection (${name})`;
      return { kind: "frames", id: `6455/5.1/${wrong}-${name}`, title, send, expect };
    }),
  ];
}

/**
 * RFC 6455 §5.2: the minimal number of bytes MUST be used for the length. What the receiver of another form does, the
 * RFC does not say: some refuse it, some read it.
 */
function longForms(): FrameCase[] {
  const forms: readonly (readonly [16 | 64, readonly number[]])[] = [
    [16, [0, 1, 125]],
    [64, [0, 1, 125, 126, 65535]],
  ];
  const data = forms.flatMap(([form, sizes]) =>
    sizes.flatMap((size) =>
      DATA_TYPES.map((type): FrameCase => {
        const body = payload(type, size);
        const asText = type === "text";
        return {
          kind: "frames",
          id: `6455/5.2/length-${size}-in-${form}-bits-${type}`,
          title: `a ${type} length of ${size} in ${form} bits is read or refused`,
          send: [asText ? text(body, { form }) : binary(body, { form })],
          expect: [fails(1002), echoes(asText ? textMessage(body) : binaryMessage(body))],
        };
      }),
    ),
  );
  const control = ([16, 64] as const).map((form): FrameCase => {
    const title = `a ping length of 5 in ${form} bits is read or refused`;
    const expect = [fails(1002), pongs(["12345"])];
    return {
      kind: "frames",
      id: `6455/5.2/length-5-in-${form}-bits-ping`,
      title,
      send: [ping("12345", { form })],
      expect,
    };
  });
  return [...data, ...control];
}

/** Lengths that no receiver can take, of which nothing but the header is sent. */
function lengthsOutOfReach(): FrameCase[] {
  const lengths: readonly (readonly [name: string, length: bigint, codes: readonly number[]])[] = [
    ["2-to-63", 2n ** 63n, [1002]],
    ["2-to-63-and-5", 2n ** 63n + 5n, [1002]],
    ["2-to-64-less-1", 2n ** 64n - 1n, [1002]],
    ["2-to-63-less-1", 2n ** 63n - 1n, [1009]],
    ["2-to-62", 2n ** 62n, [1009]],
    ["2-to-53", 2n ** 53n, [1009]],
    ["2-to-53-less-1", 2n ** 53n - 1n, [1009]],
  ];
  return lengths.flatMap(([name, declared, codes]) =>
    DATA_TYPES.flatMap((type) =>
      ([undefined, "after-a-fragment"] as const).map((place): FrameCase => {
        const looks = { declared, form: 64 } as const;
        const whole = type === "text" ? text("", looks) : binary("", looks);
        const first = type === "text" ? text("a", UNFINISHED) : binary("a", UNFINISHED);
        return {
          kind: "frames",
          id: `6455/5.2/length-${name}-${type}${place === undefined ? "" : `-${place}`}`,
          title: `a declared length of ${name.replaceAll("-", " ")} is refused at the header (${type})`,
          send: [...(place === undefined ? [whole] : [first, more("", looks)]), { hopeForClose: true }, { end: true }],
          expect: [fails(codes)],
          tolerate: [GONE],
        };
      }),
    ),
  );
}

/** RFC 6455 §7.1.1: the TCP connection ends inside a frame or a message. Nothing is delivered. */
function cutOff(): FrameCase[] {
  const whole = Buffer.from([0x81, 0x85, 1, 2, 3, 4, 0x69, 0x67, 0x6f, 0x68, 0x6e]);
  const bytes = [1, 2, 4, 6, 8].map((count): readonly [string, readonly Step[]] => [
    `after-${count}-bytes`,
    [{ bytes: whole.subarray(0, count) }],
  ]);
  const frames: readonly (readonly [string, readonly Step[]])[] = [
    ["before-any-frame", []],
    ["after-a-fragment", [text("a", UNFINISHED)]],
    ["after-an-empty-fragment", [binary("", UNFINISHED)]],
    ["in-a-long-frame", [binary(payload("binary", 1000), { declared: 65536n })]],
    ["in-a-ping", [ping("abc", { declared: 10n })]],
    ["in-a-close", [close(1000, "", { declared: 20n })]],
  ];
  return [...bytes, ...frames].map(([name, send]) => ({
    kind: "frames",
    id: `6455/7.1.1/cut-off-${name}`,
    title: `a connection that ends ${name.replaceAll("-", " ")} is ended by the peer too, without an echo`,
    send: [...send, { end: true }],
    expect: [GONE],
  }));
}
