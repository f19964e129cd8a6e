/** Two real Chromium pages that chat through `everwire serve`, over each transport, and through a SIGKILL of the server. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import type { Browser } from "playwright-core";
import { launchBrowser, screenshot } from "./browser.ts";
import { ChatPage } from "./chat-page.ts";
import { type Child, startChild } from "./child.ts";
import { until } from "./waiting.ts";

const bin = new URL("../../packages/everwire/dist/bin.js", import.meta.url).pathname;

describe("the chat in Chromium", () => {
  let data: string;
  let server: Child;
  let port: string;
  let browser: Browser;
  let rooms = 0;
  const pages: ChatPage[] = [];

  const serve = async (on: string): Promise<void> => {
    const child = await startChild(bin, ["serve", "--port", on, "--data", data], /http:\/\/[\w.]+:(\d+)/);
    server = child;
    port = child.match[1] ?? "";
  };
  const open = async (room: string, name?: string): Promise<ChatPage> => {
    const chat = await ChatPage.open(browser, `http://127.0.0.1:${port}/#${room}`);
    pages.push(chat);
    if (name) await chat.enter(name);
    return chat;
  };
  const pair = async (): Promise<[ChatPage, ChatPage]> => {
    const room = `test-${++rooms}`;
    return [await open(room, `Ada ${rooms}`), await open(room, `Bob ${rooms}`)];
  };

  before(async () => {
    data = await mkdtemp(join(tmpdir(), "everwire-chat-"));
    await serve("0");
    browser = await launchBrowser();
  });
  // A page that is left open goes on talking with the server.
  afterEach(() => Promise.all(pages.splice(0).map((page) => page.close())));
  after(async () => {
    await browser.close();
    await server.stop();
    await rm(data, { recursive: true, force: true });
  });

  for (const transport of ["websocket", "streaming", "sse", "polling", "short-polling", "iframe"] as const) {
    it(`carries a talk between two pages over ${transport}`, async () => {
      const [ada, bob] = await pair();
      await Promise.all([ada.force(transport), bob.force(transport)]);
      await Promise.all([ada.online(transport), bob.online(transport)]);
      await ada.write("hello from Ada");
      await bob.shows("hello from Ada");
      await bob.write("hello from Bob");
      await ada.shows("hello from Bob");
      await ada.shows("hello from Ada");
      await screenshot(ada.page, `chat-${transport}-ada`);
      await screenshot(bob.page, `chat-${transport}-bob`);
      assert.equal((await ada.messages()).length, 2);
      ada.noFaults();
      bob.noFaults();
    });
  }

  it("says what is in use and why, also when what was chosen cannot be had", async () => {
    const [ada] = await pair();
    await ada.force("sse");
    await ada.online("sse");
    await ada.by("transport-badge").click();
    assert.equal(await ada.by("transport-now").innerText(), "Now over Server-sent events. You chose it.");
    await screenshot(ada.page, "chat-transport-menu");
    // The server does not serve it unless it is told to.
    await ada.page.locator('[data-testid="transport-option"][data-value="jsonp"]').click();
    await ada.online("polling");
    await ada.by("transport-badge").click();
    assert.equal(await ada.by("transport-now").innerText(), "Now over HTTP long polling. JSONP did not open.");
    ada.noFaults();
  });

  it("shows who is here and who is typing", async () => {
    const [ada, bob] = await pair();
    await until("both are listed", async () => (await ada.by("person").count()) === 2);
    await bob.by("composer").pressSequentially("I am about to");
    await ada
      .by("typing")
      .getByText(/typing/)
      .waitFor();
    await bob.close();
    await until("Bob is gone", async () => (await ada.by("person").count()) === 1);
  });

  it("changes the transport in the middle of a talk without losing or repeating a message", async () => {
    const [ada, bob] = await pair();
    const order = ["polling", "iframe", "streaming", "websocket", "sse", "short-polling", "websocket"] as const;
    const sent: string[] = [];
    for (const transport of order) {
      await ada.force(transport);
      for (let n = 0; n < 5; n++) {
        const text = `${sent.length} on the way to ${transport}`;
        sent.push(text);
        await ada.write(text);
      }
    }
    await ada.online("websocket");
    for (const page of [ada, bob]) {
      await page.shows(sent.at(-1) ?? "");
      assert.deepEqual(
        (await page.messages()).map((message) => message.text),
        sent,
      );
    }
    ada.noFaults();
  });

  it("survives SIGKILL of the server: both pages come back, each sent message once and in order", async () => {
    const [ada, bob] = await pair();
    const texts: string[] = [];
    const written = new Map<ChatPage, string[]>([
      [ada, []],
      [bob, []],
    ]);
    const say = async (page: ChatPage, when: string): Promise<void> => {
      const text = `${when} ${texts.length}`;
      texts.push(text);
      written.get(page)?.push(text);
      await page.write(text);
    };
    for (let n = 0; n < 5; n++) await say(n % 2 ? bob : ada, "before");
    await ada.shows("before 0");
    await server.stop("SIGKILL");
    for (let n = 0; n < 4; n++) await say(n % 2 ? bob : ada, "while the server is gone");
    await ada.page.locator('[data-testid="transport-badge"]:not([data-state="online"])').waitFor();
    await screenshot(ada.page, "chat-server-gone");
    const shownAsSent = [...(await ada.messages()), ...(await bob.messages())]
      .filter((message) => message.state === "sent")
      .map((message) => message.text);
    await serve(port);
    await Promise.all([ada.online(), bob.online()]);
    await say(ada, "after");
    for (const page of [ada, bob])
      await until("all sent", async () => (await page.messages()).every((m) => m.state === "sent"));
    await bob.shows(texts.at(-1) ?? "");
    const [seenByAda, seenByBob] = [await ada.messages(), await bob.messages()];
    assert.deepEqual(seenByAda, seenByBob, "both pages show the same, in the same order");
    const shown = seenByAda.map((message) => message.text);
    assert.deepEqual([...shown].sort(), [...texts].sort(), "each message once");
    assert.ok(
      shownAsSent.every((text) => shown.includes(text)),
      "what showed as sent is there",
    );
    for (const own of written.values()) {
      const seen = shown.filter((text) => own.includes(text));
      assert.deepEqual(seen, own, "in the order in which each wrote them");
    }
    await screenshot(bob.page, "chat-after-restart");
    ada.noFaults();
    bob.noFaults();
  });

  it("keeps history over a reload and shows it again", async () => {
    const [ada] = await pair();
    for (let n = 0; n < 3; n++) await ada.write(`kept ${n}`);
    await ada.shows("kept 2");
    await ada.page.reload();
    await ada.online();
    await ada.shows("kept 2");
    assert.deepEqual(
      (await ada.messages()).map((message) => message.text),
      ["kept 0", "kept 1", "kept 2"],
    );
  });

  it("shows markup as text", async () => {
    const [ada, bob] = await pair();
    const markup = '<img src=x onerror="document.title=1"><script>alert(1)</script>';
    await ada.write(markup);
    await bob.shows(markup);
    assert.equal(await bob.page.locator('[data-testid="message"] img').count(), 0);
    bob.noFaults();
  });

  it("refuses empty text, 1 MB of text and control characters with a clear word, and goes on", async () => {
    const [ada, bob] = await pair();
    await ada.write("   ");
    assert.equal((await ada.messages()).length, 0);
    await ada.by("composer").fill("x".repeat(1_000_000));
    await ada.by("composer").press("Enter");
    await ada.by("composer-error").waitFor();
    await screenshot(ada.page, "chat-text-too-long");
    await ada.by("composer").fill("");
    await ada.write("still here");
    await bob.shows("still here");
    ada.noFaults();
  });

  it("refuses a name that someone else has, an empty one and one that is too long, at the field", async () => {
    const room = `test-${++rooms}`;
    await open(room, "Grace");
    const other = await open(room);
    for (const name of ["grace", "  ", "n".repeat(33)]) {
      await other.tryName(name);
      await other.by("name-error").waitFor();
    }
    await screenshot(other.page, "chat-name-refused");
    await other.enter("Grace Two");
  });

  it("fits a phone, in the dark", async () => {
    const chat = await ChatPage.open(browser, `http://127.0.0.1:${port}/#lobby`, { width: 390, height: 800 });
    await chat.page.emulateMedia({ colorScheme: "dark" });
    await chat.enter("Pocket");
    await chat.write("from a small screen");
    await chat.shows("from a small screen");
    const wide = await chat.page.evaluate("document.documentElement.scrollWidth > innerWidth");
    assert.equal(wide, false, "nothing scrolls sideways");
    await screenshot(chat.page, "chat-phone-dark");
    chat.noFaults();
  });
});
