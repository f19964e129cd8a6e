import { Socket } from "node:net";
import type { Duplex } from "node:stream";

/** Whose a socket is: who hears of what becomes of it. */
export interface SocketOwner {
  /** The peer sends no more. */
  socketEnded(): void;
  /** What was written has been taken. */
  socketDrained(): void;
  /** It is over. */
  socketClosed(): void;
}

/** Where a socket keeps its owner, so that all sockets share one set of listeners. */
const owner: unique symbol = Symbol("owner");

/** Any socket: those that have no owner yet will have one. */
export type OwnedSocket<Owner extends SocketOwner = SocketOwner> = Duplex & { [owner]?: Owner | undefined };

/**
 * V8 learns from the first objects of a class how much room they need. One that has an owner early on, and stays, spares
 * each of those to come 40 bytes for a place elsewhere.
 */
const pattern: OwnedSocket = new Socket();
pattern[owner] = undefined;

/** One set for all sockets: closures for each would be a good part of what an idle connection costs. */
const listeners = {
  end(this: OwnedSocket): void {
    this[owner]?.socketEnded();
  },
  drain(this: OwnedSocket): void {
    this[owner]?.socketDrained();
  },
  close(this: OwnedSocket): void {
    this[owner]?.socketClosed();
  },
};

/** Gives a socket to its first owner, or from one to the next, who finds it listened to. No error of it is unheard. */
export function own(socket: OwnedSocket, by: SocketOwner): void {
  const former = socket[owner];
  socket[owner] = by;
  if (former !== undefined) return;
  socket.on("error", ignoreError).on("close", listeners.close).on("drain", listeners.drain);
  if (socket instanceof Socket) forgetHalfOpenness(socket);
  socket.on("end", listeners.end);
}

/** Leaves a socket to somebody who knows nothing of owners. */
export function disown(socket: OwnedSocket): void {
  socket[owner] = undefined;
  socket.off("error", ignoreError).off("close", listeners.close).off("drain", listeners.drain);
  socket.off("end", listeners.end);
}

/** Whose it is now. */
export function ownerOf<Owner extends SocketOwner>(socket: OwnedSocket<Owner>): Owner | undefined {
  return socket[owner];
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
