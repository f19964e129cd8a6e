import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { EXIT_FAILED, EXIT_OK, EXIT_USAGE, runCommandLine } from "./command-line.ts";
import { FAULT_NAMES } from "./fault-plan.ts";
import { until } from "./test-peers.test.ts";

async function server(t: TestContext): Promise<number> {
  const origin = createServer((_request, response) => response.end("ok")).listen(0, "127.0.0.1");
  await once(origin, "listening");
  t.after(() => {
    origin.closeAllConnections();
    origin.close();
  });
  return (origin.address() as AddressInfo).port; // a TCP server that listens
}

/** Runs the command in this process until `work` is done. */
async function run(args: string[], work: (out: () => string) => Promise<void> = async () => {}) {
  let out = "";
  let err = "";
  const code = await runCommandLine(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    stopped: () => work(() => out),
  });
  return { code, out, err };
}

describe("the command", () => {
  it("explains itself, with every fault", async () => {
    const { code, out, err } = await run(["--help"]);
    assert.deepEqual([code, err], [EXIT_OK, ""]);
    for (const name of FAULT_NAMES) {
      assert.ok(out.includes(`  --${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}  `), name);
    }
    assert.ok(out.split("\n").every((line) => line.length <= 110));
  });

  const REFUSED: [string[], RegExp][] = [
    [[], /--target is missing/],
    [["--target", "3000", "--cut-idel", "5"], /Unknown option '--cut-idel'/],
    [["--target", "3000", "stray"], /Unexpected argument 'stray'/],
    [["--target", "0"], /--target takes HOST:PORT or PORT/],
    [["--target", "a:b"], /--target takes HOST:PORT or PORT/],
    [["--target", "70000"], /--target takes an integer from 0 to 65535/],
    [["--target", "3000", "--seed", "x"], /--seed takes an integer/],
    [["--target", "3000", "--protocol", "udp"], /--protocol is http or tcp/],
    [["--target", "3000", "--delay", "soon"], /delay: ms takes a number/],
    [["--target", "3000", "--delay", "ms=5,by=6"], /delay: there is no "by"/],
    [["--target", "3000", "--delay", "__proto__=5"], /delay: ms takes a number/],
    [["--target", "3000", "--delay"], /--delay/],
  ];
  for (const [args, message] of REFUSED) {
    it(`does not understand ${JSON.stringify(args.join(" "))}`, async () => {
      const { code, out, err } = await run(args);
      assert.deepEqual([code, out], [EXIT_USAGE, ""]);
      assert.match(err, message);
    });
  }

  it("fails when it cannot listen", async (t) => {
    const port = String(await server(t));
    const { code, err } = await run(["--target", port, "--listen", port]);
    assert.equal(code, EXIT_FAILED);
    assert.match(err, /^error: listen EADDRINUSE/);
  });

  it("prints one line for each connection and fault", async (t) => {
    const port = await server(t);
    const args = ["--target", String(port), "--seed", "5", "--inject-status", "status=502+503,probability=1"];
    const { code, out } = await run([...args, "--only", "GET /a=b,c+d", "--strip-headers", "Date"], async (soFar) => {
      const url = /http:\S+/.exec(soFar())?.[0] ?? "";
      assert.ok((await fetch(`${url}/a=b,cd`)).status >= 502);
      const { status, headers } = await fetch(`${url}/other`);
      assert.deepEqual([status, headers.has("date")], [200, true]);
    });
    assert.equal(code, EXIT_OK);
    const lines = out.split("\n");
    assert.match(
      lines.at(0) ?? "",
      /^ +\d\.\d{3} proxy +start: http:\/\/127\.0\.0\.1:\d+ to 127\.0\.0\.1:\d+, seed 5$/,
    );
    assert.match(lines.at(1) ?? "", /^ +\d\.\d{3} #1 +open: from 127\.0\.0\.1:\d+$/);
    assert.match(lines.at(2) ?? "", /^ +\d\.\d{3} #1 +injectStatus: 50[23]: GET \/a=b,cd HTTP\/1\.1$/);
  });

  it("stops at a signal, as a process", async (t) => {
    const port = await server(t);
    const bin = fileURLToPath(new URL("../bin/fault-proxy.js", import.meta.url));
    const child = spawn(process.execPath, [bin, "--target", String(port), "--truncate", "1", "--verbose"]);
    t.after(() => child.kill("SIGKILL"));
    let out = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
    await until("started", () => out.includes("seed"));
    const response = await fetch(/http:\S+/.exec(out)?.[0] ?? "");
    await assert.rejects(response.text());
    await until("told", () => out.includes("truncate: after 1 bytes of the body: fin"));
    child.kill("SIGTERM");
    assert.deepEqual(await once(child, "exit"), [0, null]);
  });
});
