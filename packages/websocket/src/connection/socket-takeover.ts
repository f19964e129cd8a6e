import { Socket } from "node:net";
import type { Duplex } from "node:stream";

/** Makes a socket that an HTTP server or client is done with a WebSocket's: no time-out, no delay, no error unheard. */
export function takeOver(socket: Duplex): void {
  socket.on("error", ignoreError);
  if (!(socket instanceof Socket)) return;
  socket.setTimeout(0);
  socket.setNoDelay(true);
  forgetHalfOpenness(socket);
}

/**
 * Every socket of `node:net` listens to its own end, for the sake of those that are not `allowHalfOpen`; with a listener
 * of ours beside it that is a list, and 64 bytes, for nothing.
 */
function forgetHalfOpenness(socket: Socket): void {
  const [own, other] = socket.allowHalfOpen ? socket.rawListeners("end") : [];
  // `removeAllListeners` would turn what holds the listeners into a hash table.
  if (own?.name === "onReadableStreamEnd" && other === undefined) socket.off("end", own as () => void);
}

function ignoreError(): void {}
