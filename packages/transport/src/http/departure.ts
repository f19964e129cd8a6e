import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { WatchDeparture } from "./allow-request.ts";

/** Notices that the client of a plain request is gone. */
export function departureOfRequest(response: ServerResponse): WatchDeparture {
  return (left) => {
    response.once("close", left);
    return () => response.off("close", left);
  };
}

/**
 * Notices that the client of an upgrade is gone, without reading what it may have sent already. A stream that is readable
 * and holds nothing is one that has ended; nobody reads from the socket, so `end` itself would never come.
 */
export function departureOfUpgrade(socket: Duplex): WatchDeparture {
  return (left) => {
    const onReadable = (): void => {
      if (socket.readableLength === 0) left();
    };
    socket.once("close", left).on("readable", onReadable);
    return () => socket.off("close", left).off("readable", onReadable);
  };
}
