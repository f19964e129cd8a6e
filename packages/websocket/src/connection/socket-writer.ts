import type { Duplex } from "node:stream";
import type { Outbox } from "../frame/outbox.ts";
import type { Protocol } from "./protocol.ts";

/** The writers with something to write, of all connections: one pass at the end of the tick serves them all. */
let dirty: SocketWriter[] = [];

function flushDirty(): void {
  const writers = dirty;
  dirty = [];
  for (const writer of writers) writer.flush();
}

/** Called with an error when the bytes were lost with the socket. */
export type WriteCallback = (error?: Error) => void;

const EMPTY = Buffer.alloc(0);

/** Each in a turn of its own: one that throws must not keep the others, or other connections, from theirs. */
function tell(waiting: readonly WriteCallback[] | undefined, error: Error | undefined): void {
  for (const callback of waiting ?? []) process.nextTick(callback, error);
}

/** Who has something written. */
export interface WriterOwner {
  /** The end of the tick has come: what is to be written after this needs another writer. */
  writerDone(): void;
}

/**
 * Carries an outbox to a socket, once, at the end of the tick. Whatever the tick put into it leaves in one write, after the
 * reads of that tick: under load this is worth more than everything else, as the system call is most of what a small
 * message costs.
 */
export class SocketWriter {
  readonly #socket: Duplex;
  readonly #machine: Protocol;
  readonly #owner: WriterOwner;
  #ending = false;
  /** Who wants to know when what is queued now has been taken. */
  #waiting: WriteCallback[] | undefined;

  constructor(socket: Duplex, machine: Protocol, owner: WriterOwner) {
    this.#socket = socket;
    this.#machine = machine;
    this.#owner = owner;
    if (dirty.push(this) === 1) setImmediate(flushDirty);
  }

  /** Calls back when the operating system has taken everything that is queued now. */
  whenTaken(callback: WriteCallback): void {
    if (this.#waiting === undefined) this.#waiting = [callback];
    else this.#waiting.push(callback);
  }

  /** Ends the socket's write side after what is in the outbox. */
  end(): void {
    this.#ending = true;
  }

  flush(): void {
    this.#owner.writerDone();
    const socket = this.#socket;
    if (!socket.writable) {
      this.#machine.outbox.clear();
      this.#answer(new Error("the connection is closed"));
      return;
    }
    // A pong waits for the 'drain' of a congested socket: that is what bounds the answers to a flood of pings.
    const { outbox } = this.#machine;
    if (outbox.pongHeld && !outbox.congested) outbox.releasePong();
    if (outbox.bytes > 0) outbox.congested = !this.#write(outbox);
    this.#machine.rest();
    if (this.#waiting !== undefined) this.#writeMark();
    if (this.#ending) socket.end();
  }

  /** A socket takes writes in order: an empty one is done when all before it are. */
  #writeMark(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.#socket.write(EMPTY, (error) => tell(waiting, error ?? undefined));
  }

  #answer(error: Error): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    tell(waiting, error);
  }

  /** Returns whether the socket wants more before its next 'drain'. */
  #write(outbox: Outbox): boolean {
    const socket = this.#socket;
    const only = outbox.takeOne();
    if (only !== undefined) return socket.write(only);
    socket.cork();
    for (const part of outbox.take()) socket.write(part);
    socket.uncork();
    return !socket.writableNeedDrain;
  }
}
