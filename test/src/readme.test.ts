/** Runs the README: every fenced block that names a file is written, every `sh run` block is run, in a folder of its own. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { runGuide } from "./guide.ts";

const root = new URL("../../", import.meta.url).pathname;

describe("the README", () => {
  it("brings a newcomer to a server and a client of their own", { timeout: 120_000 }, async () => {
    const output = await runGuide(readFileSync(`${root}README.md`, "utf8"), root);
    assert.match(output, /server says: hello, Ada/);
    assert.match(output, /acknowledged at offset 1\b/);
    assert.match(output, /the newest \[ 'it is on disk now' \]/, "the second run is shown what the first one wrote");
    assert.match(output, /acknowledged at offset 2\b/);
  });
});
