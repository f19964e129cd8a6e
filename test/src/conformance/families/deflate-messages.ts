import type { DeflateTerms, Expectation, FrameCase, Step } from "../conformance-case.ts";
import type { Delivery } from "../delivery.ts";
import { CLOSE, PING, PONG } from "../wire-frame.ts";
import { deflated, deflatedZeros } from "./deflated.ts";
import { BAD_UTF8, GOOD_UTF8, UNFINISHED_UTF8 } from "./utf8-table.ts";
import {
  answers,
  binary,
  binaryMessage,
  close,
  DATA_TYPES,
  echoes,
  type FamilyContext,
  fails,
  fragments,
  frame,
  inParts,
  type Looks,
  more,
  payload,
  ping,
  pongs,
  text,
  textMessage,
} from "./vocabulary.ts";

const TERMS: DeflateTerms = { offer: "permessage-deflate", answer: "permessage-deflate" };

const RSV1: Looks = { rsv: 4 };
const RSV1_UNFINISHED: Looks = { rsv: 4, fin: false };

/** What a stream that does not inflate may be refused with. */
const BROKEN = [1007, 1002];

const SIZES = [0, 1, 125, 126, 127, 128, 1000, 65535, 65536, 65537, 200_000];

function hex(bytes: string): Buffer {
  return Buffer.from(bytes.replaceAll(" ", ""), "hex");
}

/** RFC 7692 §7.2.3: "Hello" in every shape that the RFC shows. */
const HELLO = hex("f2 48 cd c9 c9 07 00");
const HELLO_AGAIN = hex("f2 00 11 00 00");
const HELLO_STORED = hex("00 05 00 fa ff 48 65 6c 6c 6f 00");
const HELLO_FINAL = hex("f3 48 cd c9 c9 07 00 00");
const HELLO_TWO_BLOCKS = hex("f2 48 05 00 00 00 ff ff ca c9 c9 07 00");

type Row = readonly [section: string, name: string, send: readonly Step[], ...expect: Expectation[]];

/** RFC 7692 §6 and §7.2: compressed messages. */
export function deflateMessages({ limit }: FamilyContext): FrameCase[] {
  const rows = [...vectors(), ...takeover(), ...reservedBits(), ...mixtures(), ...brokenStreams(), ...textInside()];
  return [...rows.map(toCase), ...sizes(), ...bombs(limit)];
}

function toCase([section, name, send, ...expect]: Row): FrameCase {
  const id = `7692/${section}/${name}`;
  const terms = section === "7.2.3.2" ? { ...TERMS, takeover: true } : TERMS;
  return { kind: "frames", id, title: name.replaceAll("-", " "), needs: "deflate", terms, send, expect };
}

function hello(compressed: Uint8Array, looks: Looks = RSV1): Step {
  return text(compressed, looks);
}

function vectors(): Row[] {
  const once = echoes(textMessage("Hello"));
  return [
    ["7.2.3.1", "one-block", [hello(HELLO)], once],
    ["7.2.3.1", "two-fragments", fragments("text", inParts(HELLO, 2), RSV1), once],
    ["7.2.3.1", "one-byte-fragments", fragments("text", inParts(HELLO, HELLO.length), RSV1), once],
    ["7.2.3.1", "empty-fragments-round", fragments("text", ["", HELLO, ""], RSV1), once],
    ["7.2.3.1", "binary", [binary(HELLO, RSV1)], echoes(binaryMessage("Hello"))],
    ["7.2.3.3", "stored-block", [hello(HELLO_STORED)], once],
    ["7.2.3.3", "stored-block-in-fragments", fragments("text", inParts(HELLO_STORED, 5), RSV1), once],
    ["7.2.3.4", "final-block", [hello(HELLO_FINAL)], once],
    [
      "7.2.3.4",
      "final-block-twice",
      [hello(HELLO_FINAL), hello(HELLO_FINAL)],
      echoes(textMessage("Hello"), textMessage("Hello")),
    ],
    [
      "7.2.3.4",
      "final-block-then-another",
      [hello(HELLO_FINAL), hello(HELLO)],
      echoes(textMessage("Hello"), textMessage("Hello")),
    ],
    [
      "7.2.3.4",
      "data-behind-the-final-block",
      [hello(Buffer.concat([HELLO_FINAL.subarray(0, -1), HELLO]))],
      fails(BROKEN),
      once,
      echoes(textMessage("HelloHello")),
    ],
    ["7.2.3.5", "two-blocks", [hello(HELLO_TWO_BLOCKS)], once],
    ["7.2.3.6", "empty-message", [text(hex("00"), RSV1)], echoes(textMessage(""))],
    ["7.2.3.6", "empty-fixed-block", [text(hex("02 00"), RSV1)], echoes(textMessage(""))],
    ["7.2.3.6", "empty-final-block", [text(hex("03 00"), RSV1)], echoes(textMessage(""))],
    // Nothing at all is no DEFLATE block, but becomes one when the four bytes left out are put back.
    ["7.2.3.6", "no-bytes-at-all", [text("", RSV1)], echoes(textMessage("")), fails(BROKEN)],
  ];
}

