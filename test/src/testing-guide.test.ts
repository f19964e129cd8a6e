/** Runs the guide to the test kit: its test file is written and run as a reader would. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { runGuide } from "./guide.ts";

const root = new URL("../../", import.meta.url).pathname;

describe("the guide to testing", () => {
  it("has tests that pass, and that end", { timeout: 120_000 }, async () => {
    // A reader does not start it from within a test, where Node runs none.
    const guide = readFileSync(`${root}docs/testing.md`, "utf8").replace(
      "node --test",
      "env -u NODE_TEST_CONTEXT node --test",
    );
    const output = await runGuide(guide, root);
    assert.match(output, /pass 4\b/);
    assert.match(output, /fail 0\b/);
  });
});
