import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { after, describe, it } from "node:test";
import { readRequestHead } from "./request-head.ts";

const KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
const PLAIN = ["GET /chat?a=b HTTP/1.1", "Host: example.org", "Upgrade: websocket", "Connection: Upgrade", KEY];

function head(...lines: string[]): Buffer {
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}

describe("the head of a request", () => {
  it("is read when it is plain, with what follows left alone", () => {
    const read = readRequestHead(Buffer.concat([head(...PLAIN, "X-Two:  a b\t"), Buffer.from("\x81\x80rest")]));
    assert.ok(read !== undefined);
    assert.equal(read.url, "/chat?a=b");
    assert.deepEqual(read.rawHeaders.slice(-2), ["X-Two", "a b"]);
    assert.deepEqual(Object.keys(read.headers), ["host", "upgrade", "connection", "sec-websocket-key", "x-two"]);
    assert.equal(read.length, head(...PLAIN, "X-Two:  a b\t").length);
  });

  it("may have 200 headers, as many as Node is told to take", () => {
    const read = readRequestHead(head(...PLAIN, ...Array.from({ length: 196 }, (_, at) => `x${at}: a`)));
    assert.equal(read?.rawHeaders.length, 400);
  });

  const others: Record<string, Buffer> = {
    "an incomplete head": head(...PLAIN).subarray(0, -1),
    "lines that end in LF": Buffer.from(`${PLAIN.join("\n")}\n\n`),
    "another method": head("POST / HTTP/1.1", ...PLAIN.slice(1)),
    "another version": head("GET / HTTP/1.0", ...PLAIN.slice(1)),
    "an absolute target": head("GET http://a/ HTTP/1.1", ...PLAIN.slice(1)),
    "a blank in the target": head("GET /a b HTTP/1.1", ...PLAIN.slice(1)),
    "no upgrade": head(...PLAIN.filter((line) => !line.startsWith("Upgrade"))),
    "another protocol": head(...PLAIN.map((line) => line.replace("websocket", "h2c"))),
    "no upgrade among the connection's options": head(...PLAIN.map((line) => line.replace(": Upgrade", ": close"))),
    "a name twice": head(...PLAIN, "host: other"),
    "a blank before the colon": head(...PLAIN, "X-A : b"),
    "a folded line": head(...PLAIN, "X-A: b", " c"),
    "a line without a colon": head(...PLAIN, "nonsense"),
    "a control character in a value": head(...PLAIN, "X-A: b\x00c"),
    "a bare CR in a value": head(...PLAIN, "X-A: b\rc"),
    "a length": head(...PLAIN, "Content-Length: 0"),
    "a transfer coding": head(...PLAIN, "Transfer-Encoding: chunked"),
    "an expectation": head(...PLAIN, "Expect: 100-continue"),
    "a name that is a property of objects": head(...PLAIN, "__proto__: x"),
    "more than 200 headers": head(...PLAIN, ...Array.from({ length: 197 }, (_, at) => `x${at}: a`)),
    "8 KiB and more": head(...PLAIN, `X-A: ${"a".repeat(8200)}`),
  };
  for (const [what, bytes] of Object.entries(others)) {
    it(`is left to Node with ${what}`, () => assert.equal(readRequestHead(bytes), undefined));
  }

  it("says what Node's parser says, wherever it says anything", async () => {
    const requests: IncomingMessage[] = [];
    const server = createServer().on("upgrade", (request, socket) => {
      requests.push(request);
      socket.end();
    });
    after(() => server.close());
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    let compared = 0;
    for (let seed = 1; seed <= 400; seed++) {
      const bytes = mutated(seed);
      const read = readRequestHead(bytes);
      if (read === undefined) continue;
      const socket = connect(port, "127.0.0.1");
      socket.resume().end(bytes);
      await once(socket, "close");
      const request = requests.pop();
      const said = { url: read.url, rawHeaders: read.rawHeaders, headers: read.headers };
      const { url, rawHeaders, headers } = request ?? {};
      assert.deepEqual(said, { url, rawHeaders, headers: { ...headers } }, `seed ${seed}: ${bytes.toString("latin1")}`);
      compared++;
    }
    assert.ok(compared > 60, `${compared} heads were compared`);
  });
});

/** A plain head with some of its bytes changed, the same for the same seed. */
function mutated(seed: number): Buffer {
  const bytes = head(...PLAIN, "Cookie: a=1; b=2", "User-Agent: x (y; z)", "Origin: https://example.org");
  let state = seed * 2654435761;
  const next = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (let changes = next(3); changes >= 0; changes--) {
    const at = next(bytes.length - 4);
    const kind = next(3);
    bytes[at] = kind === 0 ? next(256) : kind === 1 ? 0x20 + next(0x5f) : (bytes[at] ?? 0) ^ 0x20;
  }
  return bytes;
}
