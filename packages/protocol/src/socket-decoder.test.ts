import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { EnginePayloadReader } from "./engine-payload.ts";
import { failures } from "./failure-table.ts";
import { ProtocolFailure } from "./failures.ts";
import { SocketPacketDecoder } from "./socket-decoder.ts";
import { encodeSocketPacket } from "./socket-encoder.ts";
import type { SocketPacket } from "./socket-packet.ts";

const server = (): SocketPacketDecoder => new SocketPacketDecoder("server");
const client = (): SocketPacketDecoder => new SocketPacketDecoder("client");

const event = (name: string | number, ...rest: unknown[]): SocketPacket => ({
  type: "event",
  namespace: "/",
  args: [name, ...rest],
});

const READ_BY_SERVER: readonly [string, string, SocketPacket][] = [
  ["CONNECT", "0", { type: "connect", namespace: "/" }],
  ["CONNECT with a payload", '0{"token":"x"}', { type: "connect", namespace: "/", data: { token: "x" } }],
  ["CONNECT to a namespace", "0/chat,", { type: "connect", namespace: "/chat" }],
  ["CONNECT without a comma, as old clients write it", "0/chat", { type: "connect", namespace: "/chat" }],
  ["CONNECT to the main namespace by name", "0/,{}", { type: "connect", namespace: "/", data: {} }],
  ["CONNECT with an id, which means nothing", '01{"a":1}', { type: "connect", namespace: "/", data: { a: 1 } }],
  ["CONNECT with an id alone", "0/chat,1", { type: "connect", namespace: "/chat" }],
  ["a query, which is part of the name", "0/chat?a=1,", { type: "connect", namespace: "/chat?a=1" }],
  ["DISCONNECT", "1", { type: "disconnect", namespace: "/" }],
  ["DISCONNECT from a namespace", "1/chat,", { type: "disconnect", namespace: "/chat" }],
  ["EVENT", '2["e",1,null]', event("e", 1, null)],
  ["EVENT with a numeric name", "2[7]", event(7)],
  ["EVENT with the empty name", '2[""]', event("")],
  ["EVENT with id 0", '20["e"]', { type: "event", namespace: "/", id: 0, args: ["e"] }],
  ["EVENT in a namespace with an id", '2/chat,12["e"]', { type: "event", namespace: "/chat", id: 12, args: ["e"] }],
  ["ACK", "37[1,2]", { type: "ack", namespace: "/", id: 7, args: [1, 2] }],
  ["ACK without arguments", "3/chat,7[]", { type: "ack", namespace: "/chat", id: 7, args: [] }],
  ["row 131: an event before CONNECT, which its owner refuses", '2["e"]', event("e")],
  ["row 133: an unknown namespace, which its owner refuses", "0/secret,", { type: "connect", namespace: "/secret" }],
  ["row 134: a namespace named like a property", "0/__proto__,", { type: "connect", namespace: "/__proto__" }],
  ["row 134: a namespace named like another", "0/constructor,", { type: "connect", namespace: "/constructor" }],
  [
    "row 140: forged recovery fields, which are data",
    '0{"pid":"x","offset":"y"}',
    { type: "connect", namespace: "/", data: { pid: "x", offset: "y" } },
  ],
  ["row 146: an event named error", '2["error","x"]', event("error", "x")],
  ["row 147: names of inherited members", '2["constructor",1]', event("constructor", 1)],
  ["row 147: __proto__ as a name", '2["__proto__",1]', event("__proto__", 1)],
  ["row 148: a name of 256 characters", `2["${"n".repeat(256)}"]`, event("n".repeat(256))],
  ["row 152: an ack nobody waits for", "3999[1]", { type: "ack", namespace: "/", id: 999, args: [1] }],
  [
    "row 166: a placeholder in a text event, which is data",
    '2["e",{"_placeholder":true,"num":0}]',
    event("e", { _placeholder: true, num: 0 }),
  ],
  [
    "row 168: properties with a meaning elsewhere",
    '2["e",{"toJSON":1},{"then":1},{"length":1e9}]',
    event("e", { toJSON: 1 }, JSON.parse('{"then":1}'), { length: 1e9 }),
  ],
  [
    "row 171: flags forged inside data",
    '2["e",{"volatile":true,"broadcast":true}]',
    event("e", { volatile: true, broadcast: true }),
  ],
];

