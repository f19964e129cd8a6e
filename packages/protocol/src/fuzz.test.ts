import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeBase64, encodeBase64 } from "./base64.ts";
import { parseChannelPosition } from "./channel-position.ts";
import { decodeHistory, decodePublish, decodeSubscribe } from "./channel-request.ts";
import { decodeHistoryResponse, decodePublishResponse, decodeSubscribeResponse } from "./channel-response.ts";
import { decodeEngineHandshake, encodeEngineHandshake } from "./engine-handshake.ts";
import { decodeEnginePacket, type EnginePacket, encodeEnginePacket } from "./engine-packet.ts";
import { EnginePayloadReader, encodeEnginePayload } from "./engine-payload.ts";
import { ProtocolFailure } from "./failures.ts";
import { SocketPacketDecoder } from "./socket-decoder.ts";
import { encodeSocketPacket } from "./socket-encoder.ts";
import type { SocketPacket } from "./socket-packet.ts";

const ROUNDS = 20_000;

/** What packets are made of, so that a mutation often hits the grammar and not only the bytes. */
const PIECES = [
  ...'0123456789-,/[]{}":\\ \x1eb=+é',
  "😀",
  "\ud800",
  "null",
  "true",
  "1e400",
  "-0",
  '"e"',
  "[[",
  "__proto__",
];
const PLACEHOLDER = '{"_placeholder":true,"num":0}';

/** xorshift32: the same sequence on every machine, so that a failure names its round. */
class Random {
  #state: number;
  constructor(seed: number) {
    this.#state = seed;
  }
  below(limit: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % limit;
  }
  pick<T>(items: readonly T[], fallback: T): T {
    return items[this.below(items.length)] ?? fallback;
  }
}

function mutate(text: string, random: Random): string {
  let mutated = text;
  for (let edits = random.below(4); edits >= 0; edits--) {
    const from = random.below(mutated.length + 1);
    const to = from + random.below(4);
    const piece = random.below(3) === 0 ? "" : random.pick([...PIECES, PLACEHOLDER], "");
    mutated = mutated.slice(0, from) + piece + mutated.slice(to);
  }
  return mutated;
}

/** Runs a property over mutations of valid texts and says on which text it broke. */
function fuzz(seeds: readonly string[], property: (text: string, random: Random) => boolean): void {
  const random = new Random(0x2545_f491);
  let accepted = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const text = mutate(random.pick(seeds, ""), random);
    try {
      if (property(text, random)) accepted++;
    } catch (error) {
      throw new Error(`round ${round}: ${JSON.stringify(text)}`, { cause: error });
    }
  }
  assert.ok(accepted > ROUNDS / 100, `only ${accepted} mutations were accepted: the fuzz tests nothing`);
}

test("engine packets: a packet or a failure, and what is read is written back", () => {
  fuzz(["4hello", "2probe", "6", '0{"sid":"a"}'], (text) => {
    const packet = decodeEnginePacket(text);
    if (packet instanceof ProtocolFailure) return false;
    assert.equal(encodeEnginePacket(packet), text);
    return true;
  });
});

test("engine payloads: whole or a failure, and what is read is written back", () => {
  fuzz(['42["e"]\x1ebAQID\x1e2', "4a\x1e4b\x1e4c", "bZm9v"], (text) => {
    const packets: EnginePacket[] = [];
    const reader = new EnginePayloadReader(text);
    for (let next = reader.next(); next !== undefined; next = reader.next()) {
      if (next instanceof ProtocolFailure) {
        assert.equal(reader.next(), next);
        return false;
      }
      packets.push(next);
    }
    assert.equal(encodeEnginePayload(packets), text);
    return true;
  });
});

test("base64: what is accepted is the one text of its bytes, as Node reads it", () => {
  fuzz(["Zm9vYmFy", "Zm9vYg==", "Zm9vYmE=", ""], (text) => {
    const bytes = decodeBase64(text);
    if (bytes instanceof ProtocolFailure) return false;
    assert.equal(encodeBase64(bytes), text);
    assert.ok(Buffer.from(text, "base64").equals(bytes));
    return true;
  });
});

test("handshakes: usable or a failure", () => {
  const seed = encodeEngineHandshake({
    sid: "ab",
    upgrades: ["w"],
    pingInterval: 25,
    pingTimeout: 20,
    maxPayload: 100,
  });
  fuzz([seed], (text) => {
    const handshake = decodeEngineHandshake(text);
    if (handshake instanceof ProtocolFailure) return false;
    assert.deepEqual(decodeEngineHandshake(encodeEngineHandshake(handshake)), handshake);
    return true;
  });
});

