import type { PlatformStreamRequest } from "./connector.ts";
import type { Downlink, DownlinkHandler, DownlinkSetup } from "./downlink.ts";
import { DownlinkReport } from "./downlink-report.ts";
import { reportThrown } from "./thrown-failure.ts";

/** What makes payloads of a body that comes in pieces. */
export interface BodyReader {
  readonly mediaType: PlatformStreamRequest["mediaType"];
  /** Whether the body may end here. */
  readonly complete: boolean;
  /** Throws a ClientError when the server broke the form. */
  push(text: string, payload: (text: string) => void): void;
}

/** One response that is read while it is being sent. */
export class BodyDownlink implements Downlink {
  readonly #url: string;
  readonly #connector: DownlinkSetup["connector"];
  readonly #body: BodyReader;
  readonly #abort = new AbortController();
  readonly #report: DownlinkReport;

  constructor(url: string, setup: DownlinkSetup, handler: DownlinkHandler, body: BodyReader) {
    this.#url = url;
    this.#connector = setup.connector;
    this.#report = new DownlinkReport(handler, () => this.#abort.abort());
    this.#body = body;
  }

  open(): void {
    const { mediaType } = this.#body;
    const request = { url: this.#url, mediaType, signal: this.#abort.signal };
    this.#connector
      .stream(request, (text) => this.#read(text))
      .then(
        () => this.#end(),
        (error: unknown) => reportThrown(this.#report, error),
      );
  }

  close(): void {
    this.#report.close();
  }

  #read(text: string): void {
    this.#report.came();
    this.#body.push(text, (packets) => this.#report.payload(packets));
  }

  #end(): void {
    // A proxy that was stopped may end a response as if it were complete.
    if (this.#body.complete) this.#report.ended();
    else this.#report.failed("connection_lost", "ended within a packet");
  }
}