for (const [name, text, packet] of READ_BY_SERVER) {
  test(`a server reads ${name}`, () => assert.deepEqual(server().text(text, 0), packet));
}

const F = failures;

const REFUSED_BY_SERVER: readonly [string, string, ProtocolFailure][] = [
  ["row 135: a namespace of 100 KB", `0/${"x".repeat(100_000)},`, F.invalid_namespace],
  ["row 135: a namespace of 257 characters", `0/${"x".repeat(256)},`, F.invalid_namespace],
  ["row 135: a control character", "0/a\x07b,", F.invalid_namespace],
  ["row 135: an encoded slash", "0/a%2Fb,", F.invalid_namespace],
  ["row 138: a string payload", '0"str"', F.invalid_payload],
  ["row 138: an array payload", "0[1]", F.invalid_payload],
  ["row 138: a null payload", "0null", F.invalid_payload],
  ["row 138: a payload that is not JSON", "0{", F.invalid_json],
  ["row 141: an unknown type", "9[1]", F.unknown_socket_packet],
  ["row 141: type 7", "7", F.unknown_socket_packet],
  ["row 141: an empty packet", "", F.invalid_socket_packet],
  ["row 141: a letter", "x", F.unknown_socket_packet],
  ["row 142: CONNECT_ERROR from a client", '4{"message":"x"}', F.invalid_socket_packet],
  ["row 142: DISCONNECT with data", "1{}", F.invalid_payload],
  ["row 142: DISCONNECT with an id", "17", F.invalid_payload],
  ["row 143: an object as event", '2{"a":1}', F.invalid_payload],
  ["row 143: a string as event", '2"x"', F.invalid_payload],
  ["row 143: null as event", "2null", F.invalid_payload],
  ["row 143: half an array", "2[", F.invalid_json],
  ["row 143: an empty array", "2[]", F.invalid_event_name],
  ["row 143: nothing", "2", F.invalid_json],
  ["row 144: an object as name", '2[{"toString":"foo"}]', F.invalid_event_name],
  ["row 144: null as name", "2[null]", F.invalid_event_name],
  ["row 144: true as name", "2[true]", F.invalid_event_name],
  ["row 144: an array as name", "2[[]]", F.invalid_event_name],
  ["row 144: a number that JSON cannot write", "2[1e400]", F.invalid_event_name],
  ["row 145: connect", '2["connect"]', F.reserved_event],
  ["row 145: connect_error", '2["connect_error"]', F.reserved_event],
  ["row 145: disconnect", '2["disconnect"]', F.reserved_event],
  ["row 145: disconnecting", '2["disconnecting"]', F.reserved_event],
  ["row 145: newListener", '2["newListener"]', F.reserved_event],
  ["row 145: removeListener", '2["removeListener"]', F.reserved_event],
  ["row 145: a reserved name in disguise", '2["\\u0063onnect"]', F.reserved_event],
  ["row 148: a name of 257 characters", `2["${"n".repeat(257)}"]`, F.invalid_event_name],
  ["row 148: a name of a megabyte", `2["${"n".repeat(1_000_000)}"]`, F.invalid_event_name],
  ["row 150: an ack id of 25 digits", '21234567890123456789012345["e"]', F.invalid_ack_id],
  ["row 150: the first unsafe integer", '29007199254740992["e"]', F.invalid_ack_id],
  ["row 150: an ack id of a million digits", `2${"1".repeat(1_000_000)}["e"]`, F.invalid_ack_id],
  ["row 150: a leading zero", '207["e"]', F.invalid_ack_id],
  ["row 151: a negative ack id", '2-1["e"]', F.invalid_json],
  ["row 151: a fractional ack id", '21.5["e"]', F.invalid_json],
  ["row 151: a second number", '21 2["e"]', F.invalid_json],
  ["row 153: an ack with an object", '31{"a":1}', F.invalid_payload],
  ["row 153: an ack without a payload", "31", F.invalid_json],
  ["row 153: an ack without an id", "3[1]", F.invalid_ack_id],
  [
    "row 155: a placeholder number that is a method name",
    '51-["e",{"_placeholder":true,"num":"splice"}]',
    F.invalid_placeholder,
  ],
  ["row 156: num −1", '51-["e",{"_placeholder":true,"num":-1}]', F.invalid_placeholder],
  ["row 156: num 5", '51-["e",{"_placeholder":true,"num":5}]', F.invalid_placeholder],
  ["row 156: num 1.5", '51-["e",{"_placeholder":true,"num":1.5}]', F.invalid_placeholder],
  ["row 156: num as a string", '51-["e",{"_placeholder":true,"num":"0"}]', F.invalid_placeholder],
  ["row 156: no num", '51-["e",{"_placeholder":true}]', F.invalid_placeholder],
  ["row 156: num as an object", '51-["e",{"_placeholder":true,"num":{"valueOf":0}}]', F.invalid_placeholder],
  ["row 156: a field more", '51-["e",{"_placeholder":true,"num":0,"x":1}]', F.invalid_placeholder],
  [
    "row 157: a num twice",
    '52-["e",{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}]',
    F.invalid_placeholder,
  ],
  [
    "row 157: a num twice beside all the others",
    '52-["e",{"_placeholder":true,"num":0},{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]',
    F.invalid_placeholder,
  ],
  ["row 157: an attachment nobody refers to", '52-["e",{"_placeholder":true,"num":0}]', F.invalid_placeholder],
  ["row 157: no placeholder at all", '51-["e"]', F.invalid_placeholder],
  ["row 158: eleven attachments", '511-["e"]', F.too_many_attachments],
  ["row 158: a thousand million attachments", '51000000000-["e"]', F.too_many_attachments],
  ["row 158: a million digits", `5${"9".repeat(1_000_000)}-["e"]`, F.invalid_attachment_count],
  ["row 159: an exponent", '51e0-["e"]', F.invalid_attachment_count],
  ["row 159: a blank before the count", '5 1-["e"]', F.invalid_attachment_count],
  ["row 159: a sign", '5+1-["e"]', F.invalid_attachment_count],
  ["row 159: a leading zero", '501-["e"]', F.invalid_attachment_count],
  ["row 159: hexadecimal", '50x1-["e"]', F.invalid_attachment_count],
  ["row 159: no dash", '51["e"]', F.invalid_attachment_count],
  ["row 160: no attachments", '50-["e",1]', F.invalid_attachment_count],
  ["row 161: a header without JSON", "51-", F.invalid_json],
  ["row 161: a binary ack without an id", '61-[{"_placeholder":true,"num":0}]', F.invalid_ack_id],
  ["row 167: depth 4 200 in an event", `2["e",${"[".repeat(4200)}${"]".repeat(4200)}]`, F.too_deep],
  ["row 167: depth 100 000 in an event", `2["e",${"[".repeat(100_000)}${"]".repeat(100_000)}]`, F.too_deep],
  ["row 167: depth 100 000 of objects", `2["e",${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}]`, F.too_deep],
  ["row 167: depth in a CONNECT", `0${'{"a":'.repeat(4200)}1${"}".repeat(4200)}`, F.too_deep],
  ["row 167: depth in an ack", `31${"[".repeat(4200)}${"]".repeat(4200)}`, F.too_deep],
  ["row 167: depth in a binary event", `51-["e",${"[".repeat(4200)}${"]".repeat(4200)}]`, F.too_deep],
  ["row 167: depth that never closes", `2${"[".repeat(1_000_000)}`, F.too_deep],
  ["row 167: the first depth too many", `2["e",${"[".repeat(256)}${"]".repeat(256)}]`, F.too_deep],
];

