/** Each example of `examples/` as its reader would use it: run, asked for pages, talked to, closed. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { identity } from "./certificate.ts";
import { startChild } from "./child.ts";
import { until } from "./waiting.ts";

interface Example {
  readonly name: string;
  readonly home: string;
  /** How the framework itself says that there is no such page. */
  readonly missing: RegExp;
}

const examples: readonly Example[] = [
  { name: "plain-http", home: "hello from node:http", missing: /^no such page$/ },
  { name: "https", home: "hello from node:https", missing: /^no such page$/ },
  { name: "http2", home: "hello over HTTP/1.1", missing: /^no such page$/ },
  { name: "express", home: "hello from Express", missing: /Cannot GET \/missing/ },
  { name: "koa", home: "hello from Koa", missing: /^Not Found$/ },
  { name: "fastify", home: "hello from Fastify", missing: /Route GET:\/missing not found/ },
  { name: "hono", home: "hello from Hono", missing: /^404 Not Found$/ },
  { name: "nestjs", home: "hello from NestJS", missing: /Cannot GET \/missing/ },
];

const WAYS = ["official, websocket", "official, polling", "ours, websocket", "ours, polling"];

const root = new URL("../../", import.meta.url).pathname;
const host = new URL("./example-host.js", import.meta.url).pathname;
const visitor = new URL("./example-visitor.js", import.meta.url).pathname;

/** The examples with TLS find their certificate in the folder in which they are started. */
const folder = mkdtempSync(join(tmpdir(), "everwire-examples-"));
writeFileSync(join(folder, "key.pem"), identity.privateKey);
writeFileSync(join(folder, "cert.pem"), identity.certificate);
after(() => rmSync(folder, { recursive: true }));

const inFolder = { cwd: folder, env: { NODE_EXTRA_CA_CERTS: join(folder, "cert.pem") } };

for (const { name, home, missing } of examples) {
  describe(`the example ${name}`, { timeout: 60_000 }, () => {
    it("serves its pages, carries a chat over both transports, and ends whole", async () => {
      const server = await startChild(host, [name], /^listening (.+)$/, inFolder);
      const client = await startChild(visitor, [server.match[1] ?? ""], /^visited (.+)$/, inFolder);
      try {
        const { pages, talks } = JSON.parse(client.match[1] ?? "");
        assert.deepEqual(pages.home, { status: 200, body: home });
        assert.equal(pages.missing.status, 404);
        assert.match(pages.missing.body, missing);
        assert.deepEqual(pages.engine, { status: 400, body: '{"code":0,"message":"Transport unknown"}' });
        for (const way of WAYS) {
          const text = `é over ${way}`;
          assert.deepEqual(talks[way], { receipt: { heard: text }, text, bySpeaker: true }, way);
        }

        server.process.kill("SIGTERM");
        await until("the end of the process", () => server.process.exitCode !== null, 5000);
        assert.equal(server.process.exitCode, 0, server.output());
        assert.match(server.output(), /^closed$/m, "close() resolved before");
        await until("the end of the clients", () => client.process.exitCode !== null);
        assert.match(client.output(), /^everybody was disconnected$/m);
      } finally {
        await Promise.all([server.stop("SIGKILL"), client.stop("SIGKILL")]);
      }
    });

    it("runs by its npm script", async () => {
      const { scripts } = JSON.parse(readFileSync(`${root}examples/package.json`, "utf8"));
      assert.equal(scripts[name], `node dist/${name}.js`);
      const run = await startChild(`${root}examples/dist/${name}.js`, ["0"], /^https?:\/\/127\.0\.0\.1:\d+$/, inFolder);
      await run.stop();
    });

    it("has at most 60 lines", () => {
      const lines = readFileSync(`${root}examples/src/${name}.ts`, "utf8").trimEnd().split("\n");
      assert.ok(lines.length <= 60, `${lines.length} lines`);
    });
  });
}

describe("the example http2 over HTTP/2", { timeout: 60_000 }, () => {
  it("serves its pages, carries sessions by polling and by WebSocket, and ends whole", async () => {
    const server = await startChild(host, ["http2"], /^listening (.+)$/, inFolder);
    const origin = server.match[1] ?? "";
    const session = connect(origin, { ca: identity.certificate });
    const ask = async (path: string, body?: string): Promise<{ status: unknown; text: string }> => {
      // As a page of this very server does, whose requests have no Host header but an :authority.
      const stream = session.request({ ":path": path, ":method": body === undefined ? "GET" : "POST", origin });
      stream.setEncoding("utf8").end(body);
      const [headers] = await once(stream, "response");
      let text = "";
      for await (const chunk of stream) text += chunk;
      return { status: headers[":status"], text };
    };
    try {
      assert.deepEqual(await ask("/"), { status: 200, text: "hello over HTTP/2.0" });
      assert.deepEqual(await ask("/missing"), { status: 404, text: "no such page" });

      const opened = await ask("/socket.io/?EIO=4&transport=polling");
      assert.match(opened.text, /^0\{/);
      const polling = `/socket.io/?EIO=4&transport=polling&sid=${JSON.parse(opened.text.slice(1)).sid}`;
      assert.deepEqual(await ask(polling, "40"), { status: 200, text: "ok" });
      assert.match((await ask(polling)).text, /^40\{"sid":/);
      assert.deepEqual(await ask(polling, '420["say","over HTTP/2"]'), { status: 200, text: "ok" });
      assert.deepEqual(await ask(polling), { status: 200, text: '430[{"heard":"over HTTP/2"}]' });

      const tunnel = session.request({
        // RFC 8441 §4
        ":method": "CONNECT",
        ":protocol": "websocket",
        ":path": "/socket.io/?EIO=4&transport=websocket",
        "sec-websocket-version": "13",
        origin,
      });
      const [headers] = await once(tunnel, "response");
      assert.equal(headers[":status"], 200);
      const [frame] = await once(tunnel, "data");
      assert.match(String(frame.subarray(2)), /0\{"sid":/);

      // Both sessions and their connection are still open, and must not hold the server.
      tunnel.on("error", () => {});
      server.process.kill("SIGTERM");
      await until("the end of the process", () => server.process.exitCode !== null, 8000);
      assert.equal(server.process.exitCode, 0, server.output());
    } finally {
      session.destroy();
      await server.stop("SIGKILL");
    }
  });
});

describe("docs/frameworks.md", () => {
  const page = readFileSync(`${root}docs/frameworks.md`, "utf8");
  const bare = (code: string): string => code.trim().replace(/^\s+/gm, "");

  it("shows lines of the examples as they are", () => {
    const blocks = [...page.matchAll(/^```ts from=(\S+)\n([\s\S]*?)^```$/gm)];
    for (const [, file = "", code = ""] of blocks) {
      const source = readFileSync(`${root}${file}`, "utf8");
      assert.ok(bare(source).includes(bare(code)), `${file} has other lines than\n${code}`);
    }
    const shown = new Set(blocks.map(([, file]) => file));
    for (const { name } of examples) assert.ok(shown.has(`examples/src/${name}.ts`), `${name} is not shown`);
  });

  it("and the tests above know every example there is", () => {
    const files = readdirSync(`${root}examples/src`).map((file) => file.replace(/\.ts$/, ""));
    assert.deepEqual(files.sort(), examples.map(({ name }) => name).sort());
  });
});
