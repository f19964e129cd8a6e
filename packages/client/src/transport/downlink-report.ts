import type { ClientFailureCode } from "../failures.ts";
import type { DownlinkHandler } from "./downlink.ts";

/** What one downlink tells its handler: nothing after its last word, and nothing after it was closed. */
export class DownlinkReport {
  readonly #release: () => void;
  #handler: DownlinkHandler | undefined;
  #begun = false;

  /** `release` lets go of what brings the response; it is called once, before the last word. */
  constructor(handler: DownlinkHandler, release: () => void) {
    this.#handler = handler;
    this.#release = release;
  }

  /** Something has come. */
  get begun(): boolean {
    return this.#begun;
  }

  get over(): boolean {
    return this.#handler === undefined;
  }

  /** Something has come: for the first time, or more. */
  came(): void {
    const { begun } = this;
    this.#begun = true;
    if (begun) this.#handler?.came?.();
    else this.#handler?.opened();
  }

  payload(text: string): void {
    this.#handler?.payload(text);
  }

  ended(): void {
    this.#take()?.ended();
  }

  failed(code: ClientFailureCode, detail?: string): void {
    this.#take()?.failed(code, detail);
  }

  close(): void {
    this.#take();
  }

  #take(): DownlinkHandler | undefined {
    const handler = this.#handler;
    this.#handler = undefined;
    if (handler !== undefined) this.#release();
    return handler;
  }
}