for (const [name, text, failure] of REFUSED_BY_SERVER) {
  test(`a server refuses ${name}: ${failure.code}`, () => {
    const decoder = server();
    assert.equal(decoder.text(text, 0), failure);
    assert.equal(decoder.deadline, undefined);
  });
}

test("row 138: a CONNECT payload of a megabyte is an object like any other; bytes are the transport's to limit", () => {
  const token = "x".repeat(1_000_000);
  assert.deepEqual(server().text(`0${JSON.stringify({ token })}`, 0), {
    type: "connect",
    namespace: "/",
    data: { token },
  });
});

test("SR-9: the namespace of a CONNECT does not keep the rest of its packet alive", () => {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  const kept = new Set<string>();
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 20; i++) {
    // As text comes from a socket: one flat string.
    const text = Buffer.from(`0/a-dynamic-namespace-${i},{"token":"${"x".repeat(1_000_000)}"}`).toString("latin1");
    const packet = server().text(text, 0);
    assert.ok(packet !== undefined && "namespace" in packet);
    kept.add(packet.namespace);
  }
  collect();
  const grown = process.memoryUsage().heapUsed - before;
  assert.ok(grown < 5_000_000, `${grown} bytes are kept for ${kept.size} namespaces`);
});

test("row 139: own __proto__ keys are kept as own data and change no prototype", () => {
  const packet = server().text('0{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}', 0);
  assert.ok(packet !== undefined && "data" in packet);
  assert.equal(Object.getPrototypeOf(packet.data), Object.prototype);
  assert.deepEqual(Object.keys(packet.data), ["__proto__", "constructor"]);
  assert.equal("polluted" in packet.data, false);
  assert.equal("polluted" in {}, false);
});

