import type { AnswerExpectation, RequestCase } from "../conformance-case.ts";
import type { Delivery } from "../delivery.ts";
import { describeChanges, type HandshakeChanges, type Header, requestText } from "../opening-handshake.ts";

type Row = readonly [section: string, name: string, changes: HandshakeChanges | string, expect: AnswerExpectation];

const ACCEPTED: AnswerExpectation = { status: [101] };
/** Answers that the RFC leaves open. */
const EITHER: AnswerExpectation = { status: [101, 400, 426] };
const BAD: AnswerExpectation = { status: [400], tolerate: ["refusal"] };
/** Bytes that are no HTTP: an answer is a courtesy. */
const NO_HTTP: AnswerExpectation = { ...BAD, status: [400, 505], silence: true };
const METHOD: AnswerExpectation = { status: [405], headers: { Allow: "GET" }, tolerate: ["refusal"] };
/** RFC 9110 §15.5.22: 426 names the protocol to upgrade to. */
const UPGRADE: AnswerExpectation = { status: [400, 426], tolerate: ["any"] };
/** RFC 6455 §4.4 */
const VERSION: AnswerExpectation = {
  status: [400, 426],
  headers: { "Sec-WebSocket-Version": "13" },
  tolerate: ["refusal"],
};
/** Wrong, but of no consequence to a server that takes no notice of the header. */
const BAD_OR_IGNORED: AnswerExpectation = { status: [400, 101] };
const LARGE: AnswerExpectation = { status: [101, 400, 413, 414, 426, 431], silence: true };

/** RFC 6455 §4.2.1 and §4.2.2: what a server answers to an opening handshake. */
export function handshakeRequests(): RequestCase[] {
  const rows = [
    ...requestLines(),
    ...hosts(),
    ...upgrades(),
    ...versions(),
    ...keys(),
    ...bodies(),
    ...fields(),
    ...sizes(),
  ];
  return [...rows.map(toCase), ...deliveries(), exampleOfTheRfc(), ...bytesBehindARefusal()];
}

function toCase([section, name, changes, expect]: Row): RequestCase {
  const send = typeof changes === "string" ? changes : requestText(changes);
  return {
    kind: "request",
    id: `6455/${section}/${name}`,
    title: typeof changes === "string" ? name.replaceAll("-", " ") : describeChanges(changes),
    send,
    expect,
  };
}

function requestLines(): Row[] {
  const methods = ["POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH"];
  const lines: readonly (readonly [string, string, AnswerExpectation])[] = [
    ["http-1.0", "GET {path} HTTP/1.0", { ...BAD, status: [400, 426, 505] }],
    ["http-0.9", "GET {path}", NO_HTTP],
    ["http-2.0", "GET {path} HTTP/2.0", NO_HTTP],
    ["http-version-broken", "GET {path} HTTP/1.x", NO_HTTP],
    ["lower-case-method", "get {path} HTTP/1.1", { ...METHOD, status: [400, 405, 501], headers: {}, silence: true }],
    ["no-method", "{path} HTTP/1.1", NO_HTTP],
    ["no-target", "GET HTTP/1.1", NO_HTTP],
    ["space-in-target", "GET /a b HTTP/1.1", NO_HTTP],
    ["absolute-target", "GET http://{host}{path} HTTP/1.1", { status: [101], tolerate: ["refusal"] }],
    ["query", "GET {path}?a=1&b=%20 HTTP/1.1", { status: [101], tolerate: ["refusal"] }],
    ["garbage", "\x16\x03\x01\x02\x00\x01\x00\x01", NO_HTTP],
  ];
  return [
    ...methods.map(
      (method): Row => ["4.2.1", `method-${method.toLowerCase()}`, { line: `${method} {path} HTTP/1.1` }, METHOD],
    ),
    ...lines.map(([name, line, expect]): Row => ["4.2.1", `line-${name}`, { line }, expect]),
    ["4.2.1", "blank-line-before", `\r\n${requestText()}`, { status: [101, 400] }],
  ];
}

