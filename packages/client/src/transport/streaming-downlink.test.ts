import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ClientError } from "../failures.ts";
import { openStreamingDownlink } from "./streaming-downlink.ts";
import { settled } from "./test-clock.test.ts";
import { only, startDownlink, TestConnector } from "./test-downlink.test.ts";

function start(limit?: number) {
  const connector = new TestConnector(limit === undefined ? {} : { limit });
  const run = startDownlink(openStreamingDownlink, connector);
  return { ...run, stream: only(connector.streams) };
}

describe("a streaming downlink", () => {
  it("gives on whole packets, wherever the body is cut", async () => {
    const packets = ["6", "81", "4é\u2028😀\r\n", "70", "bAQI="];
    const body = packets.map((packet) => `${packet}\x1e`).join("");
    for (let cut = 1; cut < body.length; cut++) {
      const { stream, seen } = start();
      stream.text(body.slice(0, cut));
      stream.text(body.slice(cut));
      stream.end();
      await settled();
      assert.equal(seen[0], "opened");
      assert.equal(seen.at(-1), "ended");
      const payloads = seen.slice(1, -1).map((line) => line.slice("payload ".length));
      assert.deepEqual(payloads.join("\x1e").split("\x1e"), packets, `cut at ${cut}`);
    }
  });

  it("asks for plain text and says that it is open with the first bytes, be they no packet yet", () => {
    const { stream, seen } = start();
    assert.equal(stream.request.mediaType, "text/plain");
    assert.deepEqual(seen, []);
    stream.text("6");
    assert.deepEqual(seen, ["opened"]);
  });

  it("takes an end within a packet for a break", async () => {
    const { stream, seen } = start();
    stream.text("6\x1e4ab");
    stream.end();
    await settled();
    assert.deepEqual(seen, ["opened", "payload 6", "failed connection_lost: ended within a packet"]);
  });

  it("says why there was no response", async () => {
    for (const [error, line] of [
      [new ClientError("open_refused", { message: "HTTP 403: no" }), "failed open_refused: HTTP 403: no"],
      [new Error("else"), "failed request_failed: else"],
    ] as const) {
      const { stream, seen } = start();
      stream.fail(error);
      await settled();
      assert.deepEqual(seen, [line]);
    }
  });

  it("bounds a packet, and only a packet", async () => {
    const { stream, seen } = start(8);
    stream.text("4234567\x1e4234567\x1e42");
    stream.text("34567\x1e42345678");
    assert.equal(seen.length, 3);
    stream.text("9");
    await settled();
    assert.match(seen.at(-1) ?? "", /^failed message_too_large/);
  });

  it("reports nothing after close, and gives the request up", async () => {
    const { stream, seen, downlink } = start();
    downlink.close();
    assert.ok(stream.request.signal.aborted);
    stream.text("6\x1e");
    stream.fail(new Error("aborted"));
    await settled();
    assert.deepEqual(seen, []);
  });
});
