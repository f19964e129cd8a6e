/** The client's HTTP downlinks in a real Chromium, against answers that are written byte by byte. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Browser, Page } from "playwright-core";
import { launchBrowser } from "./browser.ts";
import { RawHttpServer, type RawRequest, type RawResponse } from "./raw-http.ts";
import { until } from "./waiting.ts";

const dist = new URL("../../packages/client/dist/", import.meta.url);

/** The policy of the chat page with what iframes need: nothing here may ask for more. */
const POLICY =
  "default-src 'none'; script-src 'self'; connect-src 'self'; frame-src 'self'; base-uri 'none'; " +
  "form-action 'self'; require-trusted-types-for 'script'";

const SCRIPT = `
import { browserPlatform } from "/client/browser/browser-platform.js";
import { withRequests } from "/client/browser/browser-requests.js";
import { pageElements } from "/client/browser/page-elements.js";
import { openIframeDownlink } from "/client/transport/iframe-downlink.js";
import { openJsonpDownlink } from "/client/transport/jsonp-downlink.js";
import { sendJsonpUplink } from "/client/transport/jsonp-uplink.js";
import { openSseDownlink } from "/client/transport/sse-downlink.js";
import { openStreamingDownlink } from "/client/transport/streaming-downlink.js";

const { clock } = browserPlatform;
const connector = withRequests(
  browserPlatform.connector({ extraHeaders: {}, withCredentials: false, protocols: [], maxMessageBytes: 100000 }),
);
const plain = { ...connector, events: undefined };
const onPage = { ...connector, page: pageElements(false) };
const kinds = {
  streaming: [openStreamingDownlink, connector],
  sse: [openSseDownlink, connector],
  "sse without EventSource": [openSseDownlink, plain],
  iframe: [openIframeDownlink, onPage],
  jsonp: [openJsonpDownlink, onPage],
};
// A silence of ten seconds is one of half a second here.
const hurried = { now: clock.now, after: (delay, callback) => clock.after(delay / 20, callback) };
globalThis.start = (kind, url, turn) => {
  const [open, connector] = kinds[kind];
  globalThis.seen = { payloads: [], calls: [] };
  const { payloads, calls } = seen;
  const setup = { connector, clock: url.includes("case=cut") ? hurried : clock, turn };
  globalThis.downlink = open(url, setup, {
    opened: () => calls.push("opened"),
    payload: (text) => payloads.push(text),
    ended: () => calls.push("ended"),
    failed: (code) => calls.push("failed " + code),
  });
  downlink.open();
};
globalThis.send = (url, body) => sendJsonpUplink(url, body, { connector: onPage, clock, signal: new AbortController().signal });
if (location.search === "?early") {
  start("iframe", location.origin + "/eio/iframe?case=silence&turn=1", 1);
  start("jsonp", location.origin + "/eio/jsonp?case=silence&turn=1", 1);
}
`;

/** What runs in the page. */
interface InPage {
  readonly start: (kind: Kind, url: string, turn: number) => void;
  readonly send: (url: string, body: string) => Promise<{ status: number; body: string }>;
  readonly seen: { readonly payloads: string[]; readonly calls: string[] };
  readonly downlink: { close(): void };
  readonly ___eio?: unknown[];
}

const KINDS = ["streaming", "sse", "sse without EventSource", "iframe", "jsonp"] as const;
type Kind = (typeof KINDS)[number];

const PACKETS = [
  "81",
  "70",
  '42["é\u2028\u2029😀","\\n\\\\n",{"a":"</script><!--<script>"}]',
  "4raw \r\n, \n and \r, \\ and \"quotes\" & 'more'",
  "bAQL/",
  "2",
];
const TEXT = PACKETS.join("\x1e");

const json = (text: string): string =>
  JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** docs/protocol/session.md, one function per form: the head's lines, and the body for two flushes. */
const FORMS: Record<
  string,
  (url: URL) => { headers: Record<string, string>; begin: string; flush(packets: string[]): string }