function hosts(): Row[] {
  const two: Header[] = [["Host", "other.example"]];
  return [
    ["4.2.1", "host-missing", { drop: ["Host"] }, BAD],
    // RFC 9112 §3.2 asks for 400; RFC 6455 only for a Host.
    ["4.2.1", "host-twice", { add: two }, BAD_OR_IGNORED],
    ["4.2.1", "host-empty", { set: { Host: "" } }, BAD_OR_IGNORED],
    ["4.2.1", "host-of-another", { set: { Host: "other.example" } }, { status: [101, 400, 403, 404, 421] }],
  ];
}

function upgrades(): Row[] {
  const connections: readonly (readonly [string, string, AnswerExpectation])[] = [
    ["lower-case", "upgrade", ACCEPTED],
    ["upper-case", "UPGRADE", ACCEPTED],
    ["with-keep-alive", "keep-alive, Upgrade", ACCEPTED],
    ["without-blank", "keep-alive,Upgrade", ACCEPTED],
    ["with-tabs", "keep-alive\t,\tUpgrade", ACCEPTED],
    ["with-empty-items", ",, Upgrade ,", ACCEPTED],
    ["keep-alive", "keep-alive", UPGRADE],
    ["close", "close", UPGRADE],
    ["empty", "", UPGRADE],
    ["near-miss", "Upgraded", UPGRADE],
    ["two-words", "keep-alive Upgrade", UPGRADE],
  ];
  const protocols: readonly (readonly [string, string, AnswerExpectation])[] = [
    ["mixed-case", "WebSocket", ACCEPTED],
    ["upper-case", "WEBSOCKET", ACCEPTED],
    ["list", "h2c, websocket", EITHER],
    ["h2c", "h2c", UPGRADE],
    ["near-miss", "websockets", UPGRADE],
    ["versioned", "websocket/13", EITHER],
    ["empty", "", UPGRADE],
    ["web-socket", "web-socket", UPGRADE],
  ];
  return [
    ...connections.map(
      ([name, value, expect]): Row => ["4.2.1", `connection-${name}`, { set: { Connection: value } }, expect],
    ),
    ...protocols.map(([name, value, expect]): Row => ["4.2.1", `upgrade-${name}`, { set: { Upgrade: value } }, expect]),
    ["4.2.1", "connection-missing", { drop: ["Connection"] }, UPGRADE],
    ["4.2.1", "upgrade-missing", { drop: ["Upgrade"] }, UPGRADE],
    [
      "4.2.1",
      "no-websocket-header",
      { drop: ["Upgrade", "Sec-WebSocket-Key", "Sec-WebSocket-Version"], set: { Connection: "close" } },
      UPGRADE,
    ],
    [
      "4.2.1",
      "connection-in-two-lines",
      { set: { Connection: "keep-alive" }, add: [["Connection", "Upgrade"]] },
      ACCEPTED,
    ],
  ];
}

function versions(): Row[] {
  const values = ["0", "12", "14", "255", "256", "-13", "+13", "1.3", "013", "13x", "x13", "1 3", "", "13, 8", "8, 13"];
  const version = (value: string, expect: AnswerExpectation): Row => {
    const name = `version-${value === "" ? "empty" : value.replace(/[ ,]+/, "-and-")}`;
    return ["4.4", name, { set: { "Sec-WebSocket-Version": value } }, expect];
  };
  return [
    ...values.map((value) => version(value, VERSION)),
    // Drafts that went before the RFC: §4.4 lets a server know several versions.
    ...["7", "8"].map((value) => version(value, { ...VERSION, tolerate: ["refusal", 101] })),
    ["4.4", "version-missing", { drop: ["Sec-WebSocket-Version"] }, VERSION],
    ["4.4", "version-in-two-lines", { add: [["Sec-WebSocket-Version", "8"]] }, VERSION],
    ["4.4", "version-with-blanks", { set: { "Sec-WebSocket-Version": "  13 \t" } }, ACCEPTED],
  ];
}