/** RFC 7692 §7.2.3.2: the window of one message serves the next. */
function takeover(): Row[] {
  const first = payload("text", 1000);
  const second = Buffer.from(first.toString("utf8").replaceAll("plain", "PLAIN"));
  const referring = deflated(second, { dictionary: first });
  return [
    ["7.2.3.2", "hello-again", [hello(HELLO), hello(HELLO_AGAIN)], echoes(textMessage("Hello"), textMessage("Hello"))],
    [
      "7.2.3.2",
      "an-uncompressed-message-between",
      [hello(HELLO), text("other"), hello(HELLO_AGAIN)],
      echoes(textMessage("Hello"), textMessage("other"), textMessage("Hello")),
    ],
    [
      "7.2.3.2",
      "another-type",
      [hello(HELLO), binary(HELLO_AGAIN, RSV1)],
      echoes(textMessage("Hello"), binaryMessage("Hello")),
    ],
    [
      "7.2.3.2",
      "in-fragments",
      [hello(HELLO), ...fragments("text", inParts(HELLO_AGAIN, 5), RSV1)],
      echoes(textMessage("Hello"), textMessage("Hello")),
    ],
    [
      "7.2.3.2",
      "longer",
      [text(deflated(first), RSV1), text(referring, RSV1)],
      echoes(textMessage(first), textMessage(second)),
    ],
  ];
}

/** RFC 7692 §6 and §7: RSV1 belongs to the first frame of a data message; the other bits keep their rule. */
function reservedBits(): Row[] {
  const controls: readonly (readonly [string, number])[] = [
    ["ping", PING],
    ["pong", PONG],
    ["close", CLOSE],
  ];
  const closed = Buffer.from([0x03, 0xe8]);
  const [first = "", second = ""] = inParts(HELLO, 2);
  return [
    ...controls.map(
      ([name, opcode]): Row => [
        "6",
        `rsv1-on-${name}`,
        [frame(opcode, opcode === CLOSE ? closed : "", RSV1)],
        fails(1002),
      ],
    ),
    ["6.1", "rsv1-on-continuation", [text(first, RSV1_UNFINISHED), more(second, RSV1)], fails(1002)],
    ["6.1", "rsv1-on-continuation-only", [text("a", { fin: false }), more("b", RSV1)], fails(1002)],
    [
      "6.1",
      "rsv1-on-middle-fragment",
      [text(first, RSV1_UNFINISHED), more("", RSV1_UNFINISHED), more(second)],
      fails(1002),
    ],
    ...[1, 2, 3, 5, 6, 7].map((rsv): Row => ["6", `rsv-${rsv}-on-text`, [text(HELLO, { rsv })], fails(1002)]),
    ["6", "rsv1-on-reserved-opcode", [frame(3, HELLO, RSV1)], fails(1002)],
  ];
}

