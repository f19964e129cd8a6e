/** Real pages behind a network that refuses, buffers, cuts and goes away: no message is lost, and nobody is told. */
import assert from "node:assert/strict";
import { after, before, describe, it, type TestContext } from "node:test";
import type { ClientOptions, TransportName } from "@everwire/client";
import { FaultProxy, type Faults } from "@everwire/fault-proxy";
import type { ServerOptions } from "@everwire/server";
import type { Browser, BrowserContext } from "playwright-core";
import { launchBrowser } from "./browser.ts";
import { type Child, startChild } from "./child.ts";
import { VoiceHost } from "./voice-host.ts";
import type { PageReport } from "./voice-page.ts";
import { ALL, VoiceTab } from "./voice-tab.ts";
import { until } from "./waiting.ts";

/** What Chromium itself says on the console about a network that fails; a page cannot keep it from that. */
const NETWORK = /^(WebSocket connection to '.*' failed|Failed to load resource: )/;
/** A name for this machine that the client does not take for this machine. */
const ELSEWHERE = "chat.example";

interface Stage {
  readonly proxy: FaultProxy;
  readonly host: VoiceHost;
  readonly context: BrowserContext;
  readonly tab: VoiceTab;
}

interface Setting {
  readonly faults?: Faults;
  readonly server?: Partial<ServerOptions>;
  readonly path?: string;
}

let browser: Browser;
before(async () => {
  browser = await launchBrowser([`--host-resolver-rules=MAP ${ELSEWHERE} 127.0.0.1`], ["--disable-back-forward-cache"]);
});
after(() => browser.close());

/** A page that has been loaded through a proxy whose faults of HTTP are for the session alone. */
async function stage(test: TestContext, { faults, server, path = "/" }: Setting = {}): Promise<Stage> {
  const host = await VoiceHost.start({ pingInterval: 1000, shortPollingInterval: 100, ...server });
  const target = { host: "127.0.0.1", port: host.port };
  const proxy = await FaultProxy.start({ target, only: "/socket.io/", ...faults });
  const context = await browser.newContext();
  test.after(async () => {
    await context.close();
    await proxy.close();
    await host.close();
  });
  return { proxy, host, context, tab: await VoiceTab.open(context, proxy.url + path, host) };
}

/** They talk, and everything comes though the network does this meanwhile. */
async function survives(tab: VoiceTab, during: () => Promise<unknown>): Promise<void> {
  await tab.speak(50);
  await tab.hearMore(5);
  await during();
  await tab.hearMore(10);
  await tab.hush();
  tab.quiet(NETWORK);
}