test("row 139: a placeholder under __proto__ becomes an own field and writes through no prototype", () => {
  const decoder = server();
  assert.equal(decoder.text('51-["e",{"__proto__":{"_placeholder":true,"num":0}}]', 0), undefined);
  const bytes = Uint8Array.of(1);
  const packet = decoder.binary(bytes, 0);
  assert.ok(packet !== undefined && "args" in packet);
  const holder = packet.args[1];
  assert.ok(typeof holder === "object" && holder !== null);
  assert.equal(Object.getPrototypeOf(holder), Object.prototype);
  assert.equal(Object.getOwnPropertyDescriptor(holder, "__proto__")?.value, bytes);
  assert.equal(Object.getPrototypeOf({}), Object.prototype);
});

test("row 139: an inherited _placeholder makes nothing a placeholder", () => {
  const text = '51-["e",{"__proto__":{"_placeholder":true,"num":0},"num":0}]';
  assert.equal(server().text(text, 0), undefined, "the one placeholder is the value of the own key");
});

test("row 155–161: attachments arrive in order and take the places of their placeholders", () => {
  const decoder = server();
  const text = '52-/chat,3["e",{"b":{"_placeholder":true,"num":1}},[{"_placeholder":true,"num":0}]]';
  assert.equal(decoder.text(text, 0), undefined);
  const first = Uint8Array.of(1);
  const second = new Uint8Array(0);
  assert.equal(decoder.binary(first, 1), undefined);
  assert.deepEqual(decoder.binary(second, 2), {
    type: "event",
    namespace: "/chat",
    id: 3,
    args: ["e", { b: second }, [first]],
  });
  assert.deepEqual(decoder.text('2["next"]', 3), event("next"));
});

test("a binary ack is read like a binary event", () => {
  const decoder = client();
  assert.equal(decoder.text('61-7[{"_placeholder":true,"num":0}]', 0), undefined);
  const bytes = Uint8Array.of(1, 2);
  assert.deepEqual(decoder.binary(bytes, 0), { type: "ack", namespace: "/", id: 7, args: [bytes] });
});

test("row 129 and 162: a binary message without a header is a failure, an empty one as well", () => {
  assert.equal(server().binary(Uint8Array.of(1), 0), failures.unexpected_binary);
  assert.equal(server().binary(new Uint8Array(0), 0), failures.unexpected_binary);
});

