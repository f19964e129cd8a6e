import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HandshakeFailure } from "../failures.ts";
import { parseExtensionOffers } from "../header/extension-offer.ts";
import { parseProtocols, readHandshakeRequest } from "./handshake-request.ts";
import { acceptResponse, acceptValue, checkResponse, refusalResponse } from "./handshake-response.ts";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const headers = {
  host: "example.org",
  upgrade: "websocket",
  connection: "Upgrade",
  "sec-websocket-version": "13",
  "sec-websocket-key": KEY,
};

function read(changes: Record<string, string | undefined>, request: { method?: string; httpVersion?: string } = {}) {
  return readHandshakeRequest({ method: "GET", httpVersion: "1.1", ...request, headers: { ...headers, ...changes } });
}

function code(result: unknown): string {
  return result instanceof HandshakeFailure ? `${result.status} ${result.code}` : "accepted";
}

describe("handshake request", () => {
  const long = `b${" ".repeat(14_000)}x`;
  const table: readonly [row: number, name: string, changes: Record<string, string | undefined>, outcome: string][] = [
    [15, "no Host", { host: undefined }, "400 host_required"],
    [15, "an empty Host", { host: "" }, "400 host_required"],
    [21, "h2c", { upgrade: "h2c" }, "426 upgrade_required"],
    [21, "a list of protocols", { upgrade: "foo, websocket" }, "426 upgrade_required"],
    [21, "no Upgrade", { upgrade: undefined }, "426 upgrade_required"],
    [21, "WebSocket in capitals", { upgrade: "WebSocket" }, "accepted"],
    [22, "Connection without Upgrade", { connection: "keep-alive" }, "426 connection_header_invalid"],
    [22, "no Connection", { connection: undefined }, "426 connection_header_invalid"],
    [22, "Connection with more", { connection: "keep-alive, UPGRADE" }, "accepted"],
    ...["12", "13, 8", "", "013", undefined].map(
      (version): [number, string, Record<string, string | undefined>, string] => [
        23,
        `version ${version}`,
        { "sec-websocket-version": version },
        "426 websocket_version_unsupported",
      ],
    ),
    ...[
      undefined,
      "",
      "AAAAAAAAAAAAAAAAAAAA",
      "AAAAAAAAAAAAAAAAAAAAAAA=",
      "AAAAAAAAAAAAAAAAAAAAA*==",
      `${KEY}, ${KEY}`,
    ].map((key): [number, string, Record<string, string | undefined>, string] => [
      24,
      `key ${key}`,
      { "sec-websocket-key": key },
      "400 key_invalid",
    ]),
    [25, "a protocol with 14 000 spaces", { "sec-websocket-protocol": long }, "400 protocols_invalid"],
    [26, "a protocol twice", { "sec-websocket-protocol": "a, b, a" }, "400 protocols_invalid"],
    [26, "an empty protocol", { "sec-websocket-protocol": "a,,b" }, "400 protocols_invalid"],
    [26, "no protocol", { "sec-websocket-protocol": "" }, "400 protocols_invalid"],
    [26, "a protocol of UTF-8 bytes", { "sec-websocket-protocol": "Ã©" }, "400 protocols_invalid"],
    [26, "1000 protocols", { "sec-websocket-protocol": numbered(1000) }, "400 protocols_invalid"],
    [26, "33 protocols", { "sec-websocket-protocol": numbered(33) }, "400 protocols_invalid"],
    [26, "32 protocols", { "sec-websocket-protocol": numbered(32) }, "accepted"],
    [27, "constructor", { "sec-websocket-extensions": "constructor" }, "accepted"],
    [27, "__proto__", { "sec-websocket-extensions": "__proto__; x=1" }, "accepted"],
    [28, "an empty parameter", { "sec-websocket-extensions": "permessage-deflate; =" }, "400 extensions_invalid"],
    [28, "an open quote", { "sec-websocket-extensions": `a; b="${"\\c".repeat(4096)}` }, "400 extensions_invalid"],
    [29, "odd window bits", { "sec-websocket-extensions": "permessage-deflate; server_max_window_bits=7" }, "accepted"],
    [30, "200 offers", { "sec-websocket-extensions": Array(200).fill("permessage-deflate").join(", ") }, "accepted"],
    [32, "a body", { "content-length": "10" }, "400 body_not_allowed"],
    [32, "a chunked body", { "transfer-encoding": "chunked" }, "400 body_not_allowed"],
    [32, "a body of nothing", { "content-length": "0" }, "accepted"],
  ];
  for (const [row, name, changes, outcome] of table) {
    it(`row ${row}: ${name}: ${outcome}`, () => assert.equal(code(read(changes)), outcome));
  }
  for (const method of ["POST", "PUT", "HEAD"]) {
    it(`row 19: ${method} is not allowed`, () => {
      const failure = read({}, { method });
      assert.equal(code(failure), "405 method_not_allowed");
      assert.deepEqual(failure instanceof HandshakeFailure && failure.headers, { Allow: "GET" });
    });
  }
  for (const [names, outcome] of [
    [["Host"], "accepted"],
    [["Host", "X", "hOST"], "400 host_required"],
  ] as const) {
    it(`row 15: of a request with ${names.join()} as it came: ${outcome}`, () => {
      const rawHeaders = names.flatMap((name) => [name, "host"]);
      const request = { method: "GET", httpVersion: "1.1", headers, rawHeaders };
      assert.equal(code(readHandshakeRequest(request)), outcome);
    });
  }
  it("row 20: HTTP/1.0 is refused", () => {
    assert.equal(code(read({}, { httpVersion: "1.0" })), "400 http_version_unsupported");
  });
  it("row 23: the refusal of a version names the right one", () => {
    const failure = read({ "sec-websocket-version": "8" });
    assert.equal(failure instanceof HandshakeFailure && failure.headers["Sec-WebSocket-Version"], "13");
  });
  it("gives the offers as they were made", () => {
    assert.deepEqual(read({ "sec-websocket-protocol": " a ,b", "sec-websocket-extensions": 'x; y="z"; q , w' }), {
      key: KEY,
      protocols: ["a", "b"],
      extensions: [
        {
          name: "x",
          parameters: [
            { name: "y", value: "z" },
            { name: "q", value: undefined },
          ],
        },
        { name: "w", parameters: [] },
      ],
    });
  });
  it("reads long and hostile headers in linear time", () => {
    const before = performance.now();
    for (const unit of ["a", " ", ",", ";", '"', "\\", "=", "a;", "a,", 'a="'] as const) {
      parseExtensionOffers(`a; b="${unit.repeat(16_000)}`);
      parseExtensionOffers(unit.repeat(16_000));
      parseProtocols(unit.repeat(16_000));
    }
    assert.ok(performance.now() - before < 500);
  });
});