describe("a page in Chromium", { concurrency: true }, () => {
  describe("a server that is killed", () => {
    const script = new URL("./voice-host.js", import.meta.url).pathname;
    let server: Child | undefined;

    const start = async (port: string): Promise<string> => {
      const child = await startChild(script, [port], /^port (\d+)$/);
      server = child;
      return child.match[1] ?? "";
    };
    after(() => server?.stop("SIGKILL"));

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
        until(what, async () => (await reports()).every(holds), 60_000);
      await all("connected", ({ connected }) => connected);
      await server?.stop("SIGKILL");
      await start(port);
      await all("connected again", ({ connected, connections }) => connected && connections === 2);
      for (const [at, { losses, state }] of (await reports()).entries()) {
        assert.equal(state[0], ALL[at]);
        // Only an answer that a page can read says that the server does not know the session; else it is tried for a while.
        const told = /^(streaming|polling|short-polling)$/.test(state[0] ?? "");
        assert.match(
          losses.join(),
          told ? /^transport close: session_lost$/ : /^transport close: (session|connection)_lost$/,
        );
      }
      // What is said now is acknowledged, by the server that has never seen this page before.
      for (const page of pages) await page.evaluate(() => talk.speak(20));
      const acknowledged = (): Promise<number[]> =>
        Promise.all(pages.map((page) => page.evaluate(() => talk.account.acknowledged.length)));
      await until("acknowledged", async () => (await acknowledged()).every((count) => count >= 5));
    });
  });

  describe("behind a network that", { concurrency: 3 }, () => {
    for (const blockUpgrade of [403, "hang"] as const) {
      it(`does not let WebSockets pass (${blockUpgrade}): streaming is found, and remembered over a reload`, async (test) => {
        const { tab, proxy } = await stage(test, { faults: { blockUpgrade } });
        await tab.connect({ transportTimeout: 2000 });
        await survives(tab, () => tab.uses("streaming", "better"));
        await tab.page.reload();
        const { state } = await tab.connect({ transportTimeout: 2000 });
        assert.deepEqual(state, ["streaming", "remembered"]);
        assert.ok(proxy.log.some(({ fault }) => fault === "blockUpgrade"));
      });
    }

    for (const name of ["streaming", "sse"] as const) {
      it(`begins to buffer: ${name} is left for polling, and the reason is told`, async (test) => {
        const { tab, proxy } = await stage(test);
        const { state } = await tab.connect({ transports: [name, "polling"], transportTimeout: 1500 });
        assert.deepEqual(state, [name, "opened"]);
        await survives(tab, async () => {
          proxy.set({ bufferResponses: true, only: "GET /socket.io/" });
          proxy.cut({ how: "rst" });
          // The end of an EventSource is no news: that the next one is silent, the heartbeat has to tell.
          await tab.uses("polling", "buffered");
        });
      });

      it(`buffers from the beginning: ${name} gives way to polling`, async (test) => {
        const { tab } = await stage(test, { faults: { bufferResponses: true, only: "GET /socket.io/" } });
        await tab.connect({ transports: [name, "polling"], transportTimeout: 1500 });
        await survives(tab, () => tab.uses("polling", "raced"));
      });
    }

    it("lets nothing pass as it comes: polling is found without being asked for", async (test) => {
      const faults = { bufferResponses: true, blockUpgrade: 403, only: "GET /socket.io/" } as const;
      const { tab } = await stage(test, { faults });
      await tab.connect({ transportTimeout: 1500 });
      await survives(tab, async () => assert.match((await tab.report()).state.join(" "), /^polling (blocked|raced)$/));
    });

    for (const name of ALL) {
      it(`kills every connection in the middle, over ${name}`, async (test) => {
        const { tab, proxy } = await stage(test);
        const options: ClientOptions = { transports: [name], transportTimeout: 2000 };
        await tab.connect(options);
        await survives(tab, async () => {
          // That a frame is dead shows only by its silence, after ten seconds.
          for (const how of name === "iframe" ? (["rst"] as const) : (["rst", "fin", "rst"] as const)) {
            assert.notEqual(proxy.cut({ how }), 0);
            await tab.hearMore(3);
          }
          await tab.uses(name, "opened");
        });
      });
    }

    for (const name of ["websocket", "streaming", "sse", "jsonp"] as const) {
      it(`cuts what is idle, over ${name}`, async (test) => {
        const { tab, proxy } = await stage(test, { server: { pingInterval: 25_000, shortPollingInterval: 2000 } });
        await tab.connect({ transports: [name] });
        proxy.set({ cutIdle: { ms: 150, how: "rst" } });
        await tab.speak(700);
        await tab.hearMore(4);
        await tab.hush();
        assert.ok(proxy.log.some(({ fault }) => fault === "cutIdle"));
        tab.quiet(NETWORK);
      });
    }

    for (const name of ["websocket", "streaming", "sse", "polling"] as const) {
      it(`is away for a while, and the page knows, over ${name}`, async (test) => {
        const { context, host, tab, proxy } = await stage(test);
        const origin = `http://${ELSEWHERE}:${proxy.port}`;
        const away = await VoiceTab.open(context, origin, host);
        await away.connect({ transports: [name] });
        await survives(away, async () => {
          await context.setOffline(true);
          assert.equal(await away.page.evaluate("navigator.onLine"), false);
          // Playwright leaves connections alone that are there already.
          proxy.cut({ how: "rst" });
          await away.page.waitForTimeout(700);
          await context.setOffline(false);
          await away.hearMore(10);
        });
        await tab.close();
      });
    }
  });

  describe("in the course of its life", { concurrency: 2 }, () => {
    it("may have no localStorage, and connects all the same", async (test) => {
      const { tab } = await stage(test, { path: "/sandbox", server: { origins: ["null"] } });
      assert.match(
        await tab.page.evaluate(() => {
          try {
            return String(localStorage);
          } catch (error) {
            return String(error);
          }
        }),
        /SecurityError/,
      );
      const { state } = await tab.connect();
      assert.deepEqual(state, ["websocket", "opened"]);
      await survives(tab, () => tab.switchTo("polling"));
    });

    for (const name of ["websocket", "streaming", "polling"] as const satisfies TransportName[]) {
      it(`comes back from the back-forward cache and connects again, over ${name}`, async (test) => {
        const { tab, proxy } = await stage(test);
        await tab.connect({ transports: [name] });
        await tab.speak(50);
        await tab.hearMore(5);
        await tab.hush();
        await tab.page.evaluate(() => addEventListener("pageshow", (event) => (document.title = `${event.persisted}`)));
        await tab.page.goto(`${proxy.url}/elsewhere`);
        await tab.page.goBack({ waitUntil: "commit" });
        await until("the page is shown again as it was", async () => (await tab.page.title()) === "true");
        await tab.speak(50);
        await tab.hearMore(5);
        const { connections } = await tab.hush({ losses: ["transport close: page_hidden"] });
        assert.equal(connections, 2);
        tab.quiet();
      });
    }

    it("has a twin in another tab: each has its own session, and one that is closed leaves the other alone", async (test) => {
      const { context, host, proxy, tab } = await stage(test, { faults: { blockUpgrade: 403 } });
      const twin = await VoiceTab.open(context, proxy.url, host);
      const tabs = [tab, twin];
      for (const each of tabs) {
        await each.connect();
        await each.speak(50);
      }
      for (const each of tabs) {
        await each.uses("streaming", each === tab ? "better" : "remembered");
        await each.hearMore(20);
      }
      await tab.hush();
      await tab.close();
      await twin.hearMore(20);
      await twin.hush();
      twin.quiet(NETWORK);
    });
  });
});
