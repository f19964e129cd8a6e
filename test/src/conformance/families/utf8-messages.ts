import type { FrameCase, Step } from "../conformance-case.ts";
import type { Delivery } from "../delivery.ts";
import { BAD_UTF8, GOOD_UTF8, type Sequence, UNFINISHED_UTF8 } from "./utf8-table.ts";
import { echoes, fails, fragments, more, text, textMessage, UNFINISHED } from "./vocabulary.ts";

/** Enough ASCII that a receiver who checks long texts otherwise than short ones does so. */
const LONG_PREFIX = Buffer.alloc(70, "long text ");

const SHORT_PREFIX = Buffer.from("ab ");

/** What a frame declares whose rest is held back. */
const HELD_BACK = 100;

/** RFC 6455 §5.6 and §8.1: text is UTF-8 as a whole; fragments may cut a code point. */
export function utf8Messages(): FrameCase[] {
  return [
    ...GOOD_UTF8.flatMap(good),
    ...BAD_UTF8.flatMap(bad),
    ...UNFINISHED_UTF8.flatMap(unfinished),
    ...BAD_UTF8.flatMap(failFast),
  ];
}

function row(id: string, title: string, send: readonly Step[], bytes?: Uint8Array, delivery?: Delivery): FrameCase {
  const expect = bytes === undefined ? [fails(1007)] : [echoes(textMessage(bytes))];
  return { kind: "frames", id: `6455/8.1/${id}`, title, send, expect, ...(delivery === undefined ? {} : { delivery }) };
}

function good([name, bytes]: Sequence): FrameCase[] {
  const long = Buffer.concat([LONG_PREFIX, bytes, LONG_PREFIX]);
  const cuts = Array.from({ length: Math.min(bytes.length, 8) - 1 }, (_, at) => at + 1);
  return [
    row(`good-${name}`, `${name} is text`, [text(bytes)], bytes),
    row(`good-${name}-bytewise`, `${name} is text, byte by byte`, [text(bytes)], bytes, "bytes"),
    row(`good-${name}-in-long-text`, `${name} inside a longer text`, [text(long)], long, "split"),
    row(
      `good-${name}-one-byte-parts`,
      `${name} in fragments of a byte`,
      fragments("text", [...bytes].map(single)),
      bytes,
    ),
    ...cuts.map((at) => {
      const parts = [bytes.subarray(0, at), bytes.subarray(at)];
      return row(
        `good-${name}-cut-${at}`,
        `${name} cut by a fragment after byte ${at}`,
        fragments("text", parts),
        bytes,
      );
    }),
  ];
}

function single(byte: number): Buffer {
  return Buffer.from([byte]);
}

function bad([name, bytes]: Sequence): FrameCase[] {
  const inside = Buffer.concat([SHORT_PREFIX, bytes, SHORT_PREFIX]);
  const long = Buffer.concat([LONG_PREFIX, bytes, LONG_PREFIX]);
  const cut = fragments("text", [SHORT_PREFIX, bytes.subarray(0, 1), bytes.subarray(1), SHORT_PREFIX]);
  return [
    row(`bad-${name}`, `${name} is no text`, [text(bytes)]),
    row(`bad-${name}-inside`, `${name} inside ASCII`, [text(inside)]),
    row(`bad-${name}-in-long-text`, `${name} inside a longer text`, [text(long)]),
    row(`bad-${name}-bytewise`, `${name}, byte by byte`, [text(inside)], undefined, "bytes"),
    row(`bad-${name}-in-parts`, `${name} cut by fragments`, cut),
  ];
}

function unfinished([name, bytes]: Sequence): FrameCase[] {
  const long = Buffer.concat([LONG_PREFIX, bytes]);
  return [
    row(`unfinished-${name}`, `a text must not end in ${name}`, [text(bytes)]),
    row(`unfinished-${name}-long`, `a long text must not end in ${name}`, [text(long)]),
    row(`unfinished-${name}-in-parts`, `nor the last fragment`, fragments("text", [SHORT_PREFIX, bytes])),
    row(`unfinished-${name}-empty-end`, `an empty last fragment does not finish it`, fragments("text", [bytes, ""])),
    row(`unfinished-${name}-two-texts`, `nor does the next message`, [text(bytes), text(Buffer.from([0x80]))]),
  ];
}

/**
 * RFC 6455 §8.1 says that the connection is failed, not when; at once is better, as the rest may never come. Here it is
 * held back for a while.
 */
function failFast([name, bytes]: Sequence): FrameCase[] {
  const first = Buffer.concat([SHORT_PREFIX, bytes, Buffer.from("z")]);
  const rest = Buffer.alloc(HELD_BACK - first.length, "z");
  const hope: Step = { hopeForClose: true };
  const inFrame = [text(first, { declared: BigInt(HELD_BACK) }), hope, { bytes: rest }];
  return [
    row(`at-once-${name}-in-fragments`, `${name} fails before the last fragment`, [
      text(first, UNFINISHED),
      hope,
      more("z"),
    ]),
    row(`at-once-${name}-in-a-frame`, `${name} fails before the frame is complete`, inFrame),
  ];
}
