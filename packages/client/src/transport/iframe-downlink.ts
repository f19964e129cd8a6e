import type { Cancel } from "./clock.ts";
import type { Downlink, DownlinkHandler, DownlinkSetup } from "./downlink.ts";
import { DownlinkReport } from "./downlink-report.ts";

/** What the document posts and that it has been read come by different ways; ms for the posts to catch up. */
const LINGER = 100;
/**
 * A browser does not tell the page that the response in a frame broke off: the document just stays as it is (Chromium).
 * So a frame that has been silent for so many ms is given up for a new one, in less time than a server waits for that.
 */
const SILENCE = 10_000;
/** What a browser calls the origin of a document in a sandbox, whoever wrote it. */
const NO_ORIGIN = "null";

/** A document in a hidden frame that never ends; each of its scripts posts packets to the page. */
export function openIframeDownlink(url: string, setup: DownlinkSetup, handler: DownlinkHandler): Downlink {
  return new IframeDownlink(url, setup, handler);
}

class IframeDownlink implements Downlink {
  readonly #url: string;
  readonly #setup: DownlinkSetup;
  /**
   * Only the server is told it, in the frame's address, which nobody else can read. A page that holds ours can load
   * another document into our frame, and that has the same origin, which is none.
   */
  readonly #key: string = crypto.getRandomValues(new Uint32Array(4)).join("-");
  readonly #report: DownlinkReport;
  /** The document has been read to its end. */
  #read = false;
  #remove: (() => void) | undefined;
  #cancel: Cancel | undefined;

  constructor(url: string, setup: DownlinkSetup, handler: DownlinkHandler) {
    this.#url = url;
    this.#setup = setup;
    this.#report = new DownlinkReport(handler, () => {
      this.#cancel?.();
      this.#remove?.();
    });
  }

  open(): void {
    const { page } = this.#setup.connector;
    if (page === undefined) {
      queueMicrotask(() => this.#report.failed("open_failed", "there is no page to load a frame into"));
      return;
    }
    // The document posts to this origin alone, so that no other page can frame it and read along.
    this.#await();
    this.#remove = page.frame(`${this.#url}&origin=${encodeURIComponent(page.origin)}&key=${this.#key}`, {
      message: (data, origin) => origin === NO_ORIGIN && this.#receive(data),
      loaded: () => {
        this.#read = true;
        this.#await();
      },
    });
  }

  close(): void {
    this.#report.close();
  }

  /** docs/protocol/session.md, "Forms of the downlink": `{ everwire: turn, key, payload }`. Anything else is not for us. */
  #receive(data: unknown): void {
    if (typeof data !== "object" || data === null) return;
    if (!("everwire" in data) || !("key" in data) || !("payload" in data)) return;
    const { everwire, key, payload } = data;
    if (everwire !== this.#setup.turn || key !== this.#key || typeof payload !== "string") return;
    if (payload.length > this.#setup.connector.maxMessageBytes) {
      this.#report.failed("message_too_large");
      return;
    }
    this.#await();
    this.#report.came();
    this.#report.payload(payload);
  }

  /** What is posted meanwhile begins the waiting anew. */
  #await(): void {
    if (this.#report.over) return;
    this.#cancel?.();
    this.#cancel = this.#setup.clock.after(this.#read ? LINGER : SILENCE, () => this.#end());
  }

  /** Either way a new frame goes on where this one stopped. */
  #end(): void {
    if (this.#report.begun) this.#report.ended();
    else this.#report.failed("request_failed", "the frame posted nothing");
  }
}
