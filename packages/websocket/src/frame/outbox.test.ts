import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rawFrame } from "../raw-peer.test.ts";
import { BINARY, CLOSE, PING } from "./frame.ts";
import { Outbox } from "./outbox.ts";
import { PreparedMessage } from "./prepared-message.ts";

const plain = (opcode: number, payload: string | Uint8Array): Buffer => rawFrame({ opcode, payload, mask: undefined });
const sent = (outbox: Outbox): Buffer => {
  const announced = outbox.bytes;
  const bytes = Buffer.concat(outbox.take());
  assert.equal(bytes.length, announced);
  assert.equal(outbox.bytes, 0);
  return bytes;
};

describe("outbox", () => {
  for (const size of [0, 1, 125, 126, 16_384, 16_385, 65_535, 65_536]) {
    it(`frames text and bytes of ${size}`, () => {
      const outbox = new Outbox("server");
      const bytes = Buffer.alloc(size, 0xe9);
      const wide = "é".repeat(size >> 1);
      outbox.text("x".repeat(size));
      outbox.binary(bytes);
      outbox.text(wide);
      outbox.frame(PING, Buffer.from("p"));
      const expected = [plain(1, "x".repeat(size)), plain(2, bytes), plain(1, wide), plain(9, "p")];
      assert.ok(sent(outbox).equals(Buffer.concat(expected)));
    });
  }

  it("puts the small frames of a tick into one buffer", () => {
    const outbox = new Outbox("server");
    for (let at = 0; at < 500; at++) outbox.text(`message ${at}`);
    assert.equal(outbox.take().length, 1);
  });

  it("copies small payloads: the sender may use its bytes again at once", () => {
    const outbox = new Outbox("server");
    const bytes = Buffer.from("kept");
    outbox.binary(bytes);
    bytes.fill(0);
    assert.deepEqual(sent(outbox), plain(BINARY, "kept"));
  });

  it("sends a prepared frame as it is, without a copy", () => {
    const outbox = new Outbox("server");
    const message = new PreparedMessage("to all");
    outbox.prepared(message);
    assert.equal(outbox.take()[0], message.frame);
  });

  it("shares the buffer of several prepared messages between connections", () => {
    const messages = ["one", "two", "three"].map((text) => new PreparedMessage(text));
    const outboxes = [new Outbox("server"), new Outbox("server")];
    for (const message of messages) for (const outbox of outboxes) outbox.prepared(message);
    const [first, second] = outboxes.map((outbox) => outbox.take());
    assert.equal(first?.length, 1);
    assert.equal(first[0], second?.[0]);
    assert.deepEqual(first[0], Buffer.concat(["one", "two", "three"].map((text) => plain(1, text))));
  });

  it("keeps the order of prepared and other frames, small and large, and leaves shared bytes alone", () => {
    const outbox = new Outbox("server");
    const small = new PreparedMessage("small");
    const large = new PreparedMessage(Buffer.alloc(40_000, 1));
    const before = Buffer.from(small.frame);
    for (const step of ["small", "text", "small", "large", "small", "large", "text", "small", "small"]) {
      if (step === "text") outbox.text("own");
      else outbox.prepared(step === "small" ? small : large);
    }
    const own = plain(1, "own");
    const [s, l] = [small.frame, large.frame];
    assert.ok(sent(outbox).equals(Buffer.concat([s, own, s, l, s, l, own, s, s])));
    assert.ok(small.frame.equals(before));
  });

  it("masks every frame of a client with a key of its own", () => {
    const outbox = new Outbox("client");
    outbox.text("hello");
    outbox.prepared(new PreparedMessage("hello"));
    outbox.binary(Buffer.alloc(20_000, 7));
    const bytes = sent(outbox);
    const keys = [bytes.subarray(2, 6), bytes.subarray(13, 17), bytes.subarray(26, 30)];
    assert.equal(new Set(keys.map((key) => key.toString("hex"))).size, 3);
    const payload = bytes.subarray(6, 11).map((byte, at) => byte ^ (keys[0]?.[at % 4] ?? 0));
    assert.equal(Buffer.from(payload).toString(), "hello");
  });

  it("holds one pong, the latest, until it is released", () => {
    const outbox = new Outbox("server");
    outbox.pong(Buffer.from("first"));
    outbox.pong(Buffer.from("second"));
    assert.equal(outbox.bytes, 0);
    outbox.releasePong();
    outbox.releasePong();
    outbox.frame(CLOSE, Buffer.alloc(0));
    assert.deepEqual(sent(outbox), Buffer.concat([plain(10, "second"), plain(8, "")]));
  });
});
