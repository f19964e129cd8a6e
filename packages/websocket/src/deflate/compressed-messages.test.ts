import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ConnectionHandler } from "../connection/connection-handler.ts";
import { type ConnectionOptions, resolveConnectionOptions } from "../connection/connection-options.ts";
import { Protocol } from "../connection/protocol.ts";
import { frameFailure } from "../failures.ts";
import { ByteBudget } from "../frame/byte-budget.ts";
import { type Codec, type Deflated, INFLATE_TAIL, type Inflated } from "../frame/codec.ts";
import { PreparedMessage } from "../frame/prepared-message.ts";
import { rawFrame, seeded, until } from "../raw-peer.test.ts";
import { codecs } from "./deflate-pair.test.ts";

// The machine with a codec: first one whose answers come when the test says so, then the real one.

class Heard implements ConnectionHandler {
  readonly events: string[] = [];
  message(data: string | Buffer): void {
    this.events.push(typeof data === "string" ? data : `bytes ${data.toString()}`);
  }
  ping(data: Buffer): void {
    this.events.push(`ping ${data.toString()}`);
  }
  close(): void {
    assert.fail("the machine has no socket to report on");
  }
}

/** "Compresses" by putting a z before; answers late while it is `slow`. */
class ManualCodec implements Codec {
  slow = true;
  closed = false;
  readonly late: (() => void)[] = [];

  wants(length: number): boolean {
    return length > 0;
  }

  shareKey(): number {
    return 1;
  }

  deflate(payload: Uint8Array, done: (deflated: Deflated) => void): Deflated | "later" {
    return this.#answer(Buffer.concat([Buffer.from("z"), payload]), done);
  }

  inflate(stream: Buffer, done: (inflated: Inflated) => void): Inflated | "later" {
    const inflated = stream.subarray(1, stream.length - INFLATE_TAIL.length);
    return this.#answer(stream[0] === 122 ? Buffer.from(inflated) : frameFailure("invalid_compressed_data"), done);
  }

  close(): void {
    this.closed = true;
  }

  #answer<T>(value: T, done: (value: T) => void): T | "later" {
    if (!this.slow) return value;
    this.late.push(() => done(value));
    return "later";
  }
}

/** A server's machine with a manual codec, and what it hears and sends. */
class Bench {
  readonly codec = new ManualCodec();
  readonly heard = new Heard();
  readonly machine: Protocol;

  constructor(options: ConnectionOptions = {}) {
    this.machine = new Protocol("server", resolveConnectionOptions(options), this.codec, () => this.machine.proceed(0));
  }

  receive(...frames: readonly Buffer[]): void {
    this.machine.receive(Buffer.concat(frames), this.heard, 0);
  }

  /** Has the codec answer what it was asked first. */
  answer(): void {
    const next = this.codec.late.shift();
    assert.ok(next !== undefined, "the codec was asked");
    next();
  }

  /** The frames that are to be written, as [first byte in hex, payload]. */
  sent(): string[] {
    this.machine.outbox.releasePong();
    const bytes = Buffer.concat(this.machine.outbox.take());
    const frames: string[] = [];
    for (let at = 0; at < bytes.length; ) {
      const length = bytes[at + 1] ?? 0;
      assert.ok(length < 126);
      const payload = bytes.subarray(at + 2, at + 2 + length);
      frames.push(`${bytes.toString("hex", at, at + 1)} ${payload.toString("latin1")}`);
      at += 2 + length;
    }
    return frames;
  }
}

const squeezed = (text: string): Buffer => rawFrame({ opcode: 1, reserved: 4, payload: `z${text}` });
const plain = (text: string): Buffer => rawFrame({ opcode: 1, payload: text });
const ping = (text: string): Buffer => rawFrame({ opcode: 9, payload: text });
const close = (code: number): Buffer => rawFrame({ opcode: 8, payload: Buffer.from([code >> 8, code & 255]) });

