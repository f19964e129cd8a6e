/** The server is killed and started again: pages over every transport are told, and are back by themselves. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser } from "playwright-core";
import { launchBrowser } from "./browser.ts";
import { type Child, startChild } from "./child.ts";
import type { PageReport } from "./voice-page.ts";
import { ALL } from "./voice-tab.ts";
import { until } from "./waiting.ts";

const host = new URL("./voice-host.js", import.meta.url).pathname;

describe("a server that is killed", () => {
  let server: Child;
  let browser: Browser;

  const start = async (port: string): Promise<string> => {
    const child = await startChild(host, [port], /^port (\d+)$/);
    server = child;
    return child.match[1] ?? "";
  };

  before(async () => {
    browser = await launchBrowser();
  });
  after(async () => {
    await browser.close();
    await server.stop("SIGKILL");
  });

  it("has its pages back when it is there again: told of the loss, once, over all transports", async () => {
    const port = await start("0");
    const pages = await Promise.all(
      ALL.map(async (name) => {
        const page = await (await browser.newContext()).newPage();
        await page.goto(`http://127.0.0.1:${port}/`);
        await page.evaluate((n) => talk.connect(undefined, n, { transports: [n], reconnectionDelayMax: 500 }), name);
        return page;
      }),
    );
    const reports = (): Promise<PageReport[]> => Promise.all(pages.map((page) => page.evaluate(() => talk.report)));
    const all = (what: string, holds: (report: PageReport) => boolean): Promise<void> =>
      until(what, async () => (await reports()).every(holds), 30_000);
    await all("connected", ({ connected }) => connected);
    await server.stop("SIGKILL");
    await start(port);
    await all("connected again", ({ connected, connections }) => connected && connections === 2);
    for (const [at, { losses, state }] of (await reports()).entries()) {
      assert.equal(state[0], ALL[at]);
      assert.deepEqual(losses, ["transport close: session_lost"]);
    }
    // What is said now is acknowledged, by the server that has never seen this page before.
    for (const page of pages) await page.evaluate(() => talk.speak(20));
    const acknowledged = (): Promise<number[]> =>
      Promise.all(pages.map((page) => page.evaluate(() => talk.account.acknowledged.length)));
    await until("acknowledged", async () => (await acknowledged()).every((count) => count >= 5));
  });
});
