import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ProtocolFailure, protocolFailures, type SocketPacket } from "@everwire/protocol";
import { settled } from "../transport/test-clock.test.ts";
import { startSocket } from "../transport/test-platform.test.ts";
import type { Parser, ParserPacket } from "./parser.ts";
import { parserCodec } from "./parser-codec.ts";

/** JSON in bytes, the whole packet at once. */
const bytesParser: Parser = {
  Encoder: class {
    encode(packet: ParserPacket): readonly Uint8Array[] {
      return [new TextEncoder().encode(JSON.stringify(packet))];
    }
  },
  Decoder: class {
    #listener: ((packet: ParserPacket) => void) | undefined;
    on(_event: "decoded", listener: (packet: ParserPacket) => void): void {
      this.#listener = listener;
    }
    add(message: unknown): void {
      if (!(message instanceof Uint8Array || message instanceof ArrayBuffer)) throw new Error("not bytes");
      this.#listener?.(JSON.parse(new TextDecoder().decode(message)));
    }
    destroy(): void {
      this.#listener = undefined;
    }
  },
};

const codec = parserCodec(bytesParser);

const PACKETS: readonly SocketPacket[] = [
  { type: "connect", namespace: "/a", data: { sid: "s" } },
  { type: "connect", namespace: "/" },
  { type: "disconnect", namespace: "/" },
  { type: "event", namespace: "/", args: ["e", 1, { two: [3] }] },
  { type: "event", namespace: "/", id: 4, args: [5] },
  { type: "ack", namespace: "/b", id: 0, args: [] },
  { type: "connect_error", namespace: "/", data: { message: "no", data: 1 } },
];

describe("a custom parser", () => {
  for (const packet of PACKETS) {
    it(`carries ${JSON.stringify(packet)}`, () => {
      const encoded = codec.encode(packet);
      assert.ok(!(encoded instanceof ProtocolFailure));
      assert.deepEqual(codec.decoder(1_000).take(encoded.packets[0]?.data ?? "", 0), packet);
    });
  }

  for (const wrong of [
    { type: 9, nsp: "/" },
    { type: 2, nsp: "/", data: {} },
    { type: 2, nsp: "/", data: [{}] },
    { type: 3, nsp: "/", data: [] },
    { type: 3, nsp: "/", id: 1, data: 1 },
    { type: 4, nsp: "/" },
  ]) {
    it(`is not believed when it reads ${JSON.stringify(wrong)}`, () => {
      const bytes = new TextEncoder().encode(JSON.stringify(wrong));
      assert.equal(codec.decoder(1_000).take(bytes, 0), protocolFailures.invalid_payload);
    });
  }

  it("may throw", () => {
    assert.equal(codec.decoder(1_000).take("text", 0), protocolFailures.invalid_payload);
    assert.equal(codec.encode({ type: "event", namespace: "/", args: ["e", 1n] }), protocolFailures.unencodable);
  });

  it("is used for all packets of a socket", async () => {
    const { network, socket } = startSocket({ parser: bytesParser });
    network.last.accept();
    await settled();
    const send = (packet: ParserPacket): void =>
      network.last.receive("message", new TextEncoder().encode(JSON.stringify(packet)));
    send({ type: 0, nsp: "/", data: { sid: "s" } });
    assert.equal(socket.id, "s");
    const answer = socket.emitWithAck("ask");
    await settled();
    send({ type: 3, nsp: "/", id: 0, data: ["answer"] });
    assert.equal(await answer, "answer");
  });
});
