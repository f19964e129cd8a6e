import type { TransportForm, TransportName } from "./transport-form.ts";

const AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
const HINTS = [
  'sec-ch-ua-platform: "Linux"',
  `User-Agent: ${AGENT}`,
  'sec-ch-ua: "Chromium";v="140", "Not=A?Brand";v="24", "Google Chrome";v="140"',
  "sec-ch-ua-mobile: ?0",
];
const LANGUAGES = ["Accept-Encoding: gzip, deflate, br, zstd", "Accept-Language: en-GB,en;q=0.9"];
const NAVIGATION_ACCEPT =
  "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8";

/** Every client sends the same key: what is measured hashes it, and nothing here looks at the answer. */
const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

/** The requests of one transport, as a page of the server's own origin in Chromium makes them. */
export class BrowserRequest {
  readonly #host: string;
  readonly #getHead: string;
  readonly #postHead: string;
  readonly #upgradeHead: string;

  constructor(port: number, { transport, headers }: Pick<TransportForm, "transport" | "headers">) {
    this.#host = `127.0.0.1:${port}`;
    const browser = headers === "browser";
    const kind = transport === "jsonp" ? "application/x-www-form-urlencoded;charset=UTF-8" : "text/plain;charset=UTF-8";
    this.#getHead = this.#head(browser ? [...HINTS, ...getLines(transport), ...this.#referer(), ...LANGUAGES] : []);
    const post = [...HINTS, "Accept: */*", `Origin: http://${this.#host}`, ...fetched("cors", "empty")];
    this.#postHead = this.#head([
      ...(browser ? [...post, ...this.#referer(), ...LANGUAGES] : []),
      `Content-Type: ${kind}`,
      "Content-Length: ",
    ]);
    this.#upgradeHead = this.#head(this.#upgradeLines(browser));
  }

  get(path: string): string {
    return `GET ${path}${this.#getHead}\r\n\r\n`;
  }

  /** `body` is ASCII. */
  post(path: string, body: string): string {
    return `POST ${path}${this.#postHead}${body.length}\r\n\r\n${body}`;
  }

  upgrade(path: string): string {
    return `GET ${path}${this.#upgradeHead}\r\n\r\n`;
  }

  #head(lines: readonly string[]): string {
    const connection = lines.some((line) => line.startsWith("Connection:")) ? [] : ["Connection: keep-alive"];
    return [" HTTP/1.1", `Host: ${this.#host}`, ...connection, ...lines].join("\r\n");
  }

  #referer(): string[] {
    return [`Referer: http://${this.#host}/`];
  }

  #upgradeLines(browser: boolean): string[] {
    const needed = [
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      `Sec-WebSocket-Key: ${KEY}`,
    ];
    if (!browser) return needed;
    const caches = ["Pragma: no-cache", "Cache-Control: no-cache"];
    const offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits";
    return [...needed, ...caches, `User-Agent: ${AGENT}`, `Origin: http://${this.#host}`, ...LANGUAGES, offer];
  }
}

/** What loads it decides what a browser says about it. */
function getLines(transport: TransportName): string[] {
  switch (transport) {
    case "sse":
      return ["Accept: text/event-stream", "Cache-Control: no-cache", ...fetched("cors", "empty")];
    case "iframe":
      return ["Upgrade-Insecure-Requests: 1", NAVIGATION_ACCEPT, ...fetched("navigate", "iframe")];
    case "jsonp":
      return ["Accept: */*", ...fetched("no-cors", "script")];
    case "polling":
    case "short-polling":
    case "streaming":
    case "websocket":
      return ["Accept: */*", ...fetched("cors", "empty")];
  }
}

function fetched(mode: string, destination: string): string[] {
  return ["Sec-Fetch-Site: same-origin", `Sec-Fetch-Mode: ${mode}`, `Sec-Fetch-Dest: ${destination}`];
}
