import type { Downlink, DownlinkHandler, DownlinkSetup } from "./downlink.ts";
import type { DownlinkRow } from "./downlinks.ts";

/** A row whose code is fetched when the transport is used for the first time. `sends`: it has a `send` of its own. */
export function lazyRow(load: () => Promise<DownlinkRow>, sends: boolean): DownlinkRow {
  const send: DownlinkRow["send"] = async (url, body, setup) => {
    const row = await load();
    return row.send === undefined
      ? setup.connector.request({ url, body, signal: setup.signal })
      : row.send(url, body, setup);
  };
  return {
    open: (url, setup, handler) => new LazyDownlink(load, url, setup, handler),
    ...(sends ? { send } : {}),
  };
}

class LazyDownlink implements Downlink {
  readonly #load: () => Promise<DownlinkRow>;
  readonly #url: string;
  readonly #setup: DownlinkSetup;
  /** Undefined once it is closed. */
  #handler: DownlinkHandler | undefined;
  #downlink: Downlink | undefined;

  constructor(load: () => Promise<DownlinkRow>, url: string, setup: DownlinkSetup, handler: DownlinkHandler) {
    this.#load = load;
    this.#url = url;
    this.#setup = setup;
    this.#handler = handler;
  }

  open(): void {
    this.#load().then(
      ({ open }) => {
        if (this.#handler === undefined) return;
        this.#downlink = open(this.#url, this.#setup, this.#handler);
        this.#downlink.open();
      },
      () => this.#handler?.failed("open_failed", "its code could not be loaded"),
    );
  }

  close(): void {
    this.#handler = undefined;
    this.#downlink?.close();
  }
}
