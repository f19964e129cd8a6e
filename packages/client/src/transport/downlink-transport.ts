import { ProtocolFailure } from "@everwire/protocol";
import type { ClientFailureCode } from "../failures.ts";
import { sessionPackets } from "../packet/session-packet.ts";
import type { PlatformResponse } from "./connector.ts";
import type { Downlink, DownlinkSetup, OpenDownlink } from "./downlink.ts";
import type { EngineTransport, EngineTransportHandler, TransportName } from "./engine-transport.ts";

export interface DownlinkTransportSetup extends DownlinkSetup {
  readonly name: TransportName;
  /** Complete. */
  readonly url: string;
  /** Sends one payload to the session of this id. */
  readonly post: (sid: string, body: string, signal: AbortSignal, last: boolean) => Promise<PlatformResponse>;
}

/** One response of an Everwire session, with the way back for what the client sends meanwhile. */
export class DownlinkTransport implements EngineTransport {
  readonly name: TransportName;
  readonly writable = false;
  readonly #setup: DownlinkTransportSetup;
  readonly #downlink: Downlink;
  #sid: string | undefined;
  #handler: EngineTransportHandler | undefined;

  constructor(
    open: OpenDownlink,
    sid: string | undefined,
    setup: DownlinkTransportSetup,
    handler: EngineTransportHandler,
  ) {
    this.name = setup.name;
    this.#sid = sid;
    this.#setup = setup;
    this.#handler = handler;
    this.#downlink = open(setup.url, setup, {
      opened: () => this.#handler?.open(),
      came: () => this.#handler?.open(),
      payload: (text) => this.#deliver(text),
      ended: () => this.#handler?.ended(),
      failed: (code, detail) => this.#handler?.close(code, detail),
    });
  }

  open(): void {
    this.#downlink.open();
  }

  send(): number {
    return 0;
  }

  adopt(sid: string): void {
    this.#sid = sid;
  }

  post(body: string, signal: AbortSignal, last: boolean): Promise<PlatformResponse> {
    return this.#setup.post(this.#sid ?? "", body, signal, last);
  }

  close(): void {
    this.#handler = undefined;
    this.#downlink.close();
  }

  #deliver(payload: string): void {
    for (const packet of sessionPackets(payload)) {
      if (this.#handler === undefined) return;
      if (packet instanceof ProtocolFailure) this.#refuse("parse_error", packet.meaning);
      else this.#handler.packet(packet);
    }
  }

  #refuse(code: ClientFailureCode, detail: string): void {
    const handler = this.#handler;
    this.close();
    handler?.close(code, detail);
  }
}
