import type { SocketPacket } from "@everwire/protocol";
import type { ClientError, ClientFailureCode } from "../failures.ts";

/** One namespace on a connection, as the manager sees it. The manager calls these in the order of events. */
export interface Endpoint {
  readonly namespace: string;
  /** Wants to be connected; the manager keeps the connection as long as one endpoint does. */
  readonly active: boolean;
  /** The connection is open: time to join the namespace. */
  opened(): void;
  /** A packet of this namespace. A failure ends the connection. */
  packet(packet: SocketPacket): ClientFailureCode | undefined;
  /** An attempt to connect has failed. */
  failed(error: ClientError): void;
  /** The connection is gone. */
  closed(failure: ClientFailureCode, detail: string | undefined): void;
  connect(): unknown;
  /** Leaves the namespace and stops being active. */
  disconnect(): void;
}