const SOCKET_SEEDS = [
  "0",
  '0/chat,{"token":"abc"}',
  '0{"sid":"abc"}',
  "1/chat,",
  '2/chat,12["event",{"a":[1,2,{"b":null}]},"é"]',
  '2["e"]',
  '37["ok"]',
  '4{"message":"no","data":{}}',
  `51-/chat,3["e",${PLACEHOLDER}]`,
  `52-["e",${PLACEHOLDER},{"x":{"_placeholder":true,"num":1}}]`,
  `61-7[${PLACEHOLDER}]`,
];

/** Feeds a text and as many attachments as it asks for. */
function readPacket(decoder: SocketPacketDecoder, text: string, attachments: readonly Uint8Array[]) {
  let result = decoder.text(text, 0);
  for (const attachment of attachments) {
    if (result !== undefined) break;
    result = decoder.binary(attachment, 0);
  }
  return result;
}

function assertRoundTrip(packet: SocketPacket, role: "server" | "client"): void {
  const encoded = encodeSocketPacket(packet);
  assert.ok(!(encoded instanceof ProtocolFailure), "what was read can be written");
  const again = readPacket(new SocketPacketDecoder(role), encoded.text, encoded.attachments);
  assert.ok(again !== undefined && !(again instanceof ProtocolFailure), "what was written can be read");
  // Compared as text: numbers that JSON cannot write, 1e400 and -0, have become what it writes for them.
  assert.deepEqual(encodeSocketPacket(again), encoded);
}

for (const role of ["server", "client"] as const) {
  test(`socket packets for a ${role}: a packet or a failure for good, and round trips`, () => {
    const attachments = Array.from({ length: 10 }, (_, index) => Uint8Array.of(index));
    fuzz(SOCKET_SEEDS, (text) => {
      const decoder = new SocketPacketDecoder(role);
      const packet = readPacket(decoder, text, attachments);
      assert.notEqual(packet, undefined, "ten attachments complete every packet");
      if (packet === undefined) return false;
      if (packet instanceof ProtocolFailure) {
        assert.equal(decoder.text("1", 0), packet);
        return false;
      }
      assertRoundTrip(packet, role);
      return true;
    });
    assert.equal("polluted" in {}, false);
  });
}

test("sequences of text and binary never leave a decoder waiting without a deadline", () => {
  fuzz(SOCKET_SEEDS, (text, random) => {
    const decoder = new SocketPacketDecoder("server");
    const first = decoder.text(text, 0);
    let last = first;
    for (let step = 0; step < 4; step++) {
      const failed = last instanceof ProtocolFailure;
      assert.equal(decoder.deadline !== undefined, last === undefined);
      const next = random.below(2) === 0 ? decoder.binary(new Uint8Array(1), 1) : decoder.text(text, 1);
      if (failed) assert.equal(next, last);
      last = next;
    }
    return !(first instanceof ProtocolFailure);
  });
});

test("channel requests, answers and positions: a value or a failure", () => {
  const record = { offset: 1, id: "i", publisher: "p", time: 1, data: 1 };
  const subscribed = {
    channel: "a",
    epoch: "e",
    offset: 2,
    recovered: true,
    more: false,
    records: [record],
    members: [],
  };
  const seeds = [
    { channel: "a", since: "e:1", limit: 5, id: "i", data: [1], before: 2 },
    { ok: true, id: "i", offset: 1, epoch: "e", time: 1, duplicate: false },
    { ok: true, ...subscribed },
    { ok: false, error: { code: "x", message: "y", retry: false } },
  ].map((seed) => JSON.stringify(seed));
  const decoders = [
    decodeSubscribe,
    decodePublish,
    decodeHistory,
    decodeSubscribeResponse,
    decodePublishResponse,
    decodeHistoryResponse,
  ];
  fuzz(seeds, (text) => {
    parseChannelPosition(text);
    const packet = new SocketPacketDecoder("server").text(`2["e",${text}]`, 0);
    if (packet === undefined || packet instanceof ProtocolFailure || packet.type !== "event") return false;
    return decoders.map((decode) => decode(packet.args[1])).some((result) => !(result instanceof ProtocolFailure));
  });
});
