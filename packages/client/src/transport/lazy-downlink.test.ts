import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Downlink } from "./downlink.ts";
import type { DownlinkRow } from "./downlinks.ts";
import { lazyRow } from "./lazy-downlink.ts";
import { settled, TestClock } from "./test-clock.test.ts";
import { TestConnector } from "./test-downlink.test.ts";

function start(load?: () => Promise<DownlinkRow>) {
  const seen: string[] = [];
  const row: DownlinkRow = {
    open: (url, _setup, handler): Downlink => ({
      open: () => {
        seen.push(`open ${url}`);
        handler.opened();
      },
      close: () => seen.push("close"),
    }),
    send: (url, body) => Promise.resolve({ status: 200, body: `${url} ${body}` }),
  };
  const lazy = lazyRow(load ?? (() => Promise.resolve(row)), true);
  const setup = { connector: new TestConnector(), clock: new TestClock(), turn: 1 };
  const downlink = lazy.open("url", setup, {
    opened: () => seen.push("opened"),
    payload: () => undefined,
    ended: () => undefined,
    failed: (code) => seen.push(code),
  });
  return { downlink, lazy, seen, setup };
}

describe("a downlink whose code is fetched", () => {
  it("is that downlink then", async () => {
    const { downlink, seen } = start();
    downlink.open();
    assert.deepEqual(seen, []);
    await settled();
    downlink.close();
    assert.deepEqual(seen, ["open url", "opened", "close"]);
  });

  it("is not opened any more when it was closed meanwhile", async () => {
    const { downlink, seen } = start();
    downlink.open();
    downlink.close();
    await settled();
    assert.deepEqual(seen, []);
  });

  it("fails when the code cannot be fetched", async () => {
    const { downlink, seen } = start(() => Promise.reject(new Error("no network")));
    downlink.open();
    await settled();
    assert.deepEqual(seen, ["open_failed"]);
  });

  it("sends as the code says", async () => {
    const { lazy, setup } = start();
    const { signal } = new AbortController();
    assert.deepEqual(await lazy.send?.("url", "body", { ...setup, signal }), { status: 200, body: "url body" });
  });
});
