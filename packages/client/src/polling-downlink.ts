import type { Downlink, DownlinkHandler, DownlinkSetup, OpenDownlink } from "./downlink.ts";
import { ClientError } from "./failures.ts";
import type { PlatformResponse } from "./platform.ts";

/**
 * One GET and its answer. Long polling and short polling differ only in when the server answers and when the next request
 * follows. There is no time-out here: the server holds the request as long as it has nothing to say.
 */
export const openPollingDownlink: OpenDownlink = (url, setup, handler) => new PollingDownlink(url, setup, handler);

class PollingDownlink implements Downlink {
  readonly #url: string;
  readonly #setup: DownlinkSetup;
  readonly #abort = new AbortController();
  #handler: DownlinkHandler | undefined;

  constructor(url: string, setup: DownlinkSetup, handler: DownlinkHandler) {
    this.#url = url;
    this.#setup = setup;
    this.#handler = handler;
  }

  open(): void {
    const request = { url: this.#url, body: undefined, signal: this.#abort.signal };
    void this.#setup.connector.request(request).then(
      (response) => this.#answered(response),
      (error: unknown) => {
        const code = error instanceof ClientError ? error.code : "request_failed";
        this.#handler?.failed(code, error instanceof Error ? error.message : String(error));
      },
    );
  }

  close(): void {
    this.#handler = undefined;
    this.#abort.abort();
  }

  #answered({ status, body }: PlatformResponse): void {
    if (status !== 200) {
      // The start of a refusal helps whoever reads the error, and tells whether the session is over.
      this.#handler?.failed("open_refused", `HTTP ${status}: ${body.slice(0, 200)}`);
      return;
    }
    this.#handler?.opened();
    this.#handler?.payload(body);
    this.#handler?.ended();
  }
}
