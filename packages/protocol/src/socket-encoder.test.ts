import assert from "node:assert/strict";
import { test } from "node:test";
import { failures } from "./failure-table.ts";
import { ProtocolFailure } from "./failures.ts";
import { SocketPacketDecoder } from "./socket-decoder.ts";
import { type EncodedSocketPacket, encodeSocketPacket } from "./socket-encoder.ts";
import type { SocketPacket } from "./socket-packet.ts";

const emit = (...rest: unknown[]): EncodedSocketPacket | ProtocolFailure =>
  encodeSocketPacket({ type: "event", namespace: "/", args: ["e", ...rest] });

/** The text of an event "e" with one argument. */
function written(value: unknown): string {
  const encoded = emit(value);
  assert.ok(!(encoded instanceof ProtocolFailure), encoded instanceof ProtocolFailure ? encoded.code : "");
  return encoded.text;
}

function nested(depth: number): unknown[] {
  const outermost: unknown[] = [];
  let innermost = outermost;
  for (let level = 1; level < depth; level++) {
    const next: unknown[] = [];
    innermost.push(next);
    innermost = next;
  }
  return outermost;
}

const WRITTEN: readonly [SocketPacket, string][] = [
  [{ type: "connect", namespace: "/" }, "0"],
  [{ type: "connect", namespace: "/chat" }, "0/chat,"],
  [{ type: "connect", namespace: "/", data: { sid: "a" } }, '0{"sid":"a"}'],
  [{ type: "disconnect", namespace: "/" }, "1"],
  [{ type: "disconnect", namespace: "/chat" }, "1/chat,"],
  [{ type: "event", namespace: "/", args: ["e", 1] }, '2["e",1]'],
  [{ type: "event", namespace: "/chat", id: 3, args: ["e"] }, '2/chat,3["e"]'],
  [{ type: "event", namespace: "/", args: [7] }, "2[7]"],
  [{ type: "ack", namespace: "/", id: 0, args: [] }, "30[]"],
  [{ type: "connect_error", namespace: "/x", data: { message: "no", data: 1 } }, '4/x,{"message":"no","data":1}'],
];

for (const [packet, text] of WRITTEN) {
  test(`${text} is written`, () => assert.deepEqual(encodeSocketPacket(packet), { text, attachments: [] }));
}

test("bytes of every kind become attachments in the order of their placeholders", () => {
  const bytes = Uint8Array.of(1, 2, 3, 4);
  const encoded = emit(
    Buffer.from("ab"),
    { a: [bytes.buffer], b: new DataView(bytes.buffer, 1, 2) },
    new Float32Array(1),
  );
  assert.ok(!(encoded instanceof ProtocolFailure));
  const placeholder = (num: number): string => `{"_placeholder":true,"num":${num}}`;
  assert.equal(
    encoded.text,
    `54-["e",${placeholder(0)},{"a":[${placeholder(1)}],"b":${placeholder(2)}},${placeholder(3)}]`,
  );
  assert.deepEqual(
    encoded.attachments.map((attachment) => [...attachment]),
    [
      [97, 98],
      [1, 2, 3, 4],
      [2, 3],
      [0, 0, 0, 0],
    ],
  );
});

test("an ack with bytes is written with its namespace and id", () => {
  const encoded = encodeSocketPacket({ type: "ack", namespace: "/chat", id: 5, args: [Uint8Array.of(1)] });
  assert.ok(!(encoded instanceof ProtocolFailure));
  assert.equal(encoded.text, '61-/chat,5[{"_placeholder":true,"num":0}]');
});

test("bytes are referenced, and what the application handed over is not changed", () => {
  const bytes = Uint8Array.of(1);
  const value = Object.freeze({ list: Object.freeze([bytes]) });
  const encoded = emit(value);
  assert.ok(!(encoded instanceof ProtocolFailure));
  assert.equal(encoded.attachments[0], bytes);
  assert.equal(value.list[0], bytes);
});

test("without bytes the text is that of JSON.stringify", () => {
  class Point {
    x = 1;
    get y(): number {
      return 2;
    }
  }
  const inherited = Object.create({ inherited: Uint8Array.of(1) });
  const values = [
    new Date(0),
    new Date(Number.NaN),
    new Map([[1, 2]]),
    new Point(),
    inherited,
    undefined,
    () => 1,
    "\ud800",
  ];
  for (const value of values) assert.equal(written(value), `2${JSON.stringify(["e", value])}`);
});

test("toJSON is called once, with its key, and may return bytes", () => {
  let calls = 0;
  const money = {
    toJSON(key: string): unknown {
      calls++;
      return { key, cents: 5 };
    },
  };
  assert.equal(
    written({ price: money, list: [money] }),
    '2["e",{"price":{"key":"price","cents":5},"list":[{"key":"0","cents":5}]}]',
  );
  assert.equal(calls, 2);
  const self = {
    a: 1,
    toJSON(): unknown {
      return self;
    },
  };
  assert.equal(written(self), '2["e",{"a":1}]');
  const encoded = emit({ toJSON: () => Uint8Array.of(7) });
  assert.ok(!(encoded instanceof ProtocolFailure));
  assert.deepEqual(encoded.attachments, [Uint8Array.of(7)]);
});

