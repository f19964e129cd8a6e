/** The transport menu of the chat page of `everwire serve`: every row, in a window and on a phone. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Browser } from "playwright-core";
import { launchBrowser, screenshot } from "./browser.ts";
import { ChatPage, type ChatTransport } from "./chat-page.ts";
import { type Child, startChild } from "./child.ts";
import { until } from "./waiting.ts";

const bin = new URL("../../packages/everwire/dist/bin.js", import.meta.url).pathname;

/** What is chosen, what carries then, and what the menu says about it. */
const ROWS: readonly (readonly [choice: ChatTransport | "auto", transport: ChatTransport, says: string])[] = [
  // It is in use already.
  ["websocket", "websocket", "Now over WebSocket. It opened at the first try."],
  ["streaming", "streaming", "Now over HTTP streaming. You chose it."],
  ["sse", "sse", "Now over Server-sent events. You chose it."],
  ["polling", "polling", "Now over HTTP long polling. You chose it."],
  ["short-polling", "short-polling", "Now over HTTP short polling. You chose it."],
  ["iframe", "iframe", "Now over Hidden iframe. You chose it."],
  // The server does not serve it unless it is told to.
  ["jsonp", "polling", "Now over HTTP long polling. JSONP did not open."],
  ["auto", "websocket", "Now over WebSocket. It is the best that opens now."],
];

const SIZES = [
  ["window", { width: 1100, height: 720 }],
  ["phone", { width: 390, height: 800 }],
] as const;

describe("the transport menu of the chat in Chromium", { concurrency: true }, () => {
  let data: string;
  let server: Child;
  let url: string;
  let browser: Browser;

  before(async () => {
    data = await mkdtemp(join(tmpdir(), "everwire-menu-"));
    const child = await startChild(bin, ["serve", "--port", "0", "--data", data], /(http:\/\/[\w.]+:\d+)/);
    server = child;
    url = child.match[1] ?? "";
    browser = await launchBrowser();
  });
  after(async () => {
    await browser.close();
    await server.stop();
    await rm(data, { recursive: true, force: true });
  });

  for (const [where, size] of SIZES) {
    it(`moves the talk to each row and says why, in a ${where}`, async () => {
      const chat = await ChatPage.open(browser, `${url}/#menu-${where}`, size);
      await chat.enter(`Menu ${where}`);
      for (const [at, [choice, transport, says]] of ROWS.entries()) {
        await chat.force(choice);
        await chat.write(`${at} to ${choice}`);
        await chat.online(transport);
        await chat.shows(`${at} to ${choice}`);
        await chat.by("transport-badge").click();
        await until(says, async () => (await chat.by("transport-now").innerText()) === says);
        const option = chat.page.locator(`[data-testid="transport-option"][data-value="${choice}"]`);
        assert.equal(await option.getAttribute("aria-checked"), "true");
        const hidden = await chat.by("transport-menu").evaluate((menu) => {
          const { left, right, bottom } = menu.getBoundingClientRect();
          return left < 0 || right > innerWidth || (bottom > innerHeight && menu.scrollHeight <= menu.clientHeight);
        });
        assert.equal(hidden, false, "every row can be reached");
        await screenshot(chat.page, `menu-${where}-${choice}`);
        await chat.page.keyboard.press("Escape");
      }
      await screenshot(chat.page, `menu-${where}-closed`);
      const texts = (await chat.messages()).map(({ text }) => text);
      assert.deepEqual(
        texts,
        ROWS.map(([choice], at) => `${at} to ${choice}`),
      );
      chat.noFaults();
    });
  }
});
