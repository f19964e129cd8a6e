/**
 * A real page over each of the seven transports, from its own origin and from another one, while it moves through all the
 * others: every message comes once, whole and in order, both ways, and the browser has nothing to complain of.
 */
import assert from "node:assert/strict";
import { after, before, describe, it, type TestContext } from "node:test";
import type { TransportName } from "@everwire/client";
import type { Browser } from "playwright-core";
import { launchBrowser } from "./browser.ts";
import { VoiceHost } from "./voice-host.ts";
import { ALL, VoiceTab } from "./voice-tab.ts";

/** At least so many messages each way. */
const MESSAGES = 200;

let browser: Browser;
/** Serves the page, and talks with pages of its own origin only. */
let own: VoiceHost;
/** Talks with pages of the other's origin. */
let other: VoiceHost;

/** From one name to each of the others, and back. */
async function tour(
  test: TestContext,
  first: TransportName,
  url: string,
  host: VoiceHost,
  server?: string,
): Promise<void> {
  const context = await browser.newContext();
  const tab = await VoiceTab.open(context, url, host);
  test.after(() => tab.close());
  const { state } = await tab.connect({ transports: [first] }, server);
  assert.deepEqual(state, [first, "opened"]);
  await tab.speak(20);
  await tab.hearMore(5);
  const at = ALL.indexOf(first);
  const route = [...ALL.slice(at + 1), ...ALL.slice(0, at), first];
  for (const name of route) {
    await tab.switchTo(name);
    await tab.uses(name, "chosen");
    await tab.hearMore(5);
  }
  await tab.heardInAll(MESSAGES);
  const { moves, connections } = await tab.hush();
  assert.deepEqual(moves, [`${first} opened`, ...route.map((name) => `${name} chosen`)]);
  assert.deepEqual([connections, tab.host.connections], [1, 1]);
  tab.quiet();
}

describe("Chromium over every transport", { concurrency: 3 }, () => {
  before(async () => {
    own = await VoiceHost.start();
    other = await VoiceHost.start({ origins: [`http://127.0.0.1:${own.port}`] });
    browser = await launchBrowser();
  });
  after(async () => {
    await browser.close();
    await Promise.all([own.close(), other.close()]);
  });

  for (const name of ALL) {
    it(`talks with its own origin over ${name}, and over all others in turn`, (test) =>
      tour(test, name, `http://127.0.0.1:${own.port}/`, own));

    it(`talks with another origin over ${name}, and over all others in turn`, (test) => {
      // Another site as well, not only another port.
      const server = `http://localhost:${other.port}`;
      return tour(test, name, `http://127.0.0.1:${own.port}/?server=${server}`, other, server);
    });
  }
});
