/** Holds README.md against the code: its table is the manual's, and its examples run. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { FAULT_MANUAL } from "./fault-manual.ts";
import { FAULT_NAMES } from "./fault-plan.ts";

const folder = fileURLToPath(new URL("..", import.meta.url));
const README = readFileSync(join(folder, "README.md"), "utf8");

describe("README.md", () => {
  it("has the rows of the manual", () => {
    const cell = (text: string): string => text.replaceAll("|", "\\|");
    const rows = FAULT_NAMES.map((name) => {
      const { level, takes, does } = FAULT_MANUAL[name];
      return `| \`${name}\` | ${level} | \`${cell(takes)}\` | ${cell(does)} |`;
    });
    const table = README.split("\n").filter((line) => /^\| `\w+` \|/.test(line));
    assert.deepEqual(table, rows);
  });

  const examples = [...README.matchAll(/```js\n(.*?)```\n\n```text\n(.*?)```/gs)];
  it("has three examples", () => assert.equal(examples.length, 3));

  for (const [at, [, code = "", output = ""]] of examples.entries()) {
    it(`has an example ${at + 1} that prints what stands below it`, (t) => {
      // Inside the package, so that its own name leads to it.
      const place = join(folder, "dist", `example-${process.pid}-${at}`);
      mkdirSync(place, { recursive: true });
      t.after(() => rmSync(place, { recursive: true }));
      writeFileSync(join(place, "example.mjs"), code);
      const run = spawnSync(process.execPath, ["example.mjs"], { cwd: place, encoding: "utf8", timeout: 20_000 });
      assert.deepEqual([run.stderr, run.stdout], ["", output]);
    });
  }
});