> = {
  streaming: () => ({
    headers: { "content-type": "text/plain; charset=UTF-8" },
    begin: "6\x1e".repeat(4),
    flush: (packets) => packets.map((packet) => `${packet}\x1e`).join(""),
  }),
  sse: () => ({
    headers: { "content-type": "text/event-stream" },
    // A reconnection that the browser makes by itself would come at once and be seen.
    begin: `retry: 1\n: ${" ".repeat(16)}\n\n`,
    flush: (packets) =>
      `data: ${packets.join("\x1e").replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r")}\n\n`,
  }),
  iframe: ({ searchParams }) => {
    const to = searchParams.get("origin") ?? "";
    const turn = Number(searchParams.get("turn"));
    const key = searchParams.get("key") ?? "";
    return {
      headers: {
        "content-type": "text/html; charset=UTF-8",
        "content-security-policy": `sandbox allow-scripts; default-src 'none'; script-src 'nonce-abc'; frame-ancestors ${to}`,
      },
      begin: `<!doctype html><script nonce="abc">function p(payload){parent.postMessage({everwire:${turn},key:${json(key)},payload},${json(to)})}</script>`,
      flush: (packets) => `<script nonce="abc">p(${json(packets.join("\x1e"))})</script>`,
    };
  },
};

describe("the client's downlinks in Chromium", () => {
  let browser: Browser;
  let page: Page;
  let port: number;
  const faults: string[] = [];
  /** Requests of downlinks and uplinks, and how many of their connections are still there. */
  const asked: RawRequest[] = [];
  let connected = 0;

  const server = new RawHttpServer((request, response) => {
    const { pathname } = request.url;
    if (pathname.startsWith("/eio/")) {
      asked.push(request);
      connected += 1;
      void response.closed.then(() => {
        connected -= 1;
      });
      void play(request, response);
    } else if (pathname === "/page.js") {
      response.whole("200 OK", { "content-type": "text/javascript" }, SCRIPT);
    } else if (/^\/client\/[\w/-]+\.js$/.test(pathname)) {
      void readFile(new URL(pathname.slice("/client/".length), dist)).then((code) =>
        response.whole("200 OK", { "content-type": "text/javascript" }, code),
      );
    } else if (pathname === "/favicon.ico") {
      response.whole("404 Not Found", {}, "");
    } else {
      const policy: Record<string, string> = pathname === "/strict" ? { "content-security-policy": POLICY } : {};
      const html = '<!doctype html><script type="module" src="/page.js"></script><body>';
      response.whole("200 OK", { "content-type": "text/html", ...policy }, html);
    }
  });

  before(async () => {
    port = await server.listen();
    browser = await launchBrowser();
    page = await browser.newPage();
    page.on("pageerror", (error) => faults.push(String(error)));
    page.on("console", (message) => {
      if (/Content Security Policy|Trusted|Uncaught|sandbox/i.test(message.text())) faults.push(message.text());
    });
  });
  after(async () => {
    await browser.close();
    server.close();
  });
  beforeEach(() => {
    asked.length = 0;
    faults.length = 0;
  });

  const visit = async (path: string): Promise<void> => {
    await page.goto(`http://127.0.0.1:${port}${path}`);
    await page.waitForFunction("typeof start === 'function'");
  };
  let turn = 0;
  const start = async (kind: Kind, host: string, what: string): Promise<void> => {
    turn += 1;
    const form = kind.split(" ")[0];
    const url = `http://${host}:${port}/eio/${form}?case=${what}&turn=${turn}`;
    await page.evaluate(([k, u, t]) => (globalThis as unknown as InPage).start(k, u, t), [kind, url, turn] as const);
  };
  const seen = (): Promise<InPage["seen"]> => page.evaluate(() => (globalThis as unknown as InPage).seen);
  const over = async (): Promise<InPage["seen"]> => {
    await until("it is over", async () => (await seen()).calls.some((call) => call !== "opened"));
    return seen();
  };
  /** Nothing is left in the page: no element, no callback, no step in its history. */
  const clean = async (): Promise<void> => {
    const left = await page.evaluate(() => ({
      elements: document.querySelectorAll("iframe, form, script:not([type=module])").length,
      callbacks: Object.keys((globalThis as unknown as InPage).___eio ?? []).length,
    }));
    assert.deepEqual(left, { elements: 0, callbacks: 0 });
    assert.deepEqual(faults, []);
  };

  for (const [where, path, host] of [
    ["the page's own origin under a strict policy", "/strict", "127.0.0.1"],
    ["another origin", "/open", "localhost"],
  ] as const) {
    for (const kind of KINDS) {
      describe(`${kind} from ${where}`, () => {
        before(() => visit(path));

        it("brings every packet, whatever is in it, when each byte comes by itself", async () => {
          const history = await page.evaluate("history.length");
          await start(kind, host, "bytes");
          const { calls, payloads } = await over();
          assert.deepEqual(calls, ["opened", "ended"]);
          const packets = payloads.join("\x1e").split("\x1e");
          assert.deepEqual(
            packets.filter((packet) => packet !== "6"),
            [...PACKETS, ...PACKETS],
          );
          await until("the connection is closed", () => connected === 0);
          assert.equal(await page.evaluate("history.length"), history);
          await page.waitForTimeout(50);
          assert.equal(asked.length, 1, "nobody asked again by himself");
          await clean();
        });

        it("says once that it is over when the response breaks off, and keeps what was whole", async () => {
          await start(kind, host, "cut");
          const { calls, payloads } = await over();
          if (kind === "jsonp") {
            assert.deepEqual(calls, ["failed request_failed"]);
          } else {
            assert.equal(calls.length, 2);
            assert.match(calls.join(), /^opened,(ended|failed connection_lost)$/);
            assert.deepEqual(
              payloads
                .join("\x1e")
                .split("\x1e")
                .filter((packet) => packet !== "6"),
              PACKETS,
            );
          }
          await clean();
        });

        it("fails when the server refuses", async () => {
          await start(kind, host, "refused");
          const { calls, payloads } = await over();
          assert.equal(calls.length, 1);
          assert.match(calls[0] ?? "", /^failed (open_refused|request_failed)$/);
          assert.deepEqual(payloads, []);
          await clean();
        });

        it("is quiet while the server is, and leaves nothing behind when it is closed", async () => {
          await start(kind, host, "silence");
          await until("it has asked", () => connected === 1);
          await page.evaluate(() => (globalThis as unknown as InPage).downlink.close());
          // A script under way cannot be taken back: its callback stays until it has run.
          if (kind === "jsonp") breakOff();
          await until("the connection is closed", () => connected === 0);
          assert.deepEqual(await seen(), { payloads: [], calls: [] });
          await clean();
        });

        it("is deaf after it was closed", async () => {
          await start(kind, host, "slow");
          await until("it has asked", () => asked.length === 1);
          await page.evaluate(() => (globalThis as unknown as InPage).downlink.close());
          release();
          await until("the connection is closed", () => connected === 0);
          await page.waitForTimeout(150);
          assert.deepEqual(await seen(), { payloads: [], calls: [] });
          await clean();
        });
      });
    }

    it(`a JSONP uplink to ${where} brings every packet`, async () => {
      await visit(path);
      const url = `http://${host}:${port}/eio/post?j=0`;
      const body = PACKETS.join("\x1e").replaceAll("\r", "");
      const send = async ([to, text]: readonly [string, string]): Promise<unknown> => {
        const { status, body: read } = await (globalThis as unknown as InPage).send(to, text);
        return { status, body: read };
      };
      const answer = await page.evaluate(send, [url, body] as const);
      assert.deepEqual(answer, { status: 200, body: host === "localhost" ? "" : "72" });
      assert.deepEqual(
        asked.map(({ method, headers, body: form }) => [method, headers.get("origin"), decode(form)]),
        [["POST", `http://127.0.0.1:${port}`, body]],
      );
      await clean();
    });
  }

  it("an iframe downlink is deaf to every window but the frame", async () => {
    await visit("/open");
    await start("iframe", "localhost", "silence");
    await until("it has asked", () => connected === 1);
    await page.evaluate(async (t) => {
      const other = document.createElement("iframe");
      document.body.append(other);
      window.postMessage({ everwire: t, payload: "4forged" }, "*");
      const code = `parent.postMessage({ everwire: ${t}, payload: "4forged" }, "*")`;
      const script = other.contentDocument?.createElement("script");
      if (script) script.text = code;
      if (script) other.contentDocument?.body.append(script);
      await new Promise((resolve) => setTimeout(resolve, 50));
      other.remove();
    }, turn);
    assert.deepEqual(await seen(), { payloads: [], calls: [] });
    await page.evaluate(() => (globalThis as unknown as InPage).downlink.close());
    await clean();
  });

  it("an iframe downlink is deaf to what somebody else loads into its frame", async () => {
    await visit("/open");
    await start("iframe", "localhost", "silence");
    await until("it has asked", () => connected === 1);
    await page.evaluate(async (t) => {
      const heard = new Promise((resolve) => window.addEventListener("message", resolve, { once: true }));
      const forged = `parent.postMessage({ everwire: ${t}, key: "1-2-3-4", payload: "4forged" }, "*")`;
      const frame = document.querySelector("iframe");
      if (frame) frame.src = `data:text/html,<script>${forged}</script>`;
      await heard;
    }, turn);
    assert.deepEqual(await seen(), { payloads: [], calls: [] });
    await page.evaluate(() => (globalThis as unknown as InPage).downlink.close());
    await clean();
  });

  it("a page loads to its end although a downlink was opened before", async () => {
    await visit("/strict?early");
    assert.equal(await page.evaluate("document.readyState"), "complete");
    await until("both have asked", () => asked.length === 2);
    await page.goto("about:blank");
    await until("the connections are closed", () => connected === 0);
  });

  let release: () => void = () => undefined;
  let breakOff: () => void = () => undefined;

  async function play({ url, headers }: RawRequest, response: RawResponse): Promise<void> {
    const form = url.pathname.slice("/eio/".length);
    const what = url.searchParams.get("case");
    const origin = headers.get("origin");
    const common: Record<string, string> = {
      "cache-control": "no-store, no-transform",
      "x-content-type-options": "nosniff",
      ...(origin === null ? {} : { "access-control-allow-origin": origin }),
    };
    if (form === "post") {
      response.whole("200 OK", { ...common, "content-type": "text/plain" }, "72");
      return;
    }
    if (what === "refused") {
      response.whole("403 Forbidden", { ...common, "content-type": "application/json" }, '{"code":4,"message":"no"}');
      return;
    }
    breakOff = () => response.cut();
    if (what === "silence") return;
    if (what === "slow") await new Promise<void>((resolve) => (release = resolve));
    if (form === "jsonp") {
      response.stream({ ...common, "content-type": "text/javascript; charset=UTF-8" });
      const body = `/**/___eio[${url.searchParams.get("j")}](${json([TEXT, TEXT].join("\x1e"))});`;
      await response.bytewise(what === "cut" ? body.slice(0, -4) : body);
      if (what === "cut") response.cut();
      else response.end();
      return;
    }
    const { headers: own, begin, flush } = FORMS[form]?.(url) ?? assert.fail(form);
    response.stream({ ...common, ...own });
    await response.bytewise(begin + flush(PACKETS));
    if (what === "cut") {
      await response.bytewise(flush(["4cut off"]).slice(0, -4));
      // What was written must have been read before the break, else the browser drops it.
      setTimeout(() => response.cut(), 100);
      return;
    }
    await response.bytewise(flush(PACKETS));
    response.end();
  }
});

/** As engine.io decodes a form. */
function decode(form: string): string {
  const d = new URLSearchParams(form).get("d") ?? "";
  return d.replace(/(\\)?\\n/g, (match, slash) => (slash ? match : "\n")).replaceAll("\\\\n", "\\n");
}
