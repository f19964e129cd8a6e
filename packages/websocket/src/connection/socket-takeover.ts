import { Socket } from "node:net";
import type { Duplex } from "node:stream";

/** Makes a socket that an HTTP server or client is done with a WebSocket's: no time-out, no delay. */
export function takeOver(socket: Duplex): void {
  if (!(socket instanceof Socket)) return;
  // To set what is not set leaves a field behind, for which Node's sockets have no room but in an object of its own.
  if (socket.timeout !== undefined) socket.setTimeout(0);
  socket.setNoDelay(true);
}
