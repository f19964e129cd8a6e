/** What a person does on the chat page, in the page's own test hooks. */
import assert from "node:assert/strict";
import type { Browser, Locator, Page } from "playwright-core";

/** As the page names them. */
export type ChatTransport = "websocket" | "streaming" | "sse" | "polling" | "short-polling" | "iframe" | "jsonp";

export class ChatPage {
  readonly page: Page;
  /** Errors of the page itself: exceptions and Content-Security-Policy reports. */
  readonly faults: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on("pageerror", (error) => this.faults.push(String(error)));
    page.on("console", (message) => {
      if (/Content Security Policy|Uncaught/i.test(message.text())) this.faults.push(message.text());
    });
  }

  static async open(
    browser: Browser,
    url: string,
    options: { readonly width?: number; readonly height?: number } = {},
  ): Promise<ChatPage> {
    const context = await browser.newContext({
      viewport: { width: options.width ?? 1100, height: options.height ?? 720 },
      // Without a graphics card every frame of an animation is the processor's work.
      reducedMotion: "reduce",
    });
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    const chat = new ChatPage(page);
    await page.goto(url);
    return chat;
  }

  by(testId: string): Locator {
    return this.page.getByTestId(testId);
  }

  async enter(name: string): Promise<void> {
    await this.tryName(name);
    await this.by("composer").waitFor();
    await this.online();
  }

  async tryName(name: string): Promise<void> {
    await this.by("name-input").fill(name);
    await this.by("name-submit").click();
  }

  async online(transport?: ChatTransport, timeout = 60_000): Promise<void> {
    const wanted = transport ? `[data-transport="${transport}"]` : "";
    await this.page.locator(`[data-testid="transport-badge"][data-state="online"]${wanted}`).waitFor({ timeout });
  }

  async force(transport: "auto" | ChatTransport): Promise<void> {
    await this.by("transport-badge").click();
    await this.page.locator(`[data-testid="transport-option"][data-value="${transport}"]`).click();
  }

  async write(text: string): Promise<void> {
    await this.by("composer").fill(text);
    await this.by("composer").press("Enter");
  }

  /** The message with exactly this text, in the given state. */
  message(text: string, state: "sending" | "sent" | "failed" = "sent"): Locator {
    return this.page
      .locator(`[data-testid="message"][data-state="${state}"]`)
      .filter({ has: this.page.getByTestId("message-text").getByText(text, { exact: true }) });
  }

  async shows(text: string, state: "sending" | "sent" | "failed" = "sent", timeout = 60_000): Promise<void> {
    await this.message(text, state).first().waitFor({ timeout });
  }

  /** Every message on the page in order: text and state. */
  messages(): Promise<{ readonly text: string; readonly state: string; readonly offset: number }[]> {
    return this.by("message").evaluateAll((rows) =>
      rows.map((row) => ({
        text: row.querySelector('[data-testid="message-text"]')?.textContent ?? "",
        state: row.getAttribute("data-state") ?? "",
        offset: Number(row.getAttribute("data-offset") ?? Number.NaN),
      })),
    );
  }

  noFaults(): void {
    assert.deepEqual(this.faults, []);
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}
