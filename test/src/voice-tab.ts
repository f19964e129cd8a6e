/** One page of the talk in a real browser, and what the browser says about it. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { ClientOptions, TransportName } from "@everwire/client";
import type { BrowserContext, Page } from "playwright-core";
import { type Account, complaints, complete } from "./voice.ts";
import type { HostTalk, VoiceHost } from "./voice-host.ts";
import type { PageReport } from "./voice-page.ts";
import { until } from "./waiting.ts";

export const ALL: readonly TransportName[] = [
  "websocket",
  "streaming",
  "sse",
  "polling",
  "short-polling",
  "iframe",
  "jsonp",
];

/** Milliseconds that a page may take for what takes one second on a machine that has nothing else to do. */
const PATIENCE = 60_000;

export class VoiceTab {
  readonly id: string = randomUUID();
  readonly page: Page;
  readonly host: HostTalk;
  /** Errors and warnings on the console, exceptions, and violations of the page's policy. */
  readonly faults: string[] = [];

  private constructor(page: Page, host: VoiceHost) {
    this.page = page;
    this.host = host.talk(this.id);
    page.on("pageerror", (error) => this.faults.push(String(error)));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.faults.push(message.text());
    });
  }

  /** Loads the page; it does nothing yet. */
  static async open(context: BrowserContext, url: string, host: VoiceHost): Promise<VoiceTab> {
    const tab = new VoiceTab(await context.newPage(), host);
    tab.page.setDefaultTimeout(PATIENCE);
    // A page is loaded when its modules have run.
    await tab.page.goto(url);
    return tab;
  }

  /** Waits until the session is open; the server is the page's own unless it is named. */
  async connect(options: ClientOptions = {}, server?: string): Promise<PageReport> {
    await this.page.evaluate(([url, id, given]) => talk.connect(url, id, given), [server, this.id, options] as const);
    await this.#reaches("connected", {}, PATIENCE);
    return this.report();
  }

  report(): Promise<PageReport> {
    return this.page.evaluate(() => talk.report);
  }

  /** Both ends talk until `hush`. */
  async speak(everyMs: number): Promise<void> {
    this.host.speak(everyMs);
    await this.page.evaluate((ms) => talk.speak(ms), everyMs);
  }

  /** Both ends have heard so many messages more than now. */
  async hearMore(count: number, withinMs = PATIENCE): Promise<void> {
    const server = this.host.voice.account.heard.length + count;
    const page = (await this.report()).heard + count;
    await this.#heard(server, page, withinMs);
  }

  /** Both ends have said, and heard, so many in all. */
  heardInAll(count: number): Promise<void> {
    return this.#heard(count, count, PATIENCE);
  }

  async #heard(server: number, page: number, withinMs: number): Promise<void> {
    await until(`${server} messages up`, () => this.host.voice.account.heard.length >= server, withinMs);
    await this.#reaches(`${page} messages down`, { heard: page }, withinMs);
  }

  /** Waits in the page, which costs less than asking it again and again; a failure says how the page is. */
  async #reaches(what: string, goal: { heard?: number; state?: string }, withinMs: number): Promise<void> {
    const reached = await this.page.evaluate(([to, ms]) => talk.reaches(to, ms), [goal, withinMs] as const);
    if (!reached) throw new Error(`${what}: not within ${withinMs} ms: ${JSON.stringify(await this.report())}`);
  }

  async switchTo(...names: TransportName[]): Promise<void> {
    await this.page.evaluate((wanted) => talk.switchTo(wanted), names);
  }

  async uses(transport: TransportName, reason: string, withinMs = PATIENCE): Promise<void> {
    const state = `${transport} ${reason}`;
    await this.#reaches(`over ${state}`, { state }, withinMs);
  }

  /** Nobody says anything any more; everything has come once, in order, and nobody was told of a loss. */
  async hush({ losses = [] }: { losses?: readonly string[] } = {}, withinMs = PATIENCE): Promise<PageReport> {
    this.host.voice.stop();
    await this.page.evaluate(() => talk.stop());
    const { voice } = this.host;
    const account = (): Promise<Account> => this.page.evaluate(() => talk.account);
    await until("all was heard", async () => complete(await account(), voice.account), withinMs).catch(() => undefined);
    const report = await this.report();
    const wrong = complaints(await account(), voice.account);
    assert.equal(wrong.length, 0, `${wrong.join("; ")}; ${JSON.stringify([report, this.host.losses])}`);
    assert.deepEqual(report.losses, losses);
    return report;
  }

  /** The browser has complained of nothing but this. */
  quiet(...allowed: readonly RegExp[]): void {
    const complaint = this.faults.filter((fault) => !allowed.some((pattern) => pattern.test(fault)));
    assert.deepEqual(complaint, []);
  }

  /** The page, and the server's end of the talk. */
  async close(): Promise<void> {
    this.host.voice.stop();
    await this.page.close();
  }
}
