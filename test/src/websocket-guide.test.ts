/** Runs the WebSocket guide: every fenced block that names a file is written, every `sh run` block is run. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { runGuide } from "./guide.ts";

const root = new URL("../../", import.meta.url).pathname;

describe("the WebSocket guide", () => {
  it("does what it says", { timeout: 120_000 }, async () => {
    // A reader is slower than a server that starts; a test is not.
    const listening = "until (echo > /dev/tcp/127.0.0.1/4100) 2> /dev/null; do sleep 0.05; done";
    const guide = readFileSync(`${root}docs/websocket/guide.md`, "utf8");
    const output = await runGuide(guide.replace("node client.mjs", `${listening}\nnode client.mjs`), root);
    for (const line of [
      "somebody came to /hello",
      "it says: how are you?",
      "closed with 1000",
      "somebody left with 1000",
      "it says: once more",
      "count 3",
      "refused: 403 not from there",
      "admitted",
      "heard by 3 of 5000 characters",
      "welcome to /chat",
      "1012 service_restart expected try again",
    ]) {
      assert.ok(output.includes(line), `${line}\n${output}`);
    }
  });
});
