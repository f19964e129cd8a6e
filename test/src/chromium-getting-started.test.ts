/** The chat of Socket.IO's tutorial, the same lines on socket.io and on ours, in two pages of a real browser. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Server } from "@everwire/server";
import type { Browser, Page } from "playwright-core";
import { Server as SocketIoServer } from "socket.io";
import { launchBrowser } from "./browser.ts";
import { type Chat, startChat } from "./getting-started.ts";
import { until } from "./waiting.ts";

const SERVERS: readonly (readonly [string, typeof SocketIoServer])[] = [
  ["socket.io", SocketIoServer],
  // The application is typed for socket.io; that ours can stand in for it is what is tested here.
  ["@everwire/server", Server as unknown as typeof SocketIoServer],
];

describe("the chat of the tutorial", () => {
  let browser: Browser;
  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser.close());

  const shown = (page: Page): Promise<string[]> => page.locator("#messages li").allTextContents();
  const say = async (page: Page, text: string): Promise<void> => {
    await page.fill("#input", text);
    await page.press("#input", "Enter");
  };
  const titled = (page: Page, title: string): Promise<void> => until(title, async () => (await page.title()) === title);
  const bothShow = (pages: readonly Page[], texts: readonly string[]): Promise<void> =>
    until(texts.join(), async () => {
      const all = await Promise.all(pages.map(shown));
      return all.every((each) => each.join() === texts.join());
    });

  for (const [name, server] of SERVERS) {
    it(`on ${name}: two pages, one that is away for a while, and one that comes late`, async (test) => {
      const chat: Chat = await startChat(server);
      const pages = await Promise.all([browser.newPage(), browser.newPage()]);
      test.after(async () => {
        await Promise.all(pages.map((page) => page.close()));
        await chat.close();
      });
      const [ada, bob] = pages;
      const faults: string[] = [];
      for (const page of pages) {
        page.on("pageerror", (error) => faults.push(String(error)));
        await page.goto(chat.url);
        await titled(page, "connected");
      }
      await say(ada, "hello");
      await bothShow(pages, ["hello"]);

      await bob.click("#toggle");
      await titled(bob, "disconnected");
      await say(ada, "are you there?");
      await bothShow([ada], ["hello", "are you there?"]);
      // What is said while away goes out when it is back.
      await say(bob, "back again");
      await bob.click("#toggle");
      await titled(bob, "connected");
      await bothShow(pages, chat.texts);
      assert.deepEqual([...chat.texts].sort(), ["are you there?", "back again", "hello"]);

      const late = await browser.newPage();
      pages.push(late);
      await late.goto(chat.url);
      await bothShow(pages, chat.texts);
      assert.deepEqual(faults, []);
    });
  }
});
