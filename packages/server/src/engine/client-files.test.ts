import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { IncomingMessage, request } from "node:http";
import { Socket as TcpSocket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { rig } from "../wire-client.test.ts";
import { CLIENT_DIRECTORY, ClientFiles } from "./client-files.ts";

const GLOBAL = "globalThis.io = 1;".repeat(100);

function folder(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "everwire-client-"));
  context.after(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, "everwire.min.js"), GLOBAL);
  writeFileSync(join(directory, "everwire.esm.min.js"), "export default 1;");
  writeFileSync(join(directory, "everwire.channels.esm.min.js"), "export {};");
  writeFileSync(join(directory, "secret.js"), "secret");
  writeFileSync(join(directory, "index.js"), "not for pages");
  return directory;
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

/** As it is on the wire: `fetch` would decompress. */
function ask(url: string, headers: Record<string, string> = {}, method = "GET"): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request(url, { headers, method }, (response) => {
      response
        .toArray()
        .then(
          (chunks) => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }),
          reject,
        );
    })
      .on("error", reject)
      .end();
  });
}

test("pages load the client under the names they know", async (context) => {
  const { origin, server } = await rig(context, { serveClient: folder(context) });
  assert.equal(server.serveClient(), true);
  for (const name of ["socket.io.js", "socket.io.min.js", "everwire.min.js", "socket.io.js?v=1"]) {
    const { status, headers, body } = await ask(`${origin}/socket.io/${name}`);
    assert.deepEqual([status, String(body)], [200, GLOBAL], name);
    assert.equal(headers["content-type"], "application/javascript; charset=utf-8");
    assert.equal(headers["cache-control"], "public, max-age=0");
    assert.match(String(headers.etag), /^"[\w-]{22}"$/);
  }
  const module = await ask(`${origin}/socket.io/socket.io.esm.min.js`);
  assert.match(String(module.body), /export \* from ".\/everwire.esm.min.js"/);
  assert.equal(String((await ask(`${origin}/socket.io/everwire.esm.min.js`)).body), "export default 1;");
  assert.equal(String((await ask(`${origin}/socket.io/everwire.channels.esm.min.js`)).body), "export {};");
});

test("nothing else of the folder, and nothing beside it, is served", async (context) => {
  const directory = folder(context);
  symlinkSync(join(directory, "secret.js"), join(directory, "secret.min.js"));
  const { origin } = await rig(context, { serveClient: directory });
  for (const name of [
    "secret.js",
    "secret.min.js",
    "index.js",
    "everwire.js",
    "socket.io.msgpack.min.js",
    "socket.io.js.map",
    "../secret.js",
    "..%2fsecret.js",
    "everwire.../secret.min.js",
    "__proto__",
    "",
  ]) {
    const { status } = await ask(`${origin}/socket.io/${name}`);
    assert.ok(status === 404 || (name === "" && status === 400), `${name}: ${status}`);
  }
  assert.equal((await ask(`${origin}/socket.io.js`)).status, 404);
});

test("a page that has the file already is told so, for each coding by itself", async (context) => {
  const { origin } = await rig(context, { serveClient: folder(context) });
  const url = `${origin}/socket.io/socket.io.js`;
  for (const [coding, decode] of [
    ["br", brotliDecompressSync],
    ["gzip", gunzipSync],
    ["gzip;q=0, identity", (body: Buffer) => body],
  ] as const) {
    const accept = { "accept-encoding": coding };
    const { headers, body } = await ask(url, accept);
    assert.equal(String(decode(body)), GLOBAL);
    assert.equal(headers["content-length"], String(body.length));
    const tag = String(headers.etag);
    for (const condition of [tag, `W/${tag}`, `"other", ${tag}`, "*"]) {
      const again = await ask(url, { ...accept, "if-none-match": condition });
      assert.deepEqual([again.status, again.body.length, again.headers.etag], [304, 0, tag], condition);
    }
    assert.equal((await ask(url, { ...accept, "if-none-match": '"other"' })).status, 200);
    const other = await ask(url, { "accept-encoding": "zstd", "if-none-match": tag });
    assert.equal(other.status, coding.includes("q=0") ? 304 : 200);
  }
});

test("the files are looked for in the client's package, beside this one", () => {
  const text = readFileSync(join(CLIENT_DIRECTORY, "../package.json"), "utf8");
  assert.match(text, /"name": "@everwire\/client"/);
});

test("files that were not there are looked for again, once a second", (context) => {
  const time = { now: 5000 };
  context.mock.method(performance, "now", () => time.now);
  const directory = mkdtempSync(join(tmpdir(), "everwire-client-"));
  context.after(() => rmSync(directory, { recursive: true }));
  const files = new ClientFiles("/socket.io/", directory);
  const wanted = new IncomingMessage(new TcpSocket());
  wanted.url = "/socket.io/socket.io.js";
  assert.equal(files.find(wanted), undefined);
  writeFileSync(join(directory, "everwire.min.js"), GLOBAL);
  time.now += 999;
  assert.equal(files.find(wanted), undefined);
  time.now += 1;
  assert.equal(files.find(wanted), "everwire.min.js");
});

test("HEAD tells of the file, other methods are refused, and the path is the server's", async (context) => {
  const { origin } = await rig(context, { serveClient: folder(context), path: "/realtime" });
  const url = `${origin}/realtime/socket.io.min.js`;
  const head = await ask(url, {}, "HEAD");
  assert.deepEqual([head.status, head.headers["content-length"], head.body.length], [200, String(GLOBAL.length), 0]);
  const posted = await ask(url, {}, "POST");
  assert.deepEqual([posted.status, posted.headers.allow], [405, "GET, HEAD"]);
  assert.equal((await ask(`${origin}/socket.io/socket.io.js`)).status, 404);
});

test("without the option, the client or its files the server's other listeners are asked", async (context) => {
  for (const serveClient of [false, "/nowhere"]) {
    const { origin } = await rig(context, { serveClient });
    assert.equal((await ask(`${origin}/socket.io/socket.io.js`)).status, 404);
  }
  const directory = folder(context);
  const { server, origin } = await rig(context, { serveClient: directory });
  const failed = new Promise((resolve) => server.on("handler_error", resolve));
  assert.equal((await ask(`${origin}/socket.io/everwire.min.js`)).status, 200);
  rmSync(join(directory, "everwire.esm.min.js"));
  assert.equal((await ask(`${origin}/socket.io/everwire.esm.min.js`)).status, 500);
  await failed;
});
