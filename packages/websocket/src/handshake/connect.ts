import type { Connection } from "../connection/connection.ts";
import { type ConnectOptions, checkConnectOptions } from "./connect-options.ts";
import { Dial } from "./dial.ts";
import { parseTarget } from "./dial-target.ts";

/**
 * Dials a WebSocket server, for who wants the bare connection and no events.
 *
 * Rejects with a HandshakeError, or with the reason of the signal; with a RangeError or TypeError for options that make no
 * sense.
 */
export function connect(url: string | URL, options: ConnectOptions = {}): Promise<Connection> {
  return new Promise((resolve, reject) => {
    options.signal?.throwIfAborted();
    new Dial(parseTarget(url), checkConnectOptions(options), { opened: resolve, failed: reject });
  });
}