function mixtures(): Row[] {
  const [first = "", second = ""] = inParts(HELLO, 2);
  return [
    ["6.1", "uncompressed-message", [text("plain")], echoes(textMessage("plain"))],
    ["6.1", "uncompressed-fragments", fragments("text", ["pla", "in"]), echoes(textMessage("plain"))],
    [
      "6.1",
      "both-in-turn",
      [text("a"), hello(HELLO), text("b"), hello(HELLO)],
      echoes(...["a", "Hello", "b", "Hello"].map(textMessage)),
    ],
    [
      "6.1",
      "ping-between",
      [text(first, RSV1_UNFINISHED), ping("p"), { awaitPongs: 1 }, more(second)],
      pongs(["p"], textMessage("Hello")),
    ],
    ["6.1", "close-between", [text(first, RSV1_UNFINISHED), close(1000)], answers([1000])],
    ["6.1", "close-after", [hello(HELLO), close(1000)], answers([1000], textMessage("Hello"))],
    [
      "6.1",
      "hundred",
      Array.from({ length: 100 }, () => hello(HELLO)),
      echoes(...Array.from({ length: 100 }, () => textMessage("Hello"))),
    ],
  ];
}

function brokenStreams(): Row[] {
  const streams: readonly (readonly [string, string])[] = [
    ["garbage", "ff ff ff 00"],
    ["block-type-3", "06"],
    ["stored-length-wrong", "00 05 00 00 00 48 65 6c 6c 6f 00"],
    ["dynamic-block-of-ones", "fc ff ff ff ff ff"],
    ["reference-before-the-start", "f2 00 11 00 00"],
    ["fixed-code-unused", "1a 03 00"],
  ];
  return streams
    .flatMap(([name, bytes]): Row[] => [
      ["7.2.2", `broken-${name}`, [binary(hex(bytes), RSV1)], fails(BROKEN)],
      ["7.2.2", `broken-${name}-in-fragments`, fragments("binary", inParts(hex(bytes), 3), RSV1), fails(BROKEN)],
      [
        "7.2.2",
        `broken-${name}-second`,
        [hello(HELLO_STORED), text(hex(`03 00 ${bytes}`).subarray(2), RSV1)],
        fails(BROKEN, textMessage("Hello")),
      ],
    ])
    .filter(([, name]) => name !== "broken-reference-before-the-start-second");
}

/** RFC 6455 §8.1 holds for what comes out. */
function textInside(): Row[] {
  return [
    ...GOOD_UTF8.map(
      ([name, bytes]): Row => [
        "7.2.2",
        `good-${name}`,
        fragments("text", inParts(deflated(bytes), 3), RSV1),
        echoes(textMessage(bytes)),
      ],
    ),
    ...[...BAD_UTF8, ...UNFINISHED_UTF8].map(
      ([name, bytes]): Row => ["7.2.2", `bad-${name}`, [text(deflated(bytes), RSV1)], fails(1007)],
    ),
  ];
}

function sizes(): FrameCase[] {
  const ways: readonly (readonly [Delivery, number])[] = [
    ["whole", 1],
    ["edges", 1],
    ["split", 4],
  ];
  return SIZES.flatMap((size) =>
    DATA_TYPES.flatMap((type) =>
      ways.map(([delivery, count]): FrameCase => {
        const data = payload(type, size);
        const message = type === "text" ? textMessage(data) : binaryMessage(data);
        const send = fragments(type, inParts(deflated(data), count), RSV1);
        const one = toCase(["7.2", `${type}-${size}-in-${count}-${delivery}`, send, echoes(message)]);
        return { ...one, delivery };
      }),
    ),
  );
}

/** RFC 6455 §10.4: the limit holds for what comes out, however little went in. */
function bombs(limit: number): FrameCase[] {
  const over = deflatedZeros(limit + 1);
  const far = deflatedZeros(limit * 4);
  const rows: Row[] = [
    ["8", "bomb-one-byte-over", [binary(over, RSV1)], fails(1009)],
    ["8", "bomb-four-times-over", [binary(far, RSV1)], fails(1009)],
    ["8", "bomb-of-text", [text(far, RSV1)], fails(1009)],
    ["8", "bomb-in-small-fragments", fragments("binary", inParts(over, Math.ceil(over.length / 8)), RSV1), fails(1009)],
    ["8", "bomb-in-two-fragments", fragments("binary", inParts(far, 2), RSV1), fails(1009)],
  ];
  return rows.map((row) => ({ ...toCase(row), needs: "limit" }));
}