describe("messages being inflated", () => {
  it("are not overtaken by messages, compressed or not; pings are answered meanwhile", () => {
    const bench = new Bench();
    bench.receive(
      squeezed("one"),
      ping("p"),
      plain("two"),
      squeezed("three"),
      rawFrame({ opcode: 2, payload: "four" }),
    );
    assert.deepEqual(bench.heard.events, ["ping p"]);
    assert.deepEqual(bench.sent(), ["8a p"]);
    assert.equal(bench.machine.inflating, true);
    bench.answer();
    assert.deepEqual(bench.heard.events, ["ping p", "one", "two"]);
    bench.receive(plain("five"));
    bench.answer();
    assert.deepEqual(bench.heard.events.slice(3), ["three", "bytes four", "five"]);
    assert.equal(bench.machine.inflating, false);
  });

  it("come before the close frame behind them", () => {
    const bench = new Bench();
    bench.receive(squeezed("one"), plain("two"), close(4000), plain("never"));
    assert.equal(bench.machine.state, "open");
    bench.answer();
    assert.deepEqual(bench.heard.events, ["one", "two"]);
    assert.deepEqual([bench.machine.state, bench.machine.closeCode], ["done", 4000]);
  });

  it("are dropped when this side has closed, and the peer's close frame does not wait for them", () => {
    const bench = new Bench();
    bench.receive(squeezed("one"));
    bench.machine.close(1000, "");
    bench.receive(close(1000));
    assert.equal(bench.machine.state, "done");
    assert.equal(bench.codec.closed, true);
    bench.answer();
    assert.deepEqual(bench.heard.events, []);
  });

  it("suspend the parser when 16 wait: what has come is kept, and goes on in order", () => {
    const bench = new Bench();
    const texts = Array.from({ length: 50 }, (_, at) => `message ${at}`);
    bench.receive(squeezed("first"), ...texts.map(plain), ping("late"));
    assert.equal(bench.machine.suspended, true);
    assert.deepEqual([bench.machine.incomplete, bench.machine.midFrame], [false, true]);
    bench.receive(plain("read before the pause"));
    assert.deepEqual(bench.heard.events, []);
    bench.answer();
    assert.deepEqual(bench.heard.events, ["first", ...texts, "ping late", "read before the pause"]);
    assert.deepEqual([bench.machine.suspended, bench.machine.midFrame], [false, false]);
  });

  it("suspend the parser at a frame's end, however the chunks are cut", () => {
    const bench = new Bench();
    const texts = Array.from({ length: 40 }, (_, at) => `message ${at}`);
    const bytes = Buffer.concat([squeezed("first"), ...texts.map(plain)]);
    for (const byte of bytes) bench.receive(Buffer.from([byte]));
    assert.equal(bench.machine.suspended, true);
    bench.answer();
    assert.deepEqual(bench.heard.events, ["first", ...texts]);
  });

  it("suspend the parser when 64 KiB wait", () => {
    const bench = new Bench();
    bench.receive(squeezed("first"), plain("x".repeat(70_000)), plain("y"));
    assert.equal(bench.machine.suspended, true);
  });

  it("are taken from the budget while they wait, and given back", () => {
    const budget = new ByteBudget(1000);
    const bench = new Bench({ incompleteBudget: budget });
    bench.receive(squeezed("x".repeat(100)), plain("y".repeat(300)));
    assert.ok(budget.reserved >= 400);
    bench.answer();
    assert.equal(budget.reserved, 0);
    bench.receive(squeezed("x".repeat(500)), plain("y".repeat(600)));
    assert.deepEqual([bench.machine.closeCode, bench.machine.closeReason], [1013, "incomplete_budget_exceeded"]);
    assert.equal(budget.reserved, 0);
  });

  it("fail the connection when they are no DEFLATE, or no UTF-8 once inflated", () => {
    for (const slow of [true, false]) {
      for (const [payload, code] of [
        [Buffer.from("?"), "invalid_compressed_data"],
        [Buffer.from("z\xc3", "latin1"), "invalid_utf8"],
      ] as const) {
        const bench = new Bench();
        bench.codec.slow = slow;
        bench.receive(rawFrame({ opcode: 1, reserved: 4, payload }));
        if (slow) bench.answer();
        assert.deepEqual([bench.machine.closeCode, bench.machine.closeReason], [1007, code]);
      }
    }
  });

  it("come as UTF-8 to who wants that, with those that waited", () => {
    const bench = new Bench();
    const heard: string[] = [];
    const handler = {
      message: () => assert.fail("there is no binary message"),
      utf8: (data: Buffer) => heard.push(data.toString()),
      close: () => {},
    };
    bench.machine.receive(Buffer.concat([squeezed("é"), plain("ü")]), handler, 0);
    bench.answer();
    bench.codec.slow = false;
    bench.machine.receive(squeezed("ö"), handler, 0);
    assert.deepEqual(heard, ["é", "ü", "ö"]);
  });

  it("are judged by RSV1: on the first frame of a data message, and nowhere else", () => {
    for (const frames of [
      [rawFrame({ opcode: 9, reserved: 4 })],
      [rawFrame({ opcode: 8, reserved: 4 })],
      [rawFrame({ opcode: 1, reserved: 4, fin: false, payload: "z" }), rawFrame({ opcode: 0, reserved: 4 })],
      [rawFrame({ opcode: 1, reserved: 6 })],
      [rawFrame({ opcode: 1, reserved: 2 })],
    ]) {
      const bench = new Bench();
      bench.receive(...frames);
      assert.equal(bench.machine.closeReason, "reserved_bit");
    }
    const without = new Protocol("server", resolveConnectionOptions(undefined));
    without.receive(squeezed("x"), new Heard(), 0);
    assert.equal(without.closeReason, "reserved_bit");
  });
});

