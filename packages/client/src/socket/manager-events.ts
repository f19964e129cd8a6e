import type { ClientDisconnectReason } from "@everwire/protocol";
import type { ClientError, DisconnectDetails } from "../failures.ts";
import type { TransportReason } from "../session/transport-choice.ts";
import type { TransportName } from "../transport/engine-transport.ts";

/** Events of a Manager and their arguments. */
export interface ManagerEvents {
  open: [];
  /** The session runs over this transport from now on, and why: after the opening, and after each move to another. */
  transport: [name: TransportName, reason: TransportReason];
  /**
   * The session is open and nothing carries it at the moment: messages wait, and none is lost. `resumed` follows, or
   * `close` when the session itself is gone. With an Everwire server only.
   */
  interrupted: [];
  resumed: [];
  /** A connection could not be made. */
  error: [error: ClientError];
  close: [reason: ClientDisconnectReason, details: DisconnectDetails];
  /** A heartbeat of the server. */
  ping: [];
  /** The next attempt, of this number, follows after so many milliseconds, unless the page or the network goes away. */
  reconnect_wait: [delay: number, attempt: number];
  reconnect_attempt: [attempt: number];
  reconnect: [attempt: number];
  reconnect_error: [error: ClientError];
  reconnect_failed: [];
}
