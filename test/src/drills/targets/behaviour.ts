import { setTimeout as pause } from "node:timers/promises";
import type { Accepted, Behaviour, FanOut } from "./target.ts";

const OPEN = 1;

/** What `/push` and `/broadcast` send, and how many milliseconds they wait before the next. */
const PUSHED_BYTES = 64 * 1024;
const BETWEEN_PUSHES = 3;

/**
 * A server's application, by path. `/echo` answers; `/sink` listens; `/push` takes a number and sends that many messages
 * of 64 KiB, each made for this connection; `/broadcast` takes a number and sends as many, each to all on that path.
 */
export function behaviourOf<S extends Accepted>(fanOut: FanOut<S>): Behaviour<S> {
  const audience = new Set<S>();
  return {
    opened(socket, path) {
      if (path === "/broadcast") audience.add(socket);
    },
    message(socket, path, data, isBinary) {
      if (path === "/echo") socket.send(data, { binary: isBinary });
      else if (path === "/push")
        void push(
          Number(data),
          () => isOpen(socket),
          (bytes) => sendIfOpen(socket, bytes),
        );
      else if (path === "/broadcast")
        void push(
          Number(data),
          () => audience.size > 0,
          (bytes) => fanOut(audience, bytes),
        );
    },
    closed(socket) {
      audience.delete(socket);
    },
  };
}

/** As an application does that publishes and never looks whether anybody keeps up. */
async function push(count: number, isOpen: () => boolean, send: (bytes: Buffer) => void): Promise<void> {
  for (let sent = 0; sent < count && isOpen(); sent++) {
    send(Buffer.alloc(PUSHED_BYTES, sent));
    await pause(BETWEEN_PUSHES);
  }
}

export function sendIfOpen(socket: Accepted, bytes: Buffer): void {
  if (isOpen(socket)) socket.send(bytes, { binary: true });
}

function isOpen({ readyState }: Accepted): boolean {
  return readyState === OPEN;
}