function keys(): Row[] {
  const bad: readonly (readonly [string, string])[] = [
    ["empty", ""],
    ["of-1-byte", "eA=="],
    ["of-15-bytes", Buffer.alloc(15, 7).toString("base64")],
    ["of-17-bytes", Buffer.alloc(17, 7).toString("base64")],
    ["of-32-bytes", Buffer.alloc(32, 7).toString("base64")],
    ["of-16-characters", "abcdefghijklmnop"],
    ["without-padding", "dGhlIHNhbXBsZSBub25jZQ"],
    ["with-one-pad", "dGhlIHNhbXBsZSBub25jZQ="],
    ["with-three-pads", "dGhlIHNhbXBsZSBub25jZ==="],
    ["with-spaces", "dGhl IHNhbXBsZSBub25jZ=="],
    ["url-alphabet", "dGhlIHNhb-BsZSBub2_jZQ=="],
    ["not-base64", "dGhlIHNhbXBs!SBub25jZQ=="],
    ["high-bytes", "\xff\xfe\xfdlIHNhbXBsZSBub25jZQ=="],
  ];
  return [
    ...bad.map(([name, value]): Row => ["4.2.1", `key-${name}`, { set: { "Sec-WebSocket-Key": value } }, BAD]),
    ["4.2.1", "key-missing", { drop: ["Sec-WebSocket-Key"] }, BAD],
    ["4.2.1", "key-twice", { add: [["Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="]] }, BAD],
    ["4.2.1", "key-with-blanks", { set: { "Sec-WebSocket-Key": " \t{key} \t " } }, ACCEPTED],
    // 24 characters of the alphabet whose last four bits are not 0: the base64 of 16 bytes, but not as it is written.
    ["4.2.1", "key-stray-bits", { set: { "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZR==" } }, { status: [101, 400] }],
  ];
}

function bodies(): Row[] {
  const length = (value: string): HandshakeChanges => ({ add: [["Content-Length", value]] });
  const expect: AnswerExpectation = { status: [400], tolerate: ["refusal", 101] };
  return [
    ["4.2.1", "content-length-10", length("10"), expect],
    ["4.2.1", "content-length-0", length("0"), { status: [101], tolerate: ["refusal"] }],
    ["4.2.1", "content-length-bad", length("ten"), { ...expect, silence: true }],
    [
      "4.2.1",
      "content-length-two",
      {
        add: [
          ["Content-Length", "1"],
          ["Content-Length", "2"],
        ],
      },
      { ...expect, silence: true },
    ],
    ["4.2.1", "chunked", { add: [["Transfer-Encoding", "chunked"]] }, expect],
    [
      "4.2.1",
      "chunked-and-length",
      {
        add: [
          ["Transfer-Encoding", "chunked"],
          ["Content-Length", "3"],
        ],
      },
      { ...expect, silence: true },
    ],
  ];
}

