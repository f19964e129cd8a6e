import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { describe, it } from "node:test";
import { HandshakeError } from "../handshake/handshake-error.ts";
import { nativeOptions } from "./foreign-options.ts";
import { checkServerOptions } from "./server-options.ts";
import { WebSocket } from "./websocket.ts";
import { asConnectOptions } from "./websocket-options.ts";

// The page is the table: what it says of an option of `ws` is what the option does.

type Verdict = "taken" | "ignored" | "refused";

interface Row {
  readonly option: string;
  readonly verdict: Verdict;
}

const page = readFileSync(new URL("../../../../docs/websocket/coming-from-ws.md", import.meta.url), "utf8");

/** The rows of the table under a heading, one for each option. */
function rowsUnder(heading: string): readonly Row[] {
  const section = page.split(`\n### ${heading}\n`)[1]?.split(/\n##+ /)[0] ?? "";
  return [...section.matchAll(/^\| (`.*?) \| (taken|ignored|refused) \|/gm)].flatMap(([, names = "", verdict]) =>
    [...names.matchAll(/`([^`]+)`/g)].map(([, option = ""]) => ({ option, verdict: asVerdict(verdict) })),
  );
}

function asVerdict(text: string | undefined): Verdict {
  assert.ok(text === "taken" || text === "ignored" || text === "refused", text);
  return text;
}

const noop = (): void => {};
const http = createServer();

/** For each option a value that `ws` takes. */
const VALUES: Readonly<Record<string, unknown>> = {
  allowSynchronousEvents: false,
  autoPong: false,
  backlog: 5,
  clientTracking: false,
  closeTimeout: 1234,
  finishRequest: noop,
  followRedirects: true,
  generateMask: noop,
  handleProtocols: () => false,
  handshakeTimeout: 0,
  maxBufferedChunks: 10,
  maxFragments: 7,
  maxPayload: 77,
  maxPendingAutoPongs: 1,
  maxRedirects: 3,
  origin: "https://example.com",
  perMessageDeflate: { threshold: 5 },
  protocolVersion: 8,
  skipUTF8Validation: true,
  headers: { "X-A": "b" },
  agent: false,
  createConnection: noop,
  localAddress: "127.0.0.1",
  localPort: 1,
  family: 4,
  hints: 0,
  lookup: noop,
  auth: "me:secret",
  insecureHTTPParser: true,
  maxHeaderSize: 100_000,
  setHost: true,
  uniqueHeaders: ["a"],
  host: "127.0.0.1",
  hostname: "elsewhere",
  port: 0,
  path: "/there",
  method: "POST",
  timeout: 5,
  socketPath: "/nowhere",
  ca: "ca",
  cert: "cert",
  key: "key",
  pfx: "pfx",
  passphrase: "word",
  servername: "example.com",
  rejectUnauthorized: false,
  noServer: true,
  server: http,
  verifyClient: () => true,
  WebSocket,
  clientMaxWindowBits: true,
  clientNoContextTakeover: false,
  concurrencyLimit: 3,
  serverMaxWindowBits: 10,
  serverNoContextTakeover: false,
  threshold: 5,
  "zlibDeflateOptions.level": 3,
  "zlibDeflateOptions.memLevel": 7,
  "zlibDeflateOptions.chunkSize": 1024,
  "zlibInflateOptions.chunkSize": 10_240,
  "zlibDeflateOptions.strategy": 2,
  "zlibInflateOptions.dictionary": Buffer.alloc(1),
};

function valueFor(option: string): unknown {
  assert.ok(Object.hasOwn(VALUES, option), `no value to try ${option} with`);
  return VALUES[option];
}

function one(option: string, value: unknown): object {
  const [name = "", field] = option.split(".");
  return { [name]: field === undefined ? value : { [field]: value } };
}

const PLACES: ReadonlySet<string> = new Set(["port", "server", "noServer"]);

/** How each table's options are read, as what a connection or server then goes by. */
const READERS: Readonly<Record<string, (options: object, option: string) => object>> = {
  "Of new WebSocket": (options) => asConnectOptions(options, undefined),
  "Of new WebSocketServer": (options, option) =>
    checkServerOptions(PLACES.has(option) ? options : { noServer: true, ...options }),
  "Of perMessageDeflate": (options) => {
    const { perMessageDeflate } = nativeOptions({ perMessageDeflate: options });
    assert.ok(typeof perMessageDeflate === "object");
    return perMessageDeflate;
  },
};

const COUNTS: Readonly<Record<string, number>> = {
  "Of new WebSocket": 43,
  "Of new WebSocketServer": 19,
  "Of perMessageDeflate": 12,
};

for (const [heading, read] of Object.entries(READERS)) {
  describe(`options of ws: ${heading}`, () => {
    const rows = rowsUnder(heading);
    it("are all in the table", () => assert.equal(rows.length, COUNTS[heading]));
    for (const { option, verdict } of rows) {
      it(`${option}: ${verdict}`, () => {
        const options = one(option, valueFor(option));
        if (verdict === "refused") {
          assert.throws(() => read(options, option), { name: "TypeError", message: new RegExp(option) });
          return;
        }
        const known = read(options, option);
        // Taken: it is still there, under its own name, among the TLS options, or as zlib's level. Ignored: see below.
        const name = option.split(".").at(-1) ?? "";
        const tls: unknown = Reflect.get(known, "tls");
        const found: unknown = Reflect.get(known, name) ?? (tls instanceof Object ? Reflect.get(tls, name) : undefined);
        if (verdict === "taken" && valueFor(option) !== true) assert.deepEqual(found, valueFor(option));
      });
    }
  });
}

describe("options of ws that stand in for nothing", () => {
  it("null is as if they were left out", () => {
    const nulls = { backlog: null, host: null, path: null, port: null, server: null, verifyClient: null };
    const options: object = { ...nulls, handleProtocols: null, perMessageDeflate: null, noServer: true };
    assert.deepEqual(checkServerOptions(options), { noServer: true });
  });

  it("the example of ws' own page for compression is taken", () => {
    const { perMessageDeflate } = checkServerOptions({
      port: 8080,
      perMessageDeflate: {
        zlibDeflateOptions: { chunkSize: 1024, memLevel: 7, level: 3 },
        zlibInflateOptions: { chunkSize: 10 * 1024 },
        clientNoContextTakeover: true,
        serverNoContextTakeover: true,
        serverMaxWindowBits: 10,
        concurrencyLimit: 10,
        threshold: 1024,
      },
    });
    assert.deepEqual(perMessageDeflate, {
      level: 3,
      memLevel: 7,
      clientNoContextTakeover: true,
      serverNoContextTakeover: true,
      serverMaxWindowBits: 10,
      concurrencyLimit: 10,
      threshold: 1024,
    });
  });

  it("of two levels the one that stands beside the others wins", () => {
    const { perMessageDeflate } = nativeOptions({ perMessageDeflate: { level: 1, zlibDeflateOptions: { level: 9 } } });
    assert.deepEqual(perMessageDeflate, { level: 1 });
  });

  for (const bits of ["clientMaxWindowBits", "serverMaxWindowBits"]) {
    it(`${bits} may be true, and cannot be false`, () => {
      assert.deepEqual(nativeOptions({ perMessageDeflate: { [bits]: true } }), { perMessageDeflate: {} });
      assert.throws(() => nativeOptions({ perMessageDeflate: { [bits]: false } }), new RegExp(bits));
    });
  }

  it("protocolVersion may be 13", () => assert.doesNotThrow(() => nativeOptions({ protocolVersion: 13 })));

  it("a limit of 0 is refused by name, as it would be none", () => {
    assert.throws(() => checkServerOptions({ noServer: true, maxPayload: 0 }), /maxPayload/);
    assert.throws(() => new WebSocket("ws://127.0.0.1:1/", { maxFragments: 0 }), /maxFragments/);
  });

  it("what a finishRequest throws ends the dial", async () => {
    const socket = new WebSocket("ws://127.0.0.1:1/", {
      finishRequest: () => {
        throw new HandshakeError("given_up");
      },
    });
    assert.deepEqual(await socket.closed, { code: 1006, reason: "", wasClean: false });
  });
});
