import type { Cancel } from "./clock.ts";
import type { Downlink, DownlinkHandler, DownlinkSetup } from "./downlink.ts";
import { DownlinkReport } from "./downlink-report.ts";

/** A script cannot be asked how it is. The server's heartbeat answers each of them long before so many ms. */
const DEADLINE = 60_000;

/** One poll as a script that calls back: for pages that may not ask another origin in any other way. */
export function openJsonpDownlink(url: string, setup: DownlinkSetup, handler: DownlinkHandler): Downlink {
  return new JsonpDownlink(url, setup, handler);
}

class JsonpDownlink implements Downlink {
  readonly #url: string;
  readonly #setup: DownlinkSetup;
  readonly #report: DownlinkReport;
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
    const { clock, connector } = this.#setup;
    if (connector.page === undefined) {
      queueMicrotask(() => this.#report.failed("open_failed", "there is no page to load a script into"));
      return;
    }
    this.#cancel = clock.after(DEADLINE, () =>
      this.#report.failed("request_failed", "the script did not load in time"),
    );
    this.#remove = connector.page.jsonp(this.#url, {
      loaded: (data) => this.#answered(data),
      failed: () => this.#report.failed("request_failed", "the script did not load"),
    });
  }

  close(): void {
    this.#report.close();
  }

  #answered(data: string | undefined): void {
    if (data === undefined) {
      this.#report.failed("parse_error", "the script did not call back");
      return;
    }
    if (data.length > this.#setup.connector.maxMessageBytes) {
      this.#report.failed("message_too_large");
      return;
    }
    this.#report.came();
    if (data !== "") this.#report.payload(data);
    this.#report.ended();
  }
}