describe("messages being deflated", () => {
  it("are not overtaken by messages, but by pings", () => {
    const bench = new Bench();
    bench.machine.text("one");
    bench.machine.text("two", false);
    bench.machine.binary(Buffer.from("three"));
    bench.machine.ping(Buffer.from("p"));
    assert.deepEqual(bench.sent(), ["89 p"]);
    assert.equal(bench.machine.deflatingBytes, 11);
    bench.answer();
    assert.deepEqual(bench.sent(), ["c1 zone", "81 two"]);
    bench.answer();
    assert.deepEqual(bench.sent(), ["c2 zthree"]);
    assert.equal(bench.machine.deflatingBytes, 0);
  });

  it("come before our close frame, also when it answers the peer's", () => {
    const ours = new Bench();
    ours.machine.text("one");
    ours.machine.close(1000, "");
    assert.deepEqual([ours.sent(), ours.machine.state], [[], "closing"]);
    ours.answer();
    assert.deepEqual(ours.sent(), ["c1 zone", "88 \x03\xe8"]);
    assert.equal(ours.machine.state, "closing");

    const theirs = new Bench();
    theirs.machine.text("one");
    theirs.receive(close(1000), plain("never"));
    assert.deepEqual([theirs.sent(), theirs.machine.state], [[], "closing"]);
    theirs.answer();
    assert.deepEqual(theirs.sent(), ["c1 zone", "88 \x03\xe8"]);
    assert.deepEqual([theirs.machine.state, theirs.machine.closeCode], ["done", 1000]);
  });

  it("are forgotten when the connection fails", () => {
    const bench = new Bench();
    bench.machine.text("one");
    bench.receive(rawFrame({ opcode: 3 }));
    bench.answer();
    assert.deepEqual(bench.sent(), ["88 \x03\xeaunknown_opcode"]);
    assert.equal(bench.machine.deflatingBytes, 0);
  });

  it("are what whoever asked for it waits for", () => {
    const bench = new Bench();
    const calls: string[] = [];
    bench.machine.whenDeflated((lost) => calls.push(`idle ${lost}`));
    bench.machine.text("one");
    bench.machine.whenDeflated((lost) => calls.push(`one ${lost}`));
    bench.machine.text("two");
    assert.deepEqual(calls, ["idle false"]);
    bench.answer();
    assert.deepEqual(calls, ["idle false", "one false"]);
    bench.machine.whenDeflated((lost) => calls.push(`two ${lost}`));
    bench.machine.abort();
    assert.deepEqual(calls, ["idle false", "one false", "two true"]);
  });

  it("may be changed by the sender at once, unless they are long", () => {
    const bench = new Bench();
    const bytes = Buffer.from("kept");
    bench.machine.binary(bytes);
    bench.machine.binary(bytes);
    bytes.fill("-");
    bench.answer();
    bench.answer();
    assert.deepEqual(bench.sent(), ["c2 zkept", "c2 zkept"]);
  });

  it("are deflated once for all when they are prepared, late or at once", () => {
    for (const slow of [true, false]) {
      const benches = Array.from({ length: 5 }, () => new Bench());
      for (const { codec } of benches) codec.slow = slow;
      const message = new PreparedMessage("to all");
      for (const { machine } of benches) {
        machine.prepared(message);
        machine.text("after", false);
      }
      const asked = benches.flatMap(({ codec }) => codec.late);
      assert.equal(asked.length, slow ? 1 : 0);
      for (const answer of asked) answer();
      const frames = benches.map((bench) => bench.sent());
      for (const sent of frames) assert.deepEqual(sent, ["c1 zto all", "81 after"]);
    }
  });

  it("are sent as they are when prepared so", () => {
    const bench = new Bench();
    bench.machine.prepared(new PreparedMessage("secret", { compress: false }));
    bench.machine.prepared(new PreparedMessage("text as bytes", { binary: true, compress: false }));
    assert.deepEqual(bench.sent(), ["81 secret", "82 text as bytes"]);
  });
});

