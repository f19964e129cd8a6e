import assert from "node:assert/strict";
import { test } from "node:test";
import { failures } from "./failure-table.ts";
import type { ProtocolFailure } from "./failures.ts";
import { SocketPacketDecoder } from "./socket-decoder.ts";
import { encodeRevision3Refusal } from "./socket-encoder.ts";
import type { SocketPacket } from "./socket-packet.ts";

/** What a server makes of one packet of a client of revision 3. */
function decode(text: string): SocketPacket | ProtocolFailure | undefined {
  return new SocketPacketDecoder("server", {}, 3).text(text, 0);
}

test("a connect names its namespace with a comma or without, and a query says who it is", () => {
  assert.deepEqual(decode("0/chat"), { type: "connect", namespace: "/chat" });
  assert.deepEqual(decode("0/chat,"), { type: "connect", namespace: "/chat" });
  const expected = { type: "connect", namespace: "/chat", data: { token: "a b,c/é", v: "", x: "2" } };
  for (const end of ["", ","]) {
    const packet = decode(`0/chat?token=a+b%2Cc%2F%C3%A9&v&x=1&&x=2${end}`);
    assert.deepEqual({ ...packet }, packet);
    assert.equal(JSON.stringify(packet), JSON.stringify(expected));
  }
});

test("names in a query reach no prototype", () => {
  const packet = decode("0/chat?__proto__=x&constructor=y");
  assert.ok(packet !== undefined && "data" in packet && typeof packet.data === "object");
  assert.equal(Object.getPrototypeOf(packet.data), null);
  assert.deepEqual(Object.entries(packet.data), [
    ["__proto__", "x"],
    ["constructor", "y"],
  ]);
});

test("the query of any other packet is left out, as it is part of no name", () => {
  assert.deepEqual(decode('2/chat?a=1,["e",1]'), { type: "event", namespace: "/chat", args: ["e", 1] });
  assert.deepEqual(decode('3/chat?a=1,7["ok"]'), { type: "ack", namespace: "/chat", id: 7, args: ["ok"] });
  assert.deepEqual(decode("1/chat"), { type: "disconnect", namespace: "/chat" });
});

test("in revision 4 a question mark is part of the name", () => {
  assert.deepEqual(new SocketPacketDecoder("server").text("0/chat?a=1,", 0), {
    type: "connect",
    namespace: "/chat?a=1",
  });
});

const REFUSED: readonly [name: string, text: string, failure: ProtocolFailure][] = [
  ["a payload of revision 4", '0/chat,{"token":"x"}', failures.invalid_payload],
  ["a broken escape", "0/chat?a=%zz", failures.invalid_payload],
  ["a query of 8193 characters", `0/chat?${"a".repeat(8193)},`, failures.invalid_namespace],
  ["a name of 257 characters", `0/${"a".repeat(256)}?a=1`, failures.invalid_namespace],
  ["an error packet from a client", '4"encode error"', failures.invalid_socket_packet],
  ["a reserved event", '2["disconnect"]', failures.reserved_event],
  ["bytes without attachments", '50-["e"]', failures.invalid_attachment_count],
];

for (const [name, text, failure] of REFUSED) {
  test(`${name} is refused with ${failure.code}`, () => assert.equal(decode(text), failure));
}

test("a query of 8192 characters is read", () => {
  assert.equal(Object.keys(decode(`0/chat?${"a".repeat(8192)},`) ?? {}).length, 3);
});

test("a refusal is what the application gave, as JSON", () => {
  const text = (namespace: string, reason: unknown): unknown => {
    const encoded = encodeRevision3Refusal(namespace, reason);
    return "text" in encoded ? encoded.text : encoded;
  };
  assert.equal(text("/", "not you"), '4"not you"');
  assert.equal(text("/chat", { code: 4711 }), '4/chat,{"code":4711}');
  assert.equal(text("/chat", [1, null]), "4/chat,[1,null]");
  assert.equal(text("/", undefined), failures.unencodable);
  assert.equal(text("/", 1n), failures.unencodable);
  assert.equal(text("/", { bytes: new Uint8Array(1) }), failures.unencodable);
  assert.equal(text("a,b", "x"), failures.invalid_namespace);
  const cycle: unknown[] = [];
  cycle.push(cycle);
  assert.equal(text("/", cycle), failures.too_deep);
});
