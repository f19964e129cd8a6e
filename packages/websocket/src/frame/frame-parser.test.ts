import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FrameFailure } from "../failures.ts";
import { rawFrame, seeded } from "../raw-peer.test.ts";
import { FrameParser, type FrameSink, type Role } from "./frame-parser.ts";
import { NON_ASCII } from "./mask.ts";

const SIZES = [0, 1, 125, 126, 65535, 65536];

/** Collects whole frames, and checks what a parser promises about their pieces. */
class Frames implements FrameSink {
  readonly found: { opcode: number; fin: boolean; payload: Buffer; ascii: boolean | undefined }[] = [];
  #opcode = 0;
  #fin = false;
  #length = 0;
  #bits = 0;
  #pieces: Buffer[] = [];
  /** Says at each look whether the rest is to be held. */
  readonly #hold: () => boolean;

  constructor(hold: () => boolean = () => false) {
    this.#hold = hold;
  }

  get mustHold(): boolean {
    return this.#hold();
  }

  beginFrame(opcode: number, fin: boolean, length: number): FrameFailure | undefined {
    this.#opcode = opcode;
    this.#fin = fin;
    this.#length = length;
    this.#bits = 0;
    this.#pieces = [];
    return undefined;
  }

  framePayload(bytes: Buffer, start: number, end: number, bits: number, last: boolean): FrameFailure | undefined {
    this.#pieces.push(Buffer.from(bytes.subarray(start, end)));
    this.#bits |= bits;
    const payload = Buffer.concat(this.#pieces);
    assert.equal(last, payload.length === this.#length);
    const ascii = this.#bits === -1 ? undefined : (this.#bits & NON_ASCII) === 0;
    if (last) this.found.push({ opcode: this.#opcode, fin: this.#fin, payload, ascii });
    return undefined;
  }
}

function parse(role: Role, chunks: readonly Buffer[]): Frames["found"] {
  const frames = new Frames();
  const parser = new FrameParser(role, frames);
  for (const chunk of chunks) assert.equal(parser.push(Buffer.from(chunk)), undefined);
  assert.equal(parser.insideFrame, false);
  return frames.found;
}

function cut(bytes: Buffer, random: () => number): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + Math.floor(random() ** 4 * bytes.length);
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

describe("frame parser", () => {
  for (const role of ["server", "client"] as const) {
    const mask = role === "server" ? ([0x81, 0x02, 0xfe, 0x7f] as const) : undefined;
    for (const size of SIZES) {
      const payload = Buffer.from(Array.from({ length: size }, (_, at) => (at * 7) & 0x7f));
      const frames = [
        rawFrame({ opcode: 2, payload, mask }),
        rawFrame({ opcode: 9, payload: "ping", mask }),
        rawFrame({ opcode: 1, payload, fin: false, mask }),
        rawFrame({ opcode: 0, payload: Buffer.concat([payload, Buffer.from([0xff])]), mask }),
      ];
      const bytes = Buffer.concat(frames);
      const expected = [
        [2, true, size, true],
        [9, true, 4, true],
        [1, false, size, true],
        [0, true, size + 1, false],
      ];
      const check = (chunks: readonly Buffer[]): void => {
        const found = parse(role, chunks);
        assert.deepEqual(
          found.map(({ opcode, fin, payload, ascii }) => [opcode, fin, payload.length, ascii]),
          expected.map(([opcode, fin, length, ascii]) => [opcode, fin, length, role === "server" ? ascii : undefined]),
        );
        for (const frame of [found[0], found[2]]) assert.ok(frame?.payload.equals(payload));
      };
      it(`gives a ${role} frames of ${size} bytes whole`, () => check([bytes]));
      it(`gives a ${role} frames of ${size} bytes that come byte by byte`, () => {
        // Byte by byte a large payload shows nothing that a long run of single bytes has not shown.
        const head = Buffer.concat(frames.slice(0, 2)).subarray(0, 300);
        const rest = bytes.subarray(head.length);
        const tail = Math.max(0, rest.length - 300);
        check([...Array.from(head, (byte) => Buffer.from([byte])), rest.subarray(0, tail), ...singles(rest, tail)]);
      });
      it(`gives a ${role} frames of ${size} bytes at random splits`, () => {
        const random = seeded(size + 1);
        for (let run = 0; run < 20; run++) check(cut(bytes, random));
      });
    }
  }

  it("unmasks a payload at every alignment of the chunk", () => {
    const payload = Buffer.from(Array.from({ length: 200 }, (_, at) => at));
    for (let offset = 0; offset < 16; offset++) {
      const frame = rawFrame({ opcode: 2, payload });
      const chunk = Buffer.concat([Buffer.alloc(offset), frame]).subarray(offset);
      const frames = new Frames();
      new FrameParser("server", frames).push(chunk);
      assert.deepEqual(frames.found[0]?.payload, payload);
    }
  });

  it("holds the rest of a heavy chunk whenever it is told to, and loses nothing", () => {
    const messages = Array.from({ length: 5000 }, (_, at) => String(at % 10));
    const chunk = Buffer.concat(messages.map((payload) => rawFrame({ opcode: 1, payload })));
    let looks = 0;
    const frames = new Frames(() => looks++ % 3 !== 2);
    const parser = new FrameParser("server", frames);
    assert.equal(parser.push(chunk), undefined);
    assert.deepEqual([parser.suspended, frames.found.length], [true, 0]);
    let turns = 0;
    for (; parser.suspended; turns++) assert.equal(parser.resume(), undefined);
    assert.equal(frames.found.map(({ payload }) => payload).join(""), messages.join(""));
    assert.ok(turns > 10, `${turns} turns`);
  });

  it("parses a light chunk whole, and a payload to its end, whatever it is told", () => {
    const frames = new Frames(() => true);
    const parser = new FrameParser("server", frames);
    const long = rawFrame({ opcode: 2, payload: Buffer.alloc(10_000) });
    parser.push(Buffer.concat([rawFrame({ opcode: 1, payload: "x" }), long.subarray(0, 1000)]));
    parser.push(long.subarray(1000));
    assert.deepEqual([frames.found.length, parser.insideFrame], [2, false]);
  });

  it("refuses a masked frame as a client", () => {
    const failure = new FrameParser("client", new Frames()).push(rawFrame({ opcode: 1, payload: "x" }));
    assert.equal(failure?.code, "masked_frame");
  });

  it("parses nothing after a failure, in the same chunk or a later one", () => {
    const frames = new Frames();
    const parser = new FrameParser("server", frames);
    const good = rawFrame({ opcode: 1, payload: "x" });
    assert.equal(parser.push(Buffer.concat([rawFrame({ opcode: 3 }), good]))?.code, "unknown_opcode");
    assert.equal(parser.push(good), undefined);
    assert.deepEqual(frames.found, []);
  });
});

function singles(bytes: Buffer, start: number): Buffer[] {
  return Array.from(bytes.subarray(start), (byte) => Buffer.from([byte]));
}