test("next to bytes everything else is written as JSON.stringify would", () => {
  const value = {
    date: new Date(0),
    boxed: [Object("s"), Object(1), Object(true)],
    gone: undefined,
    f: () => 1,
    n: null,
  };
  const encoded = emit(value, Uint8Array.of(1));
  assert.ok(!(encoded instanceof ProtocolFailure));
  assert.equal(encoded.text, `51-["e",${JSON.stringify(value)},{"_placeholder":true,"num":0}]`);
});

test("row 139: own __proto__ keys are written back, with and without bytes", () => {
  const data: unknown = JSON.parse('{"__proto__":{"a":1}}');
  assert.equal(written(data), '2["e",{"__proto__":{"a":1}}]');
  const encoded = emit(data, Uint8Array.of(1));
  assert.ok(!(encoded instanceof ProtocolFailure));
  assert.ok(encoded.text.includes('{"__proto__":{"a":1}}'));
});

test("row 166: data like a placeholder is legal only in a packet without attachments", () => {
  const lookalike = { _placeholder: true, num: 0 };
  assert.equal(written(lookalike), '2["e",{"_placeholder":true,"num":0}]');
  assert.equal(emit(lookalike, Uint8Array.of(1)), failures.invalid_placeholder);
  assert.equal(emit(Uint8Array.of(1), [lookalike]), failures.invalid_placeholder);
});

test("row 167: too deep, endless or cyclic data is reported, not thrown", () => {
  const cycle: unknown[] = [];
  cycle.push(1, { cycle });
  const wide: unknown[] = [];
  for (let i = 0; i < 3; i++) wide.push(wide);
  assert.equal(emit(nested(256)), failures.too_deep);
  assert.equal(emit(nested(100_000)), failures.too_deep);
  assert.equal(emit(cycle), failures.too_deep);
  assert.equal(emit(wide), failures.too_deep);
  assert.equal(emit(Uint8Array.of(1), nested(100_000)), failures.too_deep);
  assert.equal(emit(Uint8Array.of(1), cycle), failures.too_deep);
  assert.equal(encodeSocketPacket({ type: "connect", namespace: "/", data: { cycle } }), failures.too_deep);
  assert.ok(!(emit(nested(255)) instanceof ProtocolFailure));
});

test("row 167: bytes where their placeholder would be too deep are reported", () => {
  const deep = nested(255);
  let innermost: unknown = deep;
  while (Array.isArray(innermost) && innermost.length > 0) innermost = innermost[0];
  assert.ok(Array.isArray(innermost));
  innermost.push(Uint8Array.of(1));
  assert.equal(emit(deep), failures.too_deep);
  assert.equal(emit(Uint8Array.of(1), deep), failures.too_deep);
});

test("what JSON cannot write is reported, not thrown", () => {
  const throwing = {
    toJSON(): never {
      throw new Error("no");
    },
  };
  const getter = Object.defineProperty({}, "x", { enumerable: true, get: throwing.toJSON });
  const endless = { toJSON: (): unknown => [endless] };
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  assert.equal(emit(1n), failures.unencodable);
  assert.equal(emit(1n, Uint8Array.of(1)), failures.unencodable);
  assert.equal(emit(throwing), failures.unencodable);
  assert.equal(emit(getter), failures.unencodable);
  assert.equal(emit(proxy), failures.unencodable);
  assert.equal(emit(endless), failures.too_deep);
});

test("a packet no receiver would take is not written", () => {
  const event = { type: "event", namespace: "/" } as const;
  assert.equal(encodeSocketPacket({ ...event, args: ["connect"] }), failures.reserved_event);
  assert.equal(encodeSocketPacket({ ...event, args: ["n".repeat(257)] }), failures.invalid_event_name);
  assert.equal(encodeSocketPacket({ ...event, args: [Number.NaN] }), failures.invalid_event_name);
  assert.equal(encodeSocketPacket({ ...event, args: ["e"], namespace: "/a,b" }), failures.invalid_namespace);
  assert.equal(encodeSocketPacket({ ...event, args: ["e"], namespace: "chat" }), failures.invalid_namespace);
  for (const id of [-1, 1.5, Number.NaN, 2 ** 53]) {
    assert.equal(encodeSocketPacket({ ...event, args: ["e"], id }), failures.invalid_ack_id);
    assert.equal(encodeSocketPacket({ type: "ack", namespace: "/", args: [], id }), failures.invalid_ack_id);
  }
  assert.equal(
    encodeSocketPacket({ type: "connect", namespace: "/", data: { b: Uint8Array.of(1) } }),
    failures.unencodable,
  );
  const listed = { toJSON: () => [1] };
  assert.equal(encodeSocketPacket({ type: "connect", namespace: "/", data: listed }), failures.invalid_payload);
});

test("eleven attachments are refused unless the limit is raised, as the receivers' must be", () => {
  const args = ["e", ...Array.from({ length: 11 }, () => Uint8Array.of(1))] as const;
  const packet: SocketPacket = { type: "event", namespace: "/", args };
  assert.equal(encodeSocketPacket(packet), failures.too_many_attachments);
  const encoded = encodeSocketPacket(packet, { maxAttachments: 11 });
  assert.ok(!(encoded instanceof ProtocolFailure));
  const decoder = new SocketPacketDecoder("client", { maxAttachments: 11 });
  decoder.text(encoded.text, 0);
  const results = encoded.attachments.map((attachment) => decoder.binary(attachment, 0));
  assert.deepEqual(results.at(-1), packet);
});
