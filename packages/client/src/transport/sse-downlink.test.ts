import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openSseDownlink } from "./sse-downlink.ts";
import { settled } from "./test-clock.test.ts";
import { only, startDownlink, TestConnector } from "./test-downlink.test.ts";

const TEXT = "81\x1e4a\\nb\n\r\u2028é😀\x1ebAQI=";
const ESCAPED = "81\x1e4a\\\\nb\\n\\r\u2028é😀\x1ebAQI=";

describe("a downlink of server-sent events, read by ourselves", () => {
  function start(limit?: number) {
    const connector = new TestConnector(limit === undefined ? {} : { limit });
    return { ...startDownlink(openSseDownlink, connector), stream: only(connector.streams) };
  }

  for (const [name, end] of [
    ["LF", "\n"],
    ["CR", "\r"],
    ["CR LF", "\r\n"],
  ] as const) {
    it(`reads events with ${name}, wherever the body is cut`, async () => {
      const body = `: ${" ".repeat(20)}${end}${end}data: ${ESCAPED}${end}${end}id: 1${end}data:6${end}${end}`;
      for (let cut = 1; cut < body.length; cut++) {
        const { stream, seen } = start();
        stream.text(body.slice(0, cut));
        stream.text(body.slice(cut));
        stream.end();
        await settled();
        assert.deepEqual(seen, ["opened", `payload ${TEXT}`, "payload 6", "ended"], `cut at ${cut}`);
      }
    });
  }

  it("asks for an event stream, and joins several lines of data", () => {
    const { stream, seen } = start();
    assert.equal(stream.request.mediaType, "text/event-stream");
    stream.text("\ufeffevent: x\ndata: a\ndata\ndata:  b\nretry: 1\n\n\n\n");
    assert.deepEqual(seen, ["opened", "payload a\n\n b"]);
  });

  it("drops an event that the end cuts", async () => {
    const { stream, seen } = start();
    stream.text("data: 6\n\ndata: 4ab\n");
    stream.end();
    await settled();
    assert.deepEqual(seen, ["opened", "payload 6", "ended"]);
  });

  it("bounds an event, its lines together", async () => {
    const { stream, seen } = start(20);
    stream.text(`:${"x".repeat(19)}\n:${"x".repeat(19)}\ndata: 4\ndata: 4\n\n`);
    assert.equal(seen.length, 2);
    stream.text("data: 45678\ndata: 45");
    stream.text("678");
    await settled();
    assert.match(seen.at(-1) ?? "", /^failed message_too_large/);
  });

  it("refuses an escape that is not one", async () => {
    for (const data of ["4a\\tb", "4a\\"]) {
      const { stream, seen } = start();
      stream.text(`data: ${data}\n\n`);
      await settled();
      assert.match(seen.at(-1) ?? "", /^failed parse_error/);
    }
  });
});

describe("a downlink of server-sent events, read by the platform", () => {
  function start(limit?: number) {
    const connector = new TestConnector({ events: true, ...(limit === undefined ? {} : { limit }) });
    return { ...startDownlink(openSseDownlink, connector), source: only(connector.sources) };
  }

  it("opens with the first event and ends when the source is over", () => {
    const { source, seen } = start();
    assert.deepEqual(seen, []);
    source.handler.message(ESCAPED);
    source.handler.over();
    assert.deepEqual(seen, ["opened", `payload ${TEXT}`, "ended"]);
  });

  it("has failed when no event came", () => {
    const { source, seen } = start();
    source.handler.over();
    assert.deepEqual(seen, ["failed request_failed: no events came"]);
  });

  it("closes the source of an event that is too large or not in the form", () => {
    for (const [data, code] of [
      ["4".repeat(21), "message_too_large"],
      ["4\\x", "parse_error"],
    ] as const) {
      const { source, seen } = start(20);
      source.handler.message(data);
      assert.ok(source.removed);
      source.handler.message("6");
      source.handler.over();
      assert.equal(seen.length, 1);
      assert.ok(seen[0]?.startsWith(`failed ${code}`));
    }
  });

  it("reports nothing after close, and closes the source", () => {
    const { source, seen, downlink } = start();
    downlink.close();
    assert.ok(source.removed);
    source.handler.message("6");
    source.handler.over();
    assert.deepEqual(seen, []);
  });
});
