import type { ClientFailureCode } from "../failures.ts";
import type { SessionPacket } from "../packet/session-packet.ts";
import type { Clock } from "../transport/clock.ts";
import type { TransportFactory } from "../transport/engine-transport.ts";
import type { Carrier } from "./carrier.ts";
import type { TransportChoice, TransportReason } from "./transport-choice.ts";

/** What a CarrierKeeper is given. */
export interface CarrierKeeperSetup {
  readonly clock: Clock;
  readonly create: TransportFactory;
  readonly sid: string;
  readonly choice: TransportChoice;
  /** Whether better transports are looked for. */
  readonly upgrade: boolean;
  readonly transportTimeout: number;
  /** Milliseconds that the server keeps the session without a downlink. */
  readonly reattachTimeout: number;
  readonly random: () => number;
  /** What a request acknowledges that follows another. */
  readonly ack: () => number;
  /** The same, for an attach that may never arrive: the acknowledgement stays due. */
  readonly received: () => number;
}

/** Whom a CarrierKeeper tells. */
export interface CarrierHandler {
  packet(carrier: Carrier, packet: SessionPacket): void;
  drain(carrier: Carrier): void;
  /** The session has a proven carrier; with a reason when it is of another name than the one before. */
  attached(reason: TransportReason | undefined): void;
  /** The session has no carrier, or one that may be dead: messages wait. False: that is over. */
  interrupted(yes: boolean): void;
  /** Another carrier is looked for in place of one that is over, also `again`: what waits to be sent again may go now. */
  recovering(again: boolean): void;
  /** The session is lost: once and last. */
  lost(code: ClientFailureCode, detail: string | undefined): void;
}
