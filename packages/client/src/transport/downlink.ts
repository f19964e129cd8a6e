import type { ClientFailureCode } from "../failures.ts";
import type { Clock } from "./clock.ts";
import type { Connector } from "./connector.ts";

/** Called by one downlink; never from inside a call of its own methods. */
export interface DownlinkHandler {
  /** The response has begun: status 200 and the first bytes. */
  opened(): void;
  /** More has come, of a packet perhaps that is not whole. */
  came?(): void;
  /** Text of one or more packets, joined by U+001E, in order. Never cut inside a packet. */
  payload(text: string): void;
  /** The request has been answered completely: attach again. Nothing follows it. */
  ended(): void;
  /** The response did not come or broke off. At most once, and nothing follows it. */
  failed(code: ClientFailureCode, detail: string | undefined): void;
}

/**
 * One HTTP response that brings packets, from its request to its end (docs/protocol/session.md, "Attach").
 *
 * It knows nothing of numbers: it gives on what arrives. After `close` it reports nothing any more.
 */
export interface Downlink {
  /** Sends the request; called once. */
  open(): void;
  close(): void;
}

export interface DownlinkSetup {
  readonly connector: Connector;
  readonly clock: Clock;
  /** The counter of the attach, also in `url`; what an iframe posts carries it. */
  readonly turn: number;
}

/** `url` is complete. One function per transport; the table of them is in `downlinks.ts`. */
export type OpenDownlink = (url: string, setup: DownlinkSetup, handler: DownlinkHandler) => Downlink;
