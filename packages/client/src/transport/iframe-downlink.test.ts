import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openIframeDownlink } from "./iframe-downlink.ts";
import { settled } from "./test-clock.test.ts";
import { only, startDownlink, TestConnector } from "./test-downlink.test.ts";

const SERVER = "https://server.example";

function start(limit?: number) {
  const connector = new TestConnector(limit === undefined ? {} : { limit });
  const started = startDownlink(openIframeDownlink, connector);
  const frame = only(connector.frames);
  const key = new URL(frame.url).searchParams.get("key") ?? "";
  /** What the server's document posts from its sandbox. */
  const post = (payload: string): void => frame.handler.message({ everwire: 3, key, payload }, "null");
  return { ...started, frame, key, post };
}

describe("an iframe downlink", () => {
  it("tells the server to whom the document may post", () => {
    const [place, key = ""] = start().frame.url.split("&key=");
    assert.equal(place, `${SERVER}/socket.io/?turn=3&origin=https%3A%2F%2Fpage.example`);
    assert.match(key, /^[\d-]{10,64}$/);
    assert.notEqual(start().key, key);
  });

  it("gives on what the document posts, and ends a moment after it was read", async () => {
    const { frame, post, seen, clock } = start();
    post("81\x1e4a");
    frame.handler.loaded();
    post("6");
    assert.deepEqual(seen, ["opened", "payload 81\x1e4a", "payload 6"]);
    await clock.pass(100);
    assert.equal(seen.at(-1), "ended");
    assert.ok(frame.removed);
  });

  it("is deaf to other origins, other turns and other data", () => {
    const { frame, key, post, seen } = start();
    const good = { everwire: 3, key, payload: "6" };
    for (const origin of ["https://evil.example", SERVER, "https://page.example", ""]) {
      frame.handler.message(good, origin);
    }
    for (const data of [
      null,
      undefined,
      "6",
      3,
      {},
      [3, "6"],
      { everwire: 2, key, payload: "6" },
      { everwire: "3", key, payload: "6" },
      { everwire: 3, key },
      { everwire: 3, key, payload: { toString: () => "6" } },
      { key, payload: "6" },
    ]) {
      frame.handler.message(data, "null");
    }
    assert.deepEqual(seen, []);
    post("6");
    assert.deepEqual(seen, ["opened", "payload 6"]);
  });

  it("is deaf to a document that somebody else has loaded into its frame: it does not know the key", () => {
    const { frame, seen } = start();
    for (const key of [undefined, "", "0-0-0-0", start().key]) {
      frame.handler.message({ everwire: 3, ...(key !== undefined && { key }), payload: "6" }, "null");
    }
    assert.deepEqual(seen, []);
  });

  it("has failed when the document was read and posted nothing", async () => {
    const { frame, seen, clock } = start();
    frame.handler.loaded();
    await clock.pass(100);
    assert.deepEqual(seen, ["failed request_failed: the frame posted nothing"]);
    assert.ok(frame.removed);
  });

  it("ends a frame that is silent, and fails one that never posted: a break is not told", async () => {
    const used = start();
    await used.clock.pass(9_000);
    used.post("6");
    await used.clock.pass(9_999);
    assert.deepEqual(used.seen, ["opened", "payload 6"]);
    await used.clock.pass(1);
    assert.equal(used.seen.at(-1), "ended");
    assert.ok(used.frame.removed);
    const unused = start();
    await unused.clock.pass(10_000);
    assert.deepEqual(unused.seen, ["failed request_failed: the frame posted nothing"]);
  });

  it("bounds what is posted at once", () => {
    const { frame, post, seen } = start(4);
    post("4abcd");
    assert.deepEqual(seen, ["failed message_too_large"]);
    assert.ok(frame.removed);
  });

  it("reports nothing after close, and leaves no frame and no timer", async () => {
    const { frame, post, seen, clock, downlink } = start();
    frame.handler.loaded();
    downlink.close();
    post("6");
    await clock.pass(1_000);
    assert.deepEqual(seen, []);
    assert.ok(frame.removed);
    assert.equal(clock.pending, 0);
  });

  it("cannot be opened where there is no page", async () => {
    const { seen } = startDownlink(openIframeDownlink, new TestConnector({ page: false }));
    assert.deepEqual(seen, []);
    await settled();
    assert.deepEqual(seen, ["failed open_failed: there is no page to load a frame into"]);
  });
});