test("row 163: text while attachments are missing is a failure", () => {
  const decoder = server();
  decoder.text('51-["e",{"_placeholder":true,"num":0}]', 0);
  assert.equal(decoder.text('2["e"]', 0), failures.unexpected_text);
});

test("row 164: the sum of the attachments is limited, and what was kept is dropped", () => {
  const decoder = server();
  const placeholders = Array.from({ length: 10 }, (_, num) => ({ _placeholder: true, num }));
  decoder.text(`510-${JSON.stringify(["e", ...placeholders])}`, 0);
  const attachment = new Uint8Array(900_000);
  for (let i = 0; i < 4; i++) assert.equal(decoder.binary(attachment, 0), undefined);
  assert.equal(decoder.binary(attachment, 0), failures.attachments_too_large);
  assert.equal(decoder.deadline, undefined);
});

test("row 164: the sum may reach the limit exactly", () => {
  const decoder = new SocketPacketDecoder("server", { maxAttachmentBytes: 4 });
  decoder.text('52-["e",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]', 0);
  decoder.binary(new Uint8Array(2), 0);
  assert.ok(!(decoder.binary(new Uint8Array(2), 0) instanceof ProtocolFailure));
});

test("row 164: the deadline is shown to the owner and enforced", () => {
  const decoder = new SocketPacketDecoder("server", { attachmentTimeout: 100 });
  assert.equal(decoder.deadline, undefined);
  const text = '52-["e",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]';
  decoder.text(text, 1000);
  assert.equal(decoder.deadline, 1100);
  assert.equal(decoder.binary(new Uint8Array(1), 1100), undefined);
  assert.equal(decoder.deadline, 1100, "an attachment buys no more time");
  assert.equal(decoder.binary(new Uint8Array(1), 1101), failures.attachments_timed_out);
});

test("row 165: an attachment through polling with another packet in between is a failure", () => {
  const body = ['451-["e",{"_placeholder":true,"num":0}]', '42["e"]', "bAQ=="].join("\x1e");
  const reader = new EnginePayloadReader(body);
  const decoder = server();
  const results = [];
  for (let packet = reader.next(); packet !== undefined; packet = reader.next()) {
    assert.ok(!(packet instanceof ProtocolFailure));
    const { data } = packet;
    results.push(typeof data === "string" ? decoder.text(data, 0) : decoder.binary(data, 0));
  }
  assert.deepEqual(results, [undefined, failures.unexpected_text, failures.unexpected_text]);
});

test("row 167: the deepest payload allowed is read, and can be written again", () => {
  const text = `2["e",${"[".repeat(255)}${"]".repeat(255)}]`;
  const packet = server().text(text, 0);
  assert.ok(packet !== undefined && !(packet instanceof ProtocolFailure));
  assert.deepEqual(encodeSocketPacket(packet), { text, attachments: [] });
});

test("row 169: strange numbers, duplicate keys and lone surrogates have a defined result", () => {
  const rewritten = (json: string): string | undefined => {
    const packet = server().text(`2["e",${json}]`, 0);
    assert.ok(packet !== undefined && !(packet instanceof ProtocolFailure), json);
    const encoded = encodeSocketPacket(packet);
    return encoded instanceof ProtocolFailure ? undefined : encoded.text.slice('2["e",'.length, -1);
  };
  assert.equal(rewritten("1e400"), "null");
  assert.equal(rewritten("-0"), "0");
  assert.equal(rewritten("9".repeat(10_000)), "null");
  assert.equal(rewritten('{"a":1,"a":2}'), '{"a":2}');
  assert.equal(rewritten('"\\ud800"'), '"\\ud800"');
});

test("row 170: text that grows sixfold when it is written again is seen before it is sent", () => {
  const packet: SocketPacket = { type: "event", namespace: "/", args: ["e", "\0".repeat(100_000)] };
  const encoded = encodeSocketPacket(packet);
  assert.ok(!(encoded instanceof ProtocolFailure));
  assert.equal(encoded.text.length, 2 + 4 + 600_000 + 3);
});

