import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { constants, deflateRawSync } from "node:zlib";
import { FrameFailure } from "../failures.ts";
import { type Deflated, INFLATE_TAIL, type Inflated } from "../frame/codec.ts";
import { seeded, until, within } from "../raw-peer.test.ts";
import { DeflateBudget } from "./deflate-budget.ts";
import type { PerMessageDeflateOptions } from "./deflate-options.ts";
import { codecs } from "./deflate-pair.test.ts";
import type { PerMessageDeflate } from "./permessage-deflate.ts";

const TAKEOVER: PerMessageDeflateOptions = { serverNoContextTakeover: false, clientNoContextTakeover: false };
const MiB = 1024 * 1024;

function asStream(payload: Uint8Array): Buffer {
  return Buffer.concat([payload, Buffer.from(INFLATE_TAIL)]);
}

async function inflate(codec: PerMessageDeflate, payload: Uint8Array): Promise<Inflated> {
  return await within(
    5000,
    new Promise((resolve) => {
      const inflated = codec.inflate(asStream(payload), resolve);
      if (inflated !== "later") resolve(inflated);
    }),
  );
}

async function deflate(codec: PerMessageDeflate, payload: Uint8Array): Promise<Deflated> {
  return await within(
    5000,
    new Promise((resolve) => {
      const deflated = codec.deflate(payload, resolve);
      if (deflated !== "later") resolve(deflated);
    }),
  );
}

function codeOf(inflated: Inflated): string {
  return inflated instanceof FrameFailure ? inflated.code : "inflated";
}

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

describe("the examples of RFC 7692 §7.2.3", () => {
  const rows: readonly (readonly [name: string, payload: string])[] = [
    ["7.2.3.1 one block", "f2 48 cd c9 c9 07 00"],
    ["7.2.3.1 a message of two fragments", "f2 48 cd c9 c9 07 00"],
    ["7.2.3.3 a block without compression", "00 05 00 fa ff 48 65 6c 6c 6f 00"],
    ["7.2.3.4 a block with BFINAL set", "f3 48 cd c9 c9 07 00 00"],
    ["7.2.3.4 a block with BFINAL set, and no byte after it", "f3 48 cd c9 c9 07 00"],
    ["7.2.3.5 two blocks", "f2 48 05 00 00 00 ff ff ca c9 c9 07 00"],
  ];
  for (const [name, payload] of rows) {
    it(`inflates ${name}`, async () => {
      for (const codec of Object.values(codecs())) {
        assert.equal((await inflate(codec, hex(payload))).toString(), "Hello");
      }
    });
  }

  it("7.2.3.2 inflates the second Hello by means of the first, and deflates it to the same bytes", async () => {
    const first = Buffer.from("Hello");
    const sent = codecs({ ...TAKEOVER, threshold: 0 });
    // zlib finds 5 bytes not worth it, or finds the same: what it makes is then read back.
    const received = codecs(TAKEOVER);
    assert.equal((await inflate(received.server, hex("f2 48 cd c9 c9 07 00"))).toString(), "Hello");
    assert.equal((await inflate(received.server, hex("f2 00 11 00 00"))).toString(), "Hello");
    const twice = Buffer.concat([first, first, first, first]);
    await deflate(sent.client, twice);
    const again = await deflate(sent.client, twice);
    assert.ok(again !== "plain" && again.length < 8);
  });

  it("7.2.3.6 inflates an empty message", async () => {
    assert.deepEqual(await inflate(codecs().server, hex("00")), Buffer.alloc(0));
  });
});

