import type { SessionPacket } from "../packet/session-packet.ts";
import type { Clock } from "../transport/clock.ts";
import type { EngineTransport, EngineTransportHandler } from "../transport/engine-transport.ts";

/** A farewell may take so long, ms; then the server finds out by itself. */
export const FAREWELL = 1_000;

export interface FarewellSetup {
  readonly clock: Clock;
  readonly open: (handler: EngineTransportHandler) => EngineTransport;
  /** What has to be said, `close` last. */
  readonly packets: readonly SessionPacket[];
}

/** Attaches a WebSocket once more to say that the client leaves, where nothing else may be used. */
export function farewellBySocket({ clock, open, packets }: FarewellSetup): void {
  const over = (): void => {
    cancel();
    socket.close();
  };
  const socket = open({
    open: () => {
      socket.send(packets, Number.POSITIVE_INFINITY);
      over();
    },
    packet: () => undefined,
    drain: () => undefined,
    ended: () => undefined,
    close: () => cancel(),
  });
  const cancel = clock.after(FAREWELL, over);
  socket.open();
}