describe("handshake response", () => {
  it("answers the key of RFC 6455 §1.3", () => {
    assert.equal(acceptValue(KEY), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  });
  it("names the subprotocol that was chosen and no extension", () => {
    const response = acceptResponse(KEY, "chat", { "Set-Cookie": "a=b" });
    assert.ok(response.startsWith("HTTP/1.1 101 Switching Protocols\r\n"));
    assert.match(response, /\r\nSec-WebSocket-Protocol: chat\r\n/);
    assert.match(response, /\r\nSet-Cookie: a=b\r\n/);
    assert.doesNotMatch(response, /Extensions/);
    assert.ok(response.endsWith("\r\n\r\n"));
  });
  it("never lets a header break out of its line", () => {
    assert.throws(() => refusalResponse(403, "", { "X-Note": "a\r\nSet-Cookie: x" }), TypeError);
    assert.throws(() => acceptResponse(KEY, undefined, { "X Note": "a" }), TypeError);
  });

  const good = { upgrade: "WebSocket", connection: "Upgrade", "sec-websocket-accept": acceptValue(KEY) };
  for (const [changes, outcome] of [
    [{}, ""],
    [{ "sec-websocket-protocol": "a" }, "a"],
    [{ "sec-websocket-protocol": "c" }, "protocol_not_requested"],
    [{ "sec-websocket-protocol": "a, b" }, "protocol_not_requested"],
    [{ "sec-websocket-extensions": "permessage-deflate" }, "extension_not_requested"],
    [{ "sec-websocket-accept": acceptValue(`${KEY}x`) }, "accept_invalid"],
    [{ upgrade: "h2c" }, "upgrade_header_invalid"],
    [{ connection: "close" }, "connection_header_invalid"],
  ] as const) {
    it(`is judged by a client: ${JSON.stringify(changes)}`, () => {
      const checked = checkResponse({ ...good, ...changes }, KEY, ["a", "b"], undefined);
      assert.equal(typeof checked === "string" ? checked : checked.protocol, outcome);
    });
  }
});

function numbered(count: number): string {
  return Array.from({ length: count }, (_, at) => `p${at}`).join(",");
}
