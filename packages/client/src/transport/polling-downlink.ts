import type { PlatformResponse } from "./connector.ts";
import type { Downlink, DownlinkHandler, DownlinkSetup, OpenDownlink } from "./downlink.ts";
import { DownlinkReport } from "./downlink-report.ts";
import { reportThrown } from "./thrown-failure.ts";

/**
 * One GET and its answer. Long polling and short polling differ only in when the server answers and when the next request
 * follows. There is no time-out here: the server holds the request as long as it has nothing to say.
 */
export const openPollingDownlink: OpenDownlink = (url, setup, handler) => new PollingDownlink(url, setup, handler);

class PollingDownlink implements Downlink {
  readonly #url: string;
  readonly #setup: DownlinkSetup;
  readonly #abort = new AbortController();
  readonly #report: DownlinkReport;

  constructor(url: string, setup: DownlinkSetup, handler: DownlinkHandler) {
    this.#url = url;
    this.#setup = setup;
    this.#report = new DownlinkReport(handler, () => this.#abort.abort());
  }

  open(): void {
    const request = { url: this.#url, body: undefined, signal: this.#abort.signal };
    this.#setup.connector.request(request).then(
      (response) => this.#answered(response),
      (error: unknown) => reportThrown(this.#report, error),
    );
  }

  close(): void {
    this.#report.close();
  }

  #answered({ status, body }: PlatformResponse): void {
    if (status !== 200) {
      // The start of a refusal helps whoever reads the error, and tells whether the session is over.
      this.#report.failed("open_refused", `HTTP ${status}: ${body.slice(0, 200)}`);
      return;
    }
    this.#report.came();
    this.#report.payload(body);
    this.#report.ended();
  }
}