test("SR-17: a decoder that failed answers everything with that failure", () => {
  const decoder = server();
  assert.equal(decoder.text("50-[]", 0), failures.invalid_attachment_count);
  assert.equal(decoder.text('2["e"]', 0), failures.invalid_attachment_count);
  assert.equal(decoder.binary(new Uint8Array(1), 0), failures.invalid_attachment_count);
  assert.equal(decoder.deadline, undefined);
});

test("limits can be changed one by one", () => {
  const decoder = new SocketPacketDecoder("server", { maxDepth: 2, maxNamespace: 3, maxEventName: 1 });
  assert.deepEqual(decoder.text('2["e",[1]]', 0), event("e", [1]));
  assert.equal(new SocketPacketDecoder("server", { maxDepth: 2 }).text('2["e",[[1]]]', 0), failures.too_deep);
  assert.equal(new SocketPacketDecoder("server", { maxNamespace: 3 }).text("0/abc,", 0), failures.invalid_namespace);
  assert.equal(decoder.text('2["ee"]', 0), failures.invalid_event_name);
});

test("limits that many decoders are given hold for each, and such that change as they are then", () => {
  const shared = Object.freeze({ maxEventName: 1 });
  for (let each = 0; each < 2; each++) {
    assert.equal(new SocketPacketDecoder("server", shared).text('2["ee"]', 0), failures.invalid_event_name);
  }
  const changing = { maxEventName: 1 };
  assert.equal(new SocketPacketDecoder("server", changing).text('2["ee"]', 0), failures.invalid_event_name);
  changing.maxEventName = 2;
  assert.deepEqual(new SocketPacketDecoder("server", changing).text('2["ee"]', 0), event("ee"));
});

const READ_BY_CLIENT: readonly [string, SocketPacket][] = [
  ['0{"sid":"abc"}', { type: "connect", namespace: "/", data: { sid: "abc" } }],
  ['0/chat,{"sid":"abc","pid":"p"}', { type: "connect", namespace: "/chat", data: { sid: "abc", pid: "p" } }],
  ["1/chat,", { type: "disconnect", namespace: "/chat" }],
  ['2["e",1]', event("e", 1)],
  ["30[]", { type: "ack", namespace: "/", id: 0, args: [] }],
  ['4{"message":"no"}', { type: "connect_error", namespace: "/", data: { message: "no" } }],
  [
    '4/a,{"message":"no","data":[1],"x":2}',
    { type: "connect_error", namespace: "/a", data: { message: "no", data: [1] } },
  ],
  ['4/a,"no"', { type: "connect_error", namespace: "/a", data: { message: "no" } }],
];

for (const [text, packet] of READ_BY_CLIENT) {
  test(`a client reads ${text}`, () => assert.deepEqual(client().text(text, 0), packet));
}

const REFUSED_BY_CLIENT: readonly [string, ProtocolFailure][] = [
  ["0{}", F.invalid_payload],
  ['0{"sid":1}', F.invalid_payload],
  ['0{"sid":""}', F.invalid_payload],
  [`0{"sid":"${"x".repeat(257)}"}`, F.invalid_payload],
  ['0["sid"]', F.invalid_payload],
  ["1{}", F.invalid_payload],
  ["4", F.invalid_json],
  ["4{}", F.invalid_payload],
  ['4{"message":1}', F.invalid_payload],
  ["4null", F.invalid_payload],
  ['2["disconnect"]', F.reserved_event],
  ["2[{}]", F.invalid_event_name],
  ["3[1]", F.invalid_ack_id],
  ['511-["e"]', F.too_many_attachments],
  ["9", F.unknown_socket_packet],
];

for (const [text, failure] of REFUSED_BY_CLIENT) {
  test(`SR-27: a client refuses ${text.slice(0, 30)}: ${failure.code}`, () => {
    assert.equal(client().text(text, 0), failure);
  });
}

test("a client reads the answer of an older server, which says nothing of itself", () => {
  assert.deepEqual(client().text("0", 0), { type: "connect", namespace: "/" });
});