describe("compressed messages in fragments", () => {
  const random = seeded(79);
  const text = Array.from({ length: 600 }, () => ["{", "}", "id", "é", "value ", "12"][Math.floor(random() * 6)]).join(
    "",
  );
  const options = { serverNoContextTakeover: false, clientNoContextTakeover: false, threshold: 0 };

  for (const size of [1, 2, 7, 100, 100_000]) {
    it(`of ${size} bytes are put together, with context taken over and pings between them`, async () => {
      const ends = codecs(options);
      const settings = resolveConnectionOptions(undefined);
      const machine: Protocol = new Protocol("server", settings, ends.server, () => machine.proceed(0));
      const heard = new Heard();
      const stream: Buffer[] = [];
      for (let message = 0; message < 5; message++) {
        // What short messages may take of one turn of the event loop is bounded.
        await new Promise(setImmediate);
        const deflated = ends.client.deflate(Buffer.from(text), () =>
          assert.fail("short messages are deflated at once"),
        );
        assert.ok(Buffer.isBuffer(deflated));
        for (let at = 0; at < deflated.length; at += size) {
          const payload = deflated.subarray(at, at + size);
          const fin = at + size >= deflated.length;
          stream.push(rawFrame({ opcode: at === 0 ? 1 : 0, reserved: at === 0 ? 4 : 0, fin, payload }));
          if (at === 0) stream.push(ping("between"));
        }
      }
      const bytes = Buffer.concat(stream);
      if (size > 100) for (const byte of bytes) machine.receive(Buffer.from([byte]), heard, 0);
      else machine.receive(bytes, heard, 0);
      await until(() => heard.events.length === 10, "five messages and five pings");
      assert.deepEqual(
        heard.events.filter((event) => event !== "ping between"),
        Array(5).fill(text),
      );
    });
  }

  it("row 79: of one byte each stop at the limit of what they inflate to, and hold no more than their bytes", async () => {
    const budget = new ByteBudget(1_000_000);
    const settings = resolveConnectionOptions({ maxPayload: 100_000, incompleteBudget: budget });
    const { client, server } = codecs({}, 100_000);
    const machine: Protocol = new Protocol("server", settings, server, () => machine.proceed(0));
    let bomb: Buffer | undefined;
    assert.equal(
      client.deflate(Buffer.alloc(10_000_000), (late) => (bomb = Buffer.from(late))),
      "later",
    );
    await until(() => bomb !== undefined, "the making of the bomb");
    const heard = new Heard();
    const bytes = bomb ?? Buffer.alloc(0);
    for (const [at, byte] of bytes.entries()) {
      const fin = at === bytes.length - 1;
      const payload = Buffer.from([byte]);
      machine.receive(rawFrame({ opcode: at === 0 ? 2 : 0, reserved: at === 0 ? 4 : 0, fin, payload }), heard, 0);
      assert.ok(budget.reserved <= 2 * (at + 1) + 128);
    }
    await until(() => machine.state === "done", "the end");
    assert.deepEqual([machine.closeCode, heard.events, budget.reserved], [1009, [], 0]);
  });
});
