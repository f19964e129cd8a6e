/** Runs the guide to contracts: every fenced block that names a file is written, every `sh run` block is run. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { describe, it } from "node:test";
import { runGuide } from "./guide.ts";

const root = new URL("../../", import.meta.url).pathname;

describe("the guide to contracts", () => {
  it("does what it says", { timeout: 120_000 }, async () => {
    // The library that is installed here, rather than one from a registry.
    const zod = dirname(createRequire(import.meta.url).resolve("zod/package.json"));
    // A reader is slower than a server that starts; a test is not.
    const listening = "until (echo > /dev/tcp/127.0.0.1/4200) 2> /dev/null; do sleep 0.05; done";
    const guide = readFileSync(`${root}docs/contracts.md`, "utf8")
      .replace("npm install zod", `npm install ${zod}`)
      .replace("node client.mjs", `${listening}\nnode client.mjs`);
    const output = await runGuide(guide, root);
    for (const line of [
      "said: hello\n",
      "{ id: 1 }",
      'invalid_event the arguments are not those of the contract [{"argument":0,"path":["text"]',
      "spam not here [] { word: 'spam' }",
      "event_failed the event could not be served []",
      "failed: the password of the database is hunter2",
      "not_sure not_sure []",
      "said: is it so?\n",
      "{ id: 2 }",
      "refused: say, invalid_event",
      "refused: move, invalid_event",
      "unhandled_event",
    ]) {
      assert.ok(output.includes(line), `${line}\n${output}`);
    }
  });
});
