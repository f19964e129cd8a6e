import type { Cancel } from "./clock.ts";
import type { Downlink, DownlinkHandler, DownlinkSetup } from "./downlink.ts";
import type { ClientFailureCode } from "./failures.ts";

/** A script cannot be asked how it is. The server's heartbeat answers each of them long before so many ms. */
const DEADLINE = 60_000;

/** One poll as a script that calls back: for pages that may not ask another origin in any other way. */
export function openJsonpDownlink(url: string, setup: DownlinkSetup, handler: DownlinkHandler): Downlink {
  return new JsonpDownlink(url, setup, handler);
}

class JsonpDownlink implements Downlink {
  readonly #url: string;
  readonly #setup: DownlinkSetup;
  #handler: DownlinkHandler | undefined;
  #remove: (() => void) | undefined;
  #cancel: Cancel | undefined;

  constructor(url: string, setup: DownlinkSetup, handler: DownlinkHandler) {
    this.#url = url;
    this.#setup = setup;
    this.#handler = handler;
  }

  open(): void {
    const { clock, connector } = this.#setup;
    if (connector.page === undefined) {
      queueMicrotask(() => this.#fail("open_failed", "there is no page to load a script into"));
      return;
    }
    this.#cancel = clock.after(DEADLINE, () => this.#fail("request_failed", "the script did not load in time"));
    this.#remove = connector.page.jsonp(this.#url, {
      loaded: (data) => this.#answered(data),
      failed: () => this.#fail("request_failed", "the script did not load"),
    });
  }

  close(): void {
    this.#take();
  }

  #answered(data: string | undefined): void {
    if (data === undefined) {
      this.#fail("parse_error", "the script did not call back");
      return;
    }
    if (data.length > this.#setup.connector.maxMessageBytes) {
      this.#fail("message_too_large", undefined);
      return;
    }
    this.#handler?.opened();
    if (data !== "") this.#handler?.payload(data);
    this.#take()?.ended();
  }

  #fail(code: ClientFailureCode, detail: string | undefined): void {
    this.#take()?.failed(code, detail);
  }

  /** The handler, for the last call; the script is gone by then. */
  #take(): DownlinkHandler | undefined {
    const handler = this.#handler;
    this.#handler = undefined;
    this.#cancel?.();
    this.#remove?.();
    return handler;
  }
}