describe("permessage-deflate between two ends", () => {
  const random = seeded(7);
  const words = ["alpha", "beta", "gamma", '{"id":', "12345", "}", "é", "\n", " ".repeat(40)];
  const text = (length: number): Buffer => {
    let all = "";
    while (all.length < length) all += words[Math.floor(random() * words.length)] ?? "";
    return Buffer.from(all.slice(0, length));
  };
  for (const takeover of [false, true]) {
    for (const bits of [9, 11, 15]) {
      it(`passes every message on, ${takeover ? "with" : "without"} context takeover, window of 2^${bits}`, async () => {
        const options = takeover ? TAKEOVER : { threshold: 0 };
        const ends = codecs({ ...options, serverMaxWindowBits: bits, clientMaxWindowBits: bits });
        const sizes = [1, 17, 125, 126, 511, 512, 513, 4000, 32_768, 40_000, 65_535, 65_536, 200_000];
        for (const size of [...sizes, ...Array.from({ length: 100 }, () => Math.ceil(random() ** 4 * 30_000))]) {
          for (const [from, to] of [
            [ends.server, ends.client],
            [ends.client, ends.server],
          ] as const) {
            const payload = text(size);
            const deflated = await deflate(from, payload);
            if (deflated === "plain") continue;
            assert.ok(deflated.length < payload.length);
            const inflated = await inflate(to, deflated);
            assert.ok(Buffer.isBuffer(inflated) && inflated.equals(payload), `${codeOf(inflated)} at ${size}`);
          }
        }
      });
    }
  }

  it("makes repeated messages much smaller with context takeover", async () => {
    const message = text(1500);
    const [fresh, kept] = [codecs({}), codecs(TAKEOVER)];
    for (const codec of [fresh.server, kept.server]) await deflate(codec, message);
    const [alone, repeated] = [await deflate(fresh.server, message), await deflate(kept.server, message)];
    assert.ok(alone !== "plain" && repeated !== "plain" && repeated.length * 5 < alone.length);
  });

  it("does not compress what would become longer, and then remembers none of it", async () => {
    const noise = Buffer.from(Array.from({ length: 3000 }, () => Math.floor(random() * 256)));
    for (const options of [{}, TAKEOVER]) {
      const ends = codecs(options);
      for (let time = 0; time < 2; time++) assert.equal(await deflate(ends.server, noise), "plain");
      const deflated = await deflate(ends.server, text(2000));
      assert.ok(deflated !== "plain" && codeOf(await inflate(ends.client, deflated)) === "inflated");
    }
  });

  it("wants messages from the threshold up, and all but empty ones where context is taken over", () => {
    const lengths = [0, 1, 1023, 1024, 100_000];
    assert.deepEqual(
      lengths.map((length) => codecs().server.wants(length)),
      [false, false, false, true, true],
    );
    assert.deepEqual(
      lengths.map((length) => codecs(TAKEOVER).server.wants(length)),
      [false, true, true, true, true],
    );
  });

  it("sends nothing compressed with a window of 8 bits, and inflates what comes in one", async () => {
    const offer = "permessage-deflate; server_max_window_bits=8; client_max_window_bits=8";
    const { server, client } = codecs({}, MiB, offer);
    assert.equal(server.wants(10_000), false);
    assert.equal(client.wants(10_000), false);
    assert.equal((await inflate(server, hex("f2 48 cd c9 c9 07 00"))).toString(), "Hello");
  });

  it("makes the same of a message wherever the share key is the same", async () => {
    const message = text(3000);
    const narrow = codecs({ serverMaxWindowBits: 9 }).server;
    const [one, other] = [codecs().server, codecs({ serverMaxWindowBits: 14 }).server];
    assert.equal(one.shareKey(3000), other.shareKey(3000));
    assert.notEqual(one.shareKey(3000), narrow.shareKey(3000));
    assert.notEqual(one.shareKey(3000), codecs({ level: 1 }).server.shareKey(3000));
    assert.deepEqual(await deflate(one, message), await deflate(other, message));
    assert.equal(codecs(TAKEOVER).server.shareKey(3000), undefined);
  });
});

describe("inflating what a hostile peer sends", () => {
  const flush = (data: Uint8Array, dictionary?: Buffer): Buffer =>
    deflateRawSync(data, { finishFlush: constants.Z_SYNC_FLUSH, ...(dictionary && { dictionary }) }).subarray(0, -4);
  const far = Buffer.from(Array.from({ length: 300 }, (_, at) => (at * 7919) % 251));
  const beforeLast = flush(far, Buffer.concat([far, Buffer.alloc(20_000, 1)]));

  const invalid: readonly (readonly [name: string, payload: Buffer, options: PerMessageDeflateOptions])[] = [
    ["76 garbage", hex("ff ff ff 00"), {}],
    ["76 a block type that is reserved", hex("06"), {}],
    ["80 what follows a last block is no block", hex("f3 48 cd c9 c9 07 00 ff"), {}],
    ["80 a message of nothing but last blocks", Buffer.from("0300".repeat(1000), "hex"), {}],
    ["81 a reference to an earlier message without context takeover", beforeLast, {}],
    ["81 a reference to before the first message", beforeLast, TAKEOVER],
    ["83 no payload at all", Buffer.alloc(0), {}],
    ["a stream that is cut off", flush(Buffer.from("cut off, cut off, cut off")).subarray(0, 9), {}],
    ["a stored block that is longer than the message", hex("00 ff ff 00 00 48"), {}],
  ];
  for (const [name, payload, options] of invalid) {
    it(`refuses row ${name}`, async () => {
      assert.equal(codeOf(await inflate(codecs(options).server, payload)), "invalid_compressed_data");
    });
  }

  it("row 80: goes on after a last block, within the message and after it, and keeps the context", async () => {
    const { server } = codecs(TAKEOVER);
    const twice = await inflate(server, hex("f3 48 cd c9 c9 07 00 f2 48 cd c9 c9 07 00"));
    assert.equal(twice.toString(), "HelloHello");
    assert.equal((await inflate(server, hex("f2 00 11 00 00"))).toString(), "Hello");
  });

  it("row 81: refuses a reference beyond a window that was agreed on", async () => {
    const distance = 1000;
    const message = Buffer.concat([far, Buffer.alloc(distance - far.length, 9), far]);
    for (const [bits, code] of [
      [9, "invalid_compressed_data"],
      [10, "inflated"],
    ] as const) {
      assert.equal(codeOf(await inflate(codecs({ clientMaxWindowBits: bits }).server, flush(message))), code);
    }
  });

  it("allows a message as long as the limit and not one byte more, short or long", async () => {
    for (const limit of [1, 1000, 65_536, 65_537, 300_000]) {
      for (const [length, code] of [
        [limit, "inflated"],
        [limit + 1, "message_too_big"],
      ] as const) {
        const payload = flush(Buffer.alloc(length, 120));
        assert.equal(codeOf(await inflate(codecs({}, limit).server, payload)), code, `${length} of ${limit}`);
      }
    }
    const options = { maxInflatedBytes: 10 };
    assert.equal(codeOf(await inflate(codecs(options).server, flush(Buffer.alloc(11)))), "message_too_big");
  });

  it("never throws, whatever the bytes", async () => {
    const random = seeded(76);
    const valid = flush(Buffer.from("some text, some text, some more text ".repeat(20)));
    for (const options of [{}, TAKEOVER]) {
      let { server } = codecs(options, 10_000);
      for (let round = 0; round < 1500; round++) {
        const payload = Buffer.from(valid);
        if (round % 3 === 0) for (let at = 0; at < payload.length; at++) payload[at] = Math.floor(random() * 256);
        else payload[Math.floor(random() * payload.length)] = Math.floor(random() * 256);
        const inflated = await inflate(server, payload.subarray(0, Math.floor(random() * (payload.length + 1))));
        if (inflated instanceof FrameFailure) ({ server } = codecs(options, 10_000));
        else assert.ok(inflated.length <= 10_000);
      }
    }
  });
});

