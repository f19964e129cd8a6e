import type { ServerResponse } from "node:http";
import { Duplex } from "node:stream";

// A response may be of node:http or of the compatibility API of node:http2, whose type says the same but which has no
// `destroyed`, and whose `req.socket` always looks destroyed once the stream has ended.

/**
 * The listener of errors that `close` follows; without any they would end the process. One function for all: a closure
 * would keep what is around it for as long as the stream lives.
 */
export function ignoreError(): void {}

/** Whether nothing can be written any more: the client has left, or all has been sent. */
export function isOver(response: ServerResponse): boolean {
  if (response.destroyed) return true;
  return "stream" in response && response.stream instanceof Duplex && response.stream.destroyed;
}

/**
 * Whether all of an answer that has just been ended is with the operating system already, as it is where that takes it
 * at once. False says nothing: then its `finish` and its `close` will tell.
 */
export function hasLeft(response: ServerResponse): boolean {
  // A response that has to wait for those before it has no socket yet.
  const { socket } = response;
  if (socket === null || response.req.httpVersionMajor >= 2) return false;
  return socket.writableLength === 0 && !socket.destroyed && socket.errored === null;
}

/**
 * Whether an answer that says it has finished really went to the operating system. To be asked in its `finish` event,
 * which also comes for an answer that was cut off.
 */
export function wasDelivered(response: ServerResponse): boolean {
  return response.req.httpVersionMajor >= 2 ? response.writableFinished : !response.req.socket.destroyed;
}
