import type { Downlink, DownlinkHandler, DownlinkSetup } from "./downlink.ts";
import { ClientError } from "./failures.ts";
import type { PlatformStreamRequest } from "./platform.ts";

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
  #handler: DownlinkHandler | undefined;
  #opened = false;

  constructor(url: string, setup: DownlinkSetup, handler: DownlinkHandler, body: BodyReader) {
    this.#url = url;
    this.#connector = setup.connector;
    this.#handler = handler;
    this.#body = body;
  }

  open(): void {
    const { mediaType } = this.#body;
    const request = { url: this.#url, mediaType, signal: this.#abort.signal };
    this.#connector
      .stream(request, (text) => this.#read(text))
      .then(
        () => this.#end(),
        (error: unknown) => this.#fail(error),
      );
  }

  close(): void {
    this.#handler = undefined;
    this.#abort.abort();
  }

  #read(text: string): void {
    if (!this.#opened) {
      this.#opened = true;
      this.#handler?.opened();
    }
    this.#body.push(text, (packets) => this.#handler?.payload(packets));
  }

  #end(): void {
    // A proxy that was stopped may end a response as if it were complete.
    if (!this.#body.complete) this.#fail(new ClientError("connection_lost", { message: "ended within a packet" }));
    else this.#take()?.ended();
  }

  #fail(error: unknown): void {
    const handler = this.#take();
    if (handler === undefined) return;
    if (error instanceof ClientError) handler.failed(error.code, error.message);
    else handler.failed("request_failed", String(error));
  }

  /** The handler, for the last call. */
  #take(): DownlinkHandler | undefined {
    const handler = this.#handler;
    this.#handler = undefined;
    return handler;
  }
}
