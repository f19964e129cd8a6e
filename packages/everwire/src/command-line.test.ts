import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import { runCommandLine } from "./command-line.ts";

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command that ends by itself. */
async function run(...args: string[]): Promise<Ended> {
  let [out, err] = ["", ""];
  const code = await runCommandLine(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    signals: new EventEmitter(),
    exit: () => {},
  });
  return { code, out, err };
}

test("what is not understood is said with a suggestion and exit code 2", async () => {
  const rows: [string[], RegExp][] = [
    [["serve", "--port", "abc"], /'abc' is invalid. A port is a number from 0 to 65535/],
    [["serve", "--port", "70000"], /'70000' is invalid/],
    [["serve", "--port", "-1"], /./],
    [["serve", "--host", ""], /It is empty/],
    [["serve", "--data", " "], /It is empty/],
    [["serve", "--prot", "80"], /Did you mean --port\?/],
    [["serve", "--origin", "chat.example"], /An origin is a scheme/],
    [["serve", "--origin", "https://chat.example/path"], /An origin is a scheme/],
    [["serve", "extra"], /too many arguments/],
    [["server"], /Did you mean serve\?/],
    [["echo", "--data", "x"], /unknown option '--data'/],
    [[], /Usage: everwire/],
  ];
  for (const [args, message] of rows) {
    const { code, err, out } = await run(...args);
    assert.deepEqual([code, out], [2, ""], args.join(" "));
    assert.match(err, message);
  }
});

test("help and version print to the output and end with 0", async () => {
  const help = await run("--help");
  assert.deepEqual([help.code, help.err], [0, ""]);
  for (const part of ["serve", "echo", "Examples:", "Exit codes:"]) assert.ok(help.out.includes(part));
  const serveHelp = await run("serve", "--help");
  assert.equal(serveHelp.code, 0);
  for (const part of ["--port", "--host", "--data", "PORT", "127.0.0.1"]) assert.ok(serveHelp.out.includes(part));
  assert.match((await run("--version")).out, /^\d+\.\d+\.\d+\n$/);
});