/** The form of header lines, and headers that a server may or may not look at. */
function fields(): Row[] {
  const one = (name: string, value: string): HandshakeChanges => ({ add: [[name, value]] });
  const plain = requestText();
  return [
    ["4.2.1", "header-names-lower-case", plain.replace(/^[A-Z][\w-]+(?=:)/gm, (name) => name.toLowerCase()), ACCEPTED],
    ["4.2.1", "header-names-upper-case", plain.replace(/^[A-Z][\w-]+(?=:)/gm, (name) => name.toUpperCase()), ACCEPTED],
    ["4.2.1", "header-without-blank", plain.replaceAll(": ", ":"), ACCEPTED],
    ["4.2.1", "header-unknown", one("X-Anything", "at all"), ACCEPTED],
    ["4.2.1", "header-high-bytes", one("X-Latin", "caf\xe9 \xff"), { status: [101], tolerate: ["refusal"] }],
    ["4.2.1", "header-proto", one("__proto__", "constructor"), ACCEPTED],
    ["4.2.1", "header-with-nul", one("X-Nul", "a\0b"), NO_HTTP],
    ["4.2.1", "header-folded", one("X-Folded", "a\r\n b"), { status: [400, 101], silence: true }],
    ["4.2.1", "header-without-colon", plain.replace("Upgrade:", "NoColon\r\nUpgrade:"), NO_HTTP],
    ["4.2.1", "header-blank-before-colon", plain.replace("Upgrade:", "Upgrade :"), NO_HTTP],
    ["4.2.1", "header-empty-name", plain.replace("Upgrade:", ": empty\r\nUpgrade:"), NO_HTTP],
    ["4.2.1", "lines-end-in-lf", plain.replaceAll("\r\n", "\n"), { status: [400, 101], silence: true }],
    ["4.2.1", "origin", one("Origin", "http://example.com"), { status: [101, 403] }],
    ["4.2.1", "origin-null", one("Origin", "null"), { status: [101, 403] }],
    ["4.2.1", "protocol", one("Sec-WebSocket-Protocol", "chat"), { ...ACCEPTED, protocols: ["chat"] }],
    [
      "4.2.1",
      "protocol-list",
      one("Sec-WebSocket-Protocol", "chat, superchat"),
      { ...ACCEPTED, protocols: ["chat", "superchat"] },
    ],
    ["4.2.1", "protocol-empty", one("Sec-WebSocket-Protocol", ""), BAD_OR_IGNORED],
    ["4.2.1", "protocol-empty-item", one("Sec-WebSocket-Protocol", "a,,b"), BAD_OR_IGNORED],
    ["4.2.1", "protocol-twice-the-same", one("Sec-WebSocket-Protocol", "a, a"), BAD_OR_IGNORED],
    ["4.2.1", "protocol-no-token", one("Sec-WebSocket-Protocol", "a/b"), BAD_OR_IGNORED],
    [
      "4.2.1",
      "protocol-many-blanks",
      one("Sec-WebSocket-Protocol", `b${" ".repeat(12_000)}x`),
      { ...BAD_OR_IGNORED, status: [400, 431, 101] },
    ],
    ["9.1", "extension-unknown", one("Sec-WebSocket-Extensions", "x-unheard-of; a=1"), ACCEPTED],
    ["9.1", "extension-proto", one("Sec-WebSocket-Extensions", "constructor, __proto__; x=1"), ACCEPTED],
    ["9.1", "extension-reserved-name", one("Sec-WebSocket-Extensions", "toString"), ACCEPTED],
  ];
}

function sizes(): Row[] {
  const many = (count: number): Header[] => Array.from({ length: count }, (_, at) => [`h${at}`, "v"]);
  const big = "b".repeat(20_000);
  return [
    ["4.2.1", "header-of-20-kb", { add: [["X-Big", big]] }, LARGE],
    [
      "4.2.1",
      "target-of-64-kb",
      { line: `GET /${"t".repeat(65_536)} HTTP/1.1` },
      { ...LARGE, status: [...LARGE.status, 404] },
    ],
    ["4.2.1", "50-headers-before-upgrade", { first: many(50) }, ACCEPTED],
    ["4.2.1", "1000-headers-before-upgrade", { first: many(1000) }, LARGE],
    ["4.2.1", "2100-headers-before-upgrade", { first: many(2100) }, { ...LARGE, tolerate: ["refusal"] }],
  ];
}

function deliveries(): RequestCase[] {
  const ways: readonly Delivery[] = ["bytes", "split"];
  return ways.flatMap((delivery) => [
    { ...toCase(["4.2.1", `accepted-${delivery}`, {}, ACCEPTED]), delivery },
    { ...toCase(["4.2.1", `refused-${delivery}`, { set: { "Sec-WebSocket-Version": "12" } }, VERSION]), delivery },
  ]);
}

/** RFC 6455 §1.3 */
function exampleOfTheRfc(): RequestCase {
  const changes = { set: { "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==" } };
  return toCase(["1.3", "example-key", changes, { status: [101], accept: "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" }]);
}

/** Frames behind a handshake that is refused must not be taken for a conversation. */
function bytesBehindARefusal(): RequestCase[] {
  const frame = "\x81\x86\x00\x00\x00\x00behind";
  const refused: readonly (readonly [string, HandshakeChanges, AnswerExpectation])[] = [
    ["version", { set: { "Sec-WebSocket-Version": "12" } }, VERSION],
    ["key", { drop: ["Sec-WebSocket-Key"] }, BAD],
    ["method", { line: "POST {path} HTTP/1.1" }, METHOD],
  ];
  return refused.map(([name, changes, expect]) =>
    toCase([
      "4.2.2",
      `frames-behind-refused-${name}`,
      requestText(changes) + frame,
      { ...expect, forbidden: "behind" },
    ]),
  );
}
