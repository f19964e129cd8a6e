/** Debian's Chromium, headless, as the tests use it; screenshots are kept below `test/artefacts`. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";

const artefacts = new URL("../artefacts/", import.meta.url).pathname;

/** With switches of its own, and without some of those that Playwright adds. */
export function launchBrowser(args: readonly string[] = [], without: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    ignoreDefaultArgs: [...without],
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...args,
    ],
  });
}

export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(artefacts, { recursive: true });
  await page.screenshot({ path: join(artefacts, `${name}.png`), animations: "disabled" });
}
