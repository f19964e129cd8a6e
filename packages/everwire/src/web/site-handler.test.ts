import assert from "node:assert/strict";
import { request, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { after, before, test } from "node:test";
import { createHttpServer } from "../http-server.ts";
import { Readiness } from "../readiness.ts";
import { SECURITY_HEADERS } from "./security-headers.ts";
import { siteFile } from "./site-file.ts";
import { createSiteHandler } from "./site-handler.ts";

const SCRIPT = "/assets/index-B1c2D3e4.js";
const INDEX = siteFile("/index.html", Buffer.from("<!doctype html><p>site"));
const MANIFEST = new Map([
  ["/", INDEX],
  ["/index.html", INDEX],
  [SCRIPT, siteFile(SCRIPT, Buffer.from("let x = 1;\n".repeat(200)))],
]);

const readiness = new Readiness();
const built: Server = createHttpServer();
const empty: Server = createHttpServer();

before(async () => {
  readiness.ready();
  built.on("request", createSiteHandler(MANIFEST, readiness));
  empty.on("request", createSiteHandler(new Map(), readiness));
  for (const server of [built, empty]) {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  }
});
after(() => {
  for (const server of [built, empty]) {
    server.close();
    server.closeAllConnections();
  }
});

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

function port(server: Server): number {
  // Both servers listen on TCP, so this is never the path of a pipe.
  return (server.address() as AddressInfo).port;
}

function ask(path: string, headers: Record<string, string> = {}, method = "GET", server = built): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: "127.0.0.1", port: port(server), path, headers, method, agent: false },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("end", () => {
          const body = Buffer.concat(chunks).toString("latin1");
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body });
        });
      },
    );
    outgoing.on("error", reject).end();
  });
}

/** What the server answers to these bytes until it closes the connection. */
function raw(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(port(built), "127.0.0.1", () => socket.write(bytes));
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
    });
    socket.on("end", () => resolve(text)).on("error", reject);
  });
}

test("every answer carries the security headers", async () => {
  const answers = [
    await ask("/"),
    await ask(SCRIPT),
    await ask("/missing"),
    await ask("/healthz"),
    await ask("/", {}, "POST"),
    await ask("/", { "If-None-Match": "*" }),
    await ask("/", {}, "GET", empty),
  ];
  for (const answer of answers) {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
      assert.equal(answer.headers[name.toLowerCase()], value, `${name} with ${answer.status}`);
    }
  }
});

test("the policy is this one", () => {
  assert.deepEqual(SECURITY_HEADERS, {
    "Content-Security-Policy":
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self'; " +
      "img-src 'self' data:; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; " +
      "require-trusted-types-for 'script'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  });
});

test("files come with type, length, tag and caching rules", async () => {
  const index = await ask("/?from=mail");
  assert.equal(index.status, 200);
  assert.equal(index.headers["content-type"], "text/html; charset=utf-8");
  assert.equal(index.headers["cache-control"], "no-cache");
  assert.equal(index.body, "<!doctype html><p>site");
  const script = await ask(SCRIPT, { "Accept-Encoding": "gzip, br" });
  assert.equal(script.headers["content-encoding"], "br");
  assert.equal(script.headers.vary, "Accept-Encoding");
  assert.equal(script.headers["cache-control"], "public, max-age=31536000, immutable");
  assert.equal(script.headers["content-length"], String(script.body.length));
});

test("HEAD is GET without the body", async () => {
  const [get, head] = [await ask(SCRIPT), await ask(SCRIPT, {}, "HEAD")];
  assert.equal(head.status, 200);
  assert.equal(head.body, "");
  for (const name of ["content-length", "etag", "content-type"]) assert.equal(head.headers[name], get.headers[name]);
});

test("a known tag is answered by 304 without a body", async () => {
  const { etag } = (await ask(SCRIPT)).headers;
  const again = await ask(SCRIPT, { "If-None-Match": String(etag) });
  assert.deepEqual([again.status, again.body, again.headers.etag], [304, "", etag]);
  const coded = await ask(SCRIPT, { "If-None-Match": String(etag), "Accept-Encoding": "br" });
  assert.equal(coded.status, 200, "the tag of another form");
});

test("rows 228, 229 and 232: only names of the manifest are served", async () => {
  const paths = [
    "/socket.io/../../etc/passwd",
    "/../../../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/..%5c..%5cetc/passwd",
    "/%252e%252e/etc/passwd",
    "/%c0%ae%c0%ae/etc/passwd",
    "/....//....//etc/passwd",
    "//etc/passwd",
    "/etc/passwd",
    "/index.html%00.js",
    "/index.html.",
    "/index.html%20",
    "/index.html::$DATA",
    "/CON",
    "/assets/",
    "/assets/index-B1c2D3e4.js.map",
    "/.env",
    "/package.json",
    "/__proto__",
    "/constructor",
    "*",
    "http://169.254.169.254/",
    "/<script>alert(1)</script>",
  ];
  for (const path of paths) {
    const answer = await ask(path);
    assert.equal(answer.status, 404, path);
    assert.ok(!answer.body.includes("root:") && !answer.body.includes("alert"), path);
  }
});

test("row 230: ranges are ignored and the whole file is sent", async () => {
  for (const range of ["bytes=0-0", `bytes=${"0-,".repeat(1000)}0-`, "bytes=5-2", "bytes=-0"]) {
    assert.equal((await ask("/", { Range: range })).status, 200, range.slice(0, 20));
  }
});

test("other methods are refused with the ones that are allowed", async () => {
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"]) {
    const answer = await ask("/", {}, method);
    assert.deepEqual([answer.status, answer.headers.allow], [405, "GET, HEAD"]);
  }
});

test("rows 6, 7, 8, 11 and 15: what the strict parser refuses gets a status and is closed", async () => {
  const get = "GET / HTTP/1.1\r\nHost: x\r\n";
  const rows: [string, string][] = [
    ["GET / HTTP/1.1\nHost: x\n\n", "400"],
    [`${get}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`, "400"],
    [`${get}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`, "400"],
    [`${get}X: ${"x".repeat(20_000)}\r\n\r\n`, "431"],
    ["GET / HTTP/1.1\r\n\r\n", "400"],
    ["GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\nConnection: close\r\n\r\n", "400"],
    ["GET / HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n", "400"],
    ["\u0016\u0003\u0001\u0000\r\n\r\n", "400"],
  ];
  for (const [bytes, status] of rows) assert.equal((await raw(bytes)).slice(9, 12), status, bytes.slice(0, 60));
});

test("without a build the start page says how to make one", async () => {
  const page = await ask("/", {}, "GET", empty);
  assert.equal(page.status, 200);
  assert.ok(page.body.includes("npm run build"));
  assert.equal((await ask("/other", {}, "GET", empty)).status, 404);
});

test("while starting everything is refused for now", async () => {
  const starting = createHttpServer();
  starting.on("request", createSiteHandler(MANIFEST, new Readiness()));
  await new Promise<void>((resolve) => starting.listen(0, "127.0.0.1", resolve));
  const [page, health] = [await ask("/", {}, "GET", starting), await ask("/healthz", {}, "GET", starting)];
  assert.deepEqual(
    [page.status, page.headers["retry-after"], health.status, health.body],
    [503, "1", 503, "starting\n"],
  );
  starting.close();
});

test("health is 200 while ready and 503 while draining", async () => {
  const ready = await ask("/healthz");
  assert.deepEqual([ready.status, ready.body], [200, "ok\n"]);
  readiness.drain();
  const draining = await ask("/healthz");
  assert.deepEqual([draining.status, draining.body], [503, "draining\n"]);
});
