import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openJsonpDownlink } from "./jsonp-downlink.ts";
import { settled } from "./test-clock.test.ts";
import { only, startDownlink, TestConnector } from "./test-downlink.test.ts";

function start(limit?: number) {
  const connector = new TestConnector(limit === undefined ? {} : { limit });
  return { ...startDownlink(openJsonpDownlink, connector), script: only(connector.scripts) };
}

describe("a JSONP downlink", () => {
  for (const [what, data, lines] of [
    ["gives on what the script called back with", "81\x1e4a", ["opened", "payload 81\x1e4a", "ended"]],
    ["takes an empty answer for no packets", "", ["opened", "ended"]],
    ["fails when the script did not call back", undefined, ["failed parse_error: the script did not call back"]],
    ["bounds an answer", "4".repeat(21), ["failed message_too_large"]],
  ] as const) {
    it(what, () => {
      const { script, seen, clock } = start(20);
      script.handler.loaded(data);
      assert.deepEqual(seen, lines);
      assert.ok(script.removed);
      assert.equal(clock.pending, 0);
    });
  }

  it("fails when the script cannot be loaded, or not in time", async () => {
    const refused = start();
    refused.script.handler.failed();
    assert.deepEqual(refused.seen, ["failed request_failed: the script did not load"]);
    const silent = start();
    await silent.clock.pass(60_000);
    assert.deepEqual(silent.seen, ["failed request_failed: the script did not load in time"]);
    assert.ok(silent.script.removed);
    silent.script.handler.loaded("6");
    assert.equal(silent.seen.length, 1);
  });

  it("reports nothing after close, and leaves no script and no timer", async () => {
    const { script, seen, clock, downlink } = start();
    downlink.close();
    script.handler.loaded("6");
    await clock.pass(60_000);
    assert.deepEqual(seen, []);
    assert.ok(script.removed);
    assert.equal(clock.pending, 0);
  });

  it("cannot be opened where there is no page", async () => {
    const { seen } = startDownlink(openJsonpDownlink, new TestConnector({ page: false }));
    await settled();
    assert.deepEqual(seen, ["failed open_failed: there is no page to load a script into"]);
  });
});