describe("the budget for inflating", () => {
  const zeros = deflateRawSync(Buffer.alloc(101 * MiB), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);

  /** The most that buffers took beyond what they take now, looked at in every turn of the event loop. */
  async function mostMemory(work: () => Promise<unknown>): Promise<number> {
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    let over = false;
    const look = (): void => {
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      if (!over) setImmediate(look);
    };
    look();
    await work();
    over = true;
    return most;
  }

  it("row 77: a bomb of 101 MiB takes no more than the limit, with the pieces and their whole", async () => {
    const most = await mostMemory(async () => {
      assert.equal(codeOf(await inflate(codecs().server, zeros)), "message_too_big");
    });
    // The compressed message, a limit's worth of pieces of 16 KiB and one more: nothing is put together any more.
    assert.ok(most <= zeros.length + MiB + 16_384 + 65_536, `${most} bytes`);
  });

  it("row 78: ten messages just under the limit take no more than the budget together, and all come", async () => {
    const budget = new DeflateBudget(64 * MiB);
    const payload = deflateRawSync(Buffer.alloc(12 * MiB), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
    let most = 0;
    const ends = Array.from({ length: 10 }, () => codecs({ budget }, 12 * MiB + 1).server);
    const all = ends.map(async (codec) => {
      const inflated = await inflate(codec, payload);
      most = Math.max(most, budget.reserved);
      return inflated instanceof FrameFailure ? inflated.code : inflated.length;
    });
    assert.deepEqual([budget.running, budget.waiting], [2, 8], "24 MiB each, the pieces and their whole");
    assert.deepEqual(new Set(await Promise.all(all)), new Set([12 * MiB]));
    assert.ok(most <= 64 * MiB);
    assert.deepEqual([budget.reserved, budget.running, budget.waiting], [0, 0, 0]);
  });

  it("refuses a message that would need more than all of it", async () => {
    const budget = new DeflateBudget(2 * MiB);
    const payload = deflateRawSync(Buffer.alloc(2 * MiB), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
    assert.equal(codeOf(await inflate(codecs({ budget }, 4 * MiB).server, payload)), "message_too_big");
  });

  it("lets four run at a time, or as many as the options say, in the order in which they came", async () => {
    for (const concurrencyLimit of [4, 1]) {
      const budget = new DeflateBudget(64 * MiB);
      const order: number[] = [];
      const payload = Buffer.alloc(100_000, "deflate ");
      const jobs = Array.from({ length: 9 }, async (_, at) => {
        await deflate(codecs({ budget, concurrencyLimit }).server, payload);
        order.push(at);
      });
      assert.deepEqual([budget.running, budget.waiting], [concurrencyLimit, 9 - concurrencyLimit]);
      await Promise.all(jobs);
      if (concurrencyLimit === 1) assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    }
  });

  it("does not begin what was given up", async () => {
    const budget = new DeflateBudget(64 * MiB);
    const payload = Buffer.alloc(70_000);
    const ends = Array.from({ length: 20 }, () => codecs({ budget }).server);
    let called = 0;
    for (const codec of ends) codec.inflate(asStream(payload), () => called++);
    for (const codec of ends) codec.close();
    await until(() => budget.running === 0 && budget.waiting === 0, "the end of all jobs");
    assert.equal(called, 4);
  });
});
